import type { LogOptions, RecoveredLog } from "../log/message-log.js";
import type { Metadata } from "../log/metadata.js";
import { recoverLog } from "../log/recovery.js";
import type { Queue } from "../queue/queue.js";
import type { StoredQueue } from "./stored-topology.js";
import type { VirtualHost } from "./virtual-host.js";

/** What the log held, waiting for its queues to be made. */
export interface RestoredMessages {
  readonly options: LogOptions;
  readonly log: RecoveredLog;
  /** Gives every queue its messages, in the order in which they came. */
  fill(vhosts: Iterable<VirtualHost>): void;
}

/** Messages of one queue as columns, since there may be millions. */
class Columns {
  readonly refs: number[] = [];
  readonly sequences: number[] = [];
  readonly arrivals: number[] = [];
  readonly sizes: number[] = [];
  /** Priority and time to live, of the few that have any. */
  readonly special = new Map<number, { readonly priority: number; readonly expiration: number }>();
  inOrder = true;
}

/** Reads the log; messages of queues that are no longer known to the metadata are dropped. */
export function restoreMessages(options: LogOptions, metadata: Metadata): RestoredMessages {
  const queues = new Map<number, Columns>();
  for (const [, { id }] of metadata.entries<StoredQueue>("queue/")) queues.set(id, new Columns());
  const log = recoverLog(options, (queueId, message) => {
    const { ref, sequence, arrived, bodyLength, priority, expiration } = message;
    const columns = queues.get(queueId);
    if (columns === undefined) return false;
    const last = columns.sequences.length - 1;
    if (last >= 0 && columns.sequences[last]! > sequence) columns.inOrder = false;
    if (priority !== 0 || expiration !== Number.POSITIVE_INFINITY)
      columns.special.set(columns.refs.length, { priority, expiration });
    columns.refs.push(ref);
    columns.sequences.push(sequence);
    columns.arrivals.push(arrived);
    columns.sizes.push(bodyLength);
    return true;
  });
  return {
    options,
    log,
    fill(vhosts) {
      for (const vhost of vhosts) {
        for (const queue of vhost.queues.values()) {
          const columns = queues.get(queue.id);
          if (columns) fillQueue(queue, columns);
        }
      }
      queues.clear();
    },
  };
}

const PLAIN = { priority: 0, expiration: Number.POSITIVE_INFINITY };

function fillQueue(queue: Queue, { refs, sequences, arrivals, sizes, special, inOrder }: Columns): void {
  const order = inOrder ? undefined : refs.map((_, i) => i).sort((a, b) => sequences[a]! - sequences[b]!);
  for (let i = 0; i < refs.length; i++) {
    const at = order?.[i] ?? i;
    const { priority, expiration } = special.get(at) ?? PLAIN;
    queue.restore(refs[at]!, sizes[at]!, arrivals[at]!, priority, expiration);
  }
  queue.restored();
}
