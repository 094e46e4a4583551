import type { Queue } from "../queue/queue.js";
import type { Exchange } from "./exchange.js";

/**
 * Where messages go that were published to one exchange and reach the same queues, whatever their routing keys. Kept until
 * anything about the topology changes.
 */
export interface Route {
  readonly exchange: Exchange | undefined;
  readonly exchangeName: string;
  readonly queues: readonly Queue[];
  /** Those that keep persistent messages on disk, and their ids as the log writes them. */
  readonly durable: readonly Queue[];
  readonly durableIds: readonly number[];
  readonly transient: readonly Queue[];
  /** Some queue may refuse by its length. */
  readonly mayRefuse: boolean;
  /** False where headers decide: asked anew for every message. */
  readonly cacheable: boolean;
}

/** Without an exchange: by the default one. */
export function makeRoute(
  exchange: Exchange | undefined,
  queues: readonly Queue[],
  cacheable: boolean,
): Route {
  const durable = queues.filter((queue) => queue.stored);
  return {
    exchange,
    exchangeName: exchange?.name ?? "",
    queues,
    durable,
    durableIds: durable.map((queue) => queue.id),
    transient: queues.filter((queue) => !queue.stored),
    mayRefuse: queues.some((queue) => queue.settings.overflow !== "drop-head"),
    cacheable,
  };
}
