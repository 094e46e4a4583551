import { Queue } from "../queue/queue.js";
import { EMPTY_TABLE, type Table } from "../wire/table.js";
import type { Destination, Exchange } from "./exchange.js";

/** What routing looks at: the exchanges and queues of one virtual host. */
export interface Topology {
  readonly exchanges: ReadonlyMap<string, Exchange>;
  readonly queues: ReadonlyMap<string, Queue>;
}

export interface Resolved {
  readonly queues: readonly Queue[];
  /** Headers decided something: the answer holds for this message alone. */
  readonly byHeaders: boolean;
}

/**
 * All queues that a message reaches from an exchange, each once: through bindings between exchanges, and through an
 * alternate exchange wherever one on the way routes nowhere.
 */
export function resolve(
  topology: Topology,
  exchange: Exchange,
  routingKeys: readonly string[],
  headers: () => Table,
): Resolved {
  const queues = new Set<Queue>();
  let byHeaders = false;
  const seen = new Set([exchange]);
  const open = [exchange];
  for (let current = open.pop(); current; current = open.pop()) {
    byHeaders ||= current.router.readsHeaders;
    const found = routeAll(current, routingKeys, headers);
    const next =
      current.alternate !== undefined && found.length === 0 ? alternates(topology, current) : found;
    for (const destination of next) {
      if (destination instanceof Queue) queues.add(destination);
      else if (!seen.has(destination)) {
        seen.add(destination);
        open.push(destination);
      }
    }
  }
  return { queues: [...queues], byHeaders };
}

/** By all keys together: an alternate exchange is for what none of them leads anywhere. */
function routeAll(
  { router }: Exchange,
  keys: readonly string[],
  headers: () => Table,
): readonly Destination[] {
  return keys.length === 1
    ? router.route(keys[0]!, headers)
    : keys.flatMap((key) => router.route(key, headers));
}

export const NO_HEADERS = (): Table => EMPTY_TABLE;

function alternates(topology: Topology, exchange: Exchange): readonly Exchange[] {
  const found = topology.exchanges.get(exchange.alternate!);
  return found ? [found] : [];
}
