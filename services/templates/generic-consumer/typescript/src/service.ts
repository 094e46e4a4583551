import { type BusOptions, Consumer } from "@33god/bloodbank";
import type { Log, RunningService } from "@33god/service-kit";
import { CONSUMES, handle } from "./handler.js";

export const QUEUE = "__QUEUE__";

/** Not started yet. */
export function service(bus: BusOptions, log: Log): RunningService {
  const consumer = new Consumer(bus, { queue: QUEUE });
  for (const pattern of CONSUMES) consumer.on(pattern, (event) => handle(event, { log }));
  return {
    get connected() {
      return consumer.connected;
    },
    start: () => consumer.start({ retry: true }),
    close: () => consumer.close(),
  };
}
