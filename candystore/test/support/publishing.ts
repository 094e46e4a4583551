/** Publishes deliveries as their publishers did, confirmed. */
import { type BusAddress, declareQueues, RawPublisher } from "@33god/bloodbank";
import type { TestDelivery } from "./deliveries.js";

export interface Publishing {
  readonly address: BusAddress;
  publish(deliveries: readonly TestDelivery[]): Promise<void>;
  close(): Promise<void>;
}

export const QUEUE = "event_store_manager_queue";

/** The queue is made first, as the platform does: what is published before a recorder starts waits in it. */
export async function publishing(url: string): Promise<Publishing> {
  const address: BusAddress = { url, source: { host: "test", type: "system", app: "suite" } };
  await declareQueues(address, [{ queue: QUEUE, bindings: ["#"] }]);
  const publisher = new RawPublisher(address);
  await publisher.start();
  return {
    address,
    async publish(deliveries) {
      await Promise.all(
        deliveries.map(({ exchange, routingKey, body, properties, headers }) =>
          publisher.send({ exchange, routingKey, body, properties, headers }),
        ),
      );
    },
    close: () => publisher.close(),
  };
}
