/** What happens for each event. A rejection is tried again, then dead-lettered; the event may come twice. */
import type { EventsOn } from "@33god/bloodbank";
import type { Log } from "@33god/service-kit";

/** Its payload has the contract's type: `npm run generate` writes that anew when the contract changes. */
export type Incoming = EventsOn<"__EVENT_TYPE__">;

export async function handle(event: Incoming, log: Log): Promise<void> {
  log("info", `handled ${event.event_type}`, { event_id: event.event_id });
}
