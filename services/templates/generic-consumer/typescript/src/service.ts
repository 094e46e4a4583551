import { type BusOptions, Consumer } from "@33god/bloodbank";
import type { Log, RunningService } from "@33god/service-kit";
import { handle } from "./handler.js";

export const QUEUE = "__QUEUE__";

/** Not started yet. */
export function service(bus: BusOptions, log: Log): RunningService {
  const consumer = new Consumer(bus, { queue: QUEUE }).on("__EVENT_TYPE__", (event) => handle(event, log));
  return {
    get connected() {
      return consumer.connected;
    },
    start: () => consumer.start({ retry: true }),
    close: () => consumer.close(),
  };
}
