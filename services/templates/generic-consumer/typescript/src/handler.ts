/** What happens for each event. A rejection is tried again, then dead-lettered; the event may come twice. */
import type { EventEnvelope } from "@33god/holyfields";
import type { Log } from "@33god/service-kit";

export async function handle(event: EventEnvelope, log: Log): Promise<void> {
  log("info", `handled ${event.event_type}`, { event_id: event.event_id });
}
