/** Events that broke their contract: refused at the broker's door, or recorded with their violations. */
import type { EventPage, QuarantinePage } from "../api/answers.js";
import type { PlatformClient } from "../api/client.js";
import { counted } from "../terminal/counted.js";
import { type Check, type Diagnosis, ok } from "./contract.js";

/** By the problem's code, what the guide would have one look at. */
const REFUSED: Readonly<Record<string, string>> = {
  CONTRACT_VIOLATION: "the answer names each place: `bb schema show <event type>` has the contract",
  UNKNOWN_EVENT_TYPE:
    "`bb schema list` has every event type; one is two to four lowercase words with dots between",
  ROUTING_KEY_MISMATCH: "the address and the envelope's event_type must name the same event",
  MALFORMED_JSON: "the body is no JSON that every reader understands alike: the answer says where",
};

export const checkContracts: Check = async ({ client }) => {
  const found: Diagnosis[] = [];
  const answer = await client.json<Partial<QuarantinePage>>("/api/v1/quarantine?limit=500", {
    accept: [404, 503],
  });
  const refused = new Map<string, number>();
  for (const { routing_key, client: sender, reason } of answer.quarantined ?? []) {
    const key = `${routing_key} from ${sender || "an unknown client"}: ${reason}`;
    refused.set(key, (refused.get(key) ?? 0) + 1);
  }
  for (const [what, times] of top(refused))
    found.push({
      check: "contracts",
      health: "wrong",
      message: `${counted(times, "message")} refused: ${what}`,
      hint: "`bb quarantine --full` shows each; validate before publishing (`Publisher` does), or `bb schema show` the contract",
    });
  for (const [code, times] of await refusedOverHttp(client))
    found.push({
      check: "contracts",
      health: "look",
      message: `${counted(times, "request")} refused over HTTP since the platform's start: ${code}`,
      hint: REFUSED[code],
    });
  const { events } = await client.json<EventPage>("/api/v1/events?valid=false&limit=500");
  const broken = new Map<string, number>();
  for (const { event_type, source_app, violations } of events) {
    const [first] = violations;
    const key = `${event_type || "(no type)"} of ${source_app || "unknown"}: ${first ? `${first.pointer || "/"} ${first.message}` : "no violation given"}`;
    broken.set(key, (broken.get(key) ?? 0) + 1);
  }
  for (const [what, times] of top(broken))
    found.push({
      check: "contracts",
      health: "look",
      message: `${counted(times, "recorded event")} with a broken contract: ${what}`,
      hint: "its producer published past the checks: `bb events --invalid` lists them",
    });
  return found.length > 0
    ? found
    : [ok("contracts", "no event was refused, none recorded breaks its contract")];
};

/** Nothing is kept of a request that was refused but its number. */
async function refusedOverHttp(client: PlatformClient): Promise<readonly (readonly [string, number])[]> {
  const text = await (await client.raw("/metrics")).text();
  return [...text.matchAll(/^bloodbank_problems_total\{code="(\w+)"\} (\d+)$/gm)]
    .map(([, code = "", times]) => [code, Number(times)] as const)
    .filter(([code]) => code in REFUSED);
}

const top = (counts: ReadonlyMap<string, number>) => [...counts].sort(([, a], [, b]) => b - a).slice(0, 5);
