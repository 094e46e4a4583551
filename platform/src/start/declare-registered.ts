import { type BusOptions, declareQueues } from "@33god/bloodbank";
import { queuesOf, type Registry } from "@33god/registry/entries";

/**
 * The queues of every active service that lives here, with their bindings: what is published before a service has
 * connected for the first time waits for it. The store's own queue is its recorder's matter.
 */
export function declareRegistered(bus: BusOptions, registry: Registry, signal: AbortSignal): Promise<void> {
  const queues = Object.values(registry.services)
    .filter(
      ({ status, external, queue_variable }) =>
        status === "active" && !external && queue_variable === undefined,
    )
    .flatMap((entry) => queuesOf(entry))
    .map(({ queue, routingKeys }) => ({ queue, bindings: routingKeys }));
  return declareQueues(bus, queues, signal);
}
