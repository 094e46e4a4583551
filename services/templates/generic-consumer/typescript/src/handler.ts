/** What happens for each event. A rejection is tried again, then dead-lettered; the event may come twice. */
import type { EventsOn } from "@33god/bloodbank";
import type { Log } from "@33god/service-kit";

/** What its queue is bound with. */
export const CONSUMES = ["__CONSUMED__"] as const;

/** Its payload has the contract's type: `npm run generate` writes that anew when the contract changes. */
export type Incoming = EventsOn<(typeof CONSUMES)[number]>;

export interface Means {
  readonly log: Log;
}

export async function handle(event: Incoming, { log }: Means): Promise<void> {
  log("info", `handled ${event.event_type}`, { event_id: event.event_id });
}
