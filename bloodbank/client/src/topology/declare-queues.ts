/** Queues made before their consumers come: what is published meanwhile waits in them instead of being unrouted. */
import type { BusAddress } from "../contract.js";
import { EVENTS_EXCHANGE } from "../contract.js";
import { Link } from "../link/link.js";
import { bindQueue, declareExchange, declareQueue, refuseUnnamed } from "./declare.js";

export interface QueueDeclaration {
  readonly queue: string;
  /** Patterns on the events exchange; none for a work queue. */
  readonly bindings: readonly string[];
}

/**
 * Waits for the broker however long, and resolves when the exchange, the queues and their bindings are there. An
 * existing queue is taken as it stands.
 *
 * @throws BloodbankError `NOT_STARTED` when the signal was aborted
 */
export async function declareQueues(
  bus: BusAddress,
  queues: readonly QueueDeclaration[],
  signal?: AbortSignal,
): Promise<void> {
  for (const { queue } of queues) refuseUnnamed(queue);
  const exchange = bus.exchange ?? EVENTS_EXCHANGE;
  const link = new Link(bus, `${bus.source.app} declarations`, {
    async setUp(client) {
      await declareExchange(client, exchange);
      // Side by side, on channels of their own: a broker that syncs its disk for each does it once for all.
      await Promise.all(
        queues.map(async ({ queue, bindings }) => {
          await declareQueue(client, queue, bus.queueType);
          if (bindings.length > 0) await bindQueue(client, queue, exchange, bindings);
        }),
      );
    },
    down: () => undefined,
  });
  const stop = () => void link.close();
  signal?.addEventListener("abort", stop, { once: true });
  if (signal?.aborted) stop();
  try {
    await link.start({ retry: true });
  } finally {
    signal?.removeEventListener("abort", stop);
    await link.close();
  }
}
