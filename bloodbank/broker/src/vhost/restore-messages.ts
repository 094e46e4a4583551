import type { LogOptions, RecoveredLog } from "../log/message-log.js";
import { type RecoveredMessage, recoverLog } from "../log/recovery.js";
import { segmentOf } from "../log/ref.js";
import type { Queue } from "../queue/queue.js";
import type { VirtualHost } from "./virtual-host.js";

/**
 * Reads the log into the queues, which exist already; what belongs to none of them is dropped. Segments come in the
 * order in which they were written, except that what compaction moved comes first: it waits here for its place.
 */
export function restoreMessages(options: LogOptions, vhosts: Iterable<VirtualHost>): RecoveredLog {
  const queues = new Map<number, Restoring>();
  for (const vhost of vhosts) {
    for (const queue of vhost.queues.values()) if (queue.stored) queues.set(queue.id, new Restoring(queue));
  }
  const recovered = recoverLog(options, {
    message(queueId, message, moved) {
      const restoring = queues.get(queueId);
      if (restoring === undefined) return false;
      if (moved) restoring.moved.push({ ...message });
      else restoring.take(message);
      return true;
    },
    delivered(queueId, ref) {
      const restoring = queues.get(queueId);
      if (restoring) restoring.delivered = Math.max(restoring.delivered, ref);
    },
  });
  const compacted = new Set(recovered.segments.filter((segment) => segment.compacted).map(({ id }) => id));
  for (const restoring of queues.values()) restoring.finish((ref) => compacted.has(segmentOf(ref)));
  return recovered;
}

class Restoring {
  /** Sorted when the first message of another segment comes. */
  readonly moved: RecoveredMessage[] = [];
  /** The last message that was handed out. */
  delivered = -1;
  readonly #queue: Queue;
  #next = 0;
  #sorted = false;

  constructor(queue: Queue) {
    this.#queue = queue;
  }

  take(message: RecoveredMessage): void {
    if (this.#next < this.moved.length) this.#catchUp(message.sequence);
    this.#queue.restore(message, false);
  }

  finish(moved: (ref: number) => boolean): void {
    this.#catchUp(Number.POSITIVE_INFINITY);
    this.#queue.markRedelivered(this.delivered, moved);
  }

  #catchUp(sequence: number): void {
    if (!this.#sorted) this.moved.sort((a, b) => a.sequence - b.sequence);
    this.#sorted = true;
    while (this.#next < this.moved.length && this.moved[this.#next]!.sequence < sequence)
      this.#queue.restore(this.moved[this.#next++]!, true);
  }
}
