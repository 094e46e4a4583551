import { type BusOptions, Consumer, Publisher } from "@33god/bloodbank";
import type { Log, RunningService } from "@33god/service-kit";
import { CONSUMES, handle } from "./handler.js";

export const QUEUE = "__QUEUE__";

/** Not started yet. */
export function service(bus: BusOptions, log: Log): RunningService {
  const publisher = new Publisher(bus);
  const consumer = new Consumer(bus, { queue: QUEUE });
  for (const pattern of CONSUMES) consumer.on(pattern, (event) => handle(event, { log, publisher }));
  return {
    get connected() {
      return publisher.connected && consumer.connected;
    },
    async start() {
      await publisher.start({ retry: true });
      await consumer.start({ retry: true });
    },
    async close() {
      await consumer.close();
      await publisher.close();
    },
  };
}
