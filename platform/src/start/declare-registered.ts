import { type BusOptions, declareQueues } from "@33god/bloodbank";
import { queuesOf, type Registry } from "@33god/registry/entries";
import type { Config } from "../config/contract.js";

/**
 * The store's queue, and those of every active service that lives here, with their bindings: what is published before
 * a service has connected for the first time, or while the database is away, waits for it.
 */
export function declareRegistered(
  bus: BusOptions,
  registry: Registry,
  { storeQueue }: Config,
  signal: AbortSignal,
): Promise<void> {
  const queues = Object.values(registry.services)
    .filter(
      ({ status, external, queue_variable }) =>
        status === "active" && !external && queue_variable === undefined,
    )
    .flatMap((entry) => queuesOf(entry))
    .map(({ queue, routingKeys }) => ({ queue, bindings: routingKeys }));
  return declareQueues(bus, [{ queue: storeQueue, bindings: ["#"] }, ...queues], signal);
}
