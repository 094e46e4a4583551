/** From what was posted to a whole event: the envelope is made here, or taken as it came. */
import { hostname } from "node:os";
import { createEnvelope, eventId } from "@33god/bloodbank";
import type { Catalog, EventEnvelope } from "@33god/holyfields";

export interface PostedFacts {
  /** `Idempotency-Key`; of a batch, each event gets one of its own. */
  readonly idempotencyKey: string | undefined;
  readonly correlationIds: readonly string[];
  readonly version: string | undefined;
  readonly app: string | undefined;
  readonly sourceType: string | undefined;
  readonly agentContext: Readonly<Record<string, unknown>> | undefined;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Something that has the members of an envelope is one; a payload has not all three. */
export function isEnvelope(value: unknown): value is EventEnvelope {
  return (
    typeof value === "object" &&
    value !== null &&
    "event_id" in value &&
    "event_type" in value &&
    "payload" in value
  );
}

/** A whole event around a posted payload. What is wrong with it the contract says, not this. */
export function makeEvent(
  type: string,
  payload: unknown,
  facts: PostedFacts,
  catalog: Catalog,
): EventEnvelope {
  return createEnvelope<string>(type, payload as Record<string, unknown>, {
    source: {
      host: hostname(),
      type: (facts.sourceType ?? "manual") as "manual",
      app: facts.app ?? "http",
    },
    eventId: facts.idempotencyKey === undefined ? undefined : idOfKey(type, facts.idempotencyKey),
    version: facts.version ?? catalog.get(type)?.version,
    correlationIds: facts.correlationIds,
    agentContext: facts.agentContext,
  });
}

/** A key that is a UUID is the event's id; any other one stands for an id of this type. */
function idOfKey(type: string, key: string): string {
  return UUID.test(key) ? key.toLowerCase() : eventId(type, { idempotency_key: key });
}
