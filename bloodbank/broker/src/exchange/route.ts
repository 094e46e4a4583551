import type { Queue } from "../queue/queue.js";
import type { Exchange } from "./exchange.js";

/** Where messages with one exchange and routing key go. Kept until anything about the topology changes. */
export interface Route {
  readonly exchange: Exchange | undefined;
  readonly exchangeName: string;
  readonly routingKey: string;
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

export function makeRoute(
  exchange: Exchange | undefined,
  exchangeName: string,
  routingKey: string,
  queues: readonly Queue[],
  cacheable: boolean,
): Route {
  const durable = queues.filter((queue) => queue.stored);
  return {
    exchange,
    exchangeName,
    routingKey,
    queues,
    durable,
    durableIds: durable.map((queue) => queue.id),
    transient: queues.filter((queue) => !queue.stored),
    mayRefuse: queues.some((queue) => queue.settings.overflow !== "drop-head"),
    cacheable,
  };
}
