/** Chains that break: causes that were never stored, and services whose events name no cause. */
import type { EventPage, ServiceState } from "../api/answers.js";
import { counted } from "../terminal/counted.js";
import { type Check, type Diagnosis, ok } from "./contract.js";

const RECENT = 1_000;
/** Each is asked for by itself. */
const MOST_ASKED = 50;

export const checkCorrelation: Check = async ({ client }) => {
  const { events } = await client.json<EventPage>(`/api/v1/events?limit=${RECENT}`);
  const { services } = await client.json<{ readonly services: readonly ServiceState[] }>("/api/v1/services");
  const found: Diagnosis[] = [];
  const stored = new Set(events.map(({ event_id }) => event_id));
  const doubtful = new Map<string, string>();
  for (const { correlation_ids, event_type, source_app } of events)
    for (const cause of correlation_ids)
      if (!stored.has(cause)) doubtful.set(cause, `${event_type} of ${source_app}`);
  const missing: string[] = [];
  for (const [cause, who] of [...doubtful].slice(0, MOST_ASKED)) {
    const answer = await client.raw(`/api/v1/events/${cause}`, { accept: [404] });
    answer.body.resume();
    if (answer.status === 404) missing.push(`${cause}, named by ${who}`);
  }
  if (missing.length > 0)
    found.push({
      check: "correlation",
      health: "look",
      message: `${counted(missing.length, "cause")} named by recent events ${missing.length === 1 ? "was" : "were"} never stored`,
      hint: "correlation_ids must hold event_ids of published events; or retention has removed them",
      details: missing.slice(0, 10),
    });
  // Only what both consumes and produces has a cause to name.
  for (const { name, routing_keys, external } of services) {
    if (external || [routing_keys ?? []].flat().length === 0) continue;
    const own = events.filter(({ source_app }) => source_app === name);
    const without = own.filter(({ correlation_ids }) => correlation_ids.length === 0);
    if (own.length >= 3 && without.length * 2 > own.length)
      found.push({
        check: "correlation",
        health: "look",
        message: `${without.length} of the last ${own.length} events of ${name} name no cause`,
        hint: "publish inside the handler (the causes are taken from it), or give correlation_ids: [event_id of the cause]",
        details: [...new Set(without.map(({ event_type }) => event_type))],
      });
  }
  return found.length > 0
    ? found
    : [ok("correlation", `the causes of the last ${counted(events.length, "event")} are all there`)];
};
