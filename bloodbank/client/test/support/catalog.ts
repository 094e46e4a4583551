/** A catalog of a few types, so that the bus is tested without depending on the real contracts' contents. */
import type { Catalog, Contract, EventEnvelope, Verdict, Violation } from "@33god/holyfields";

// Of type `string`: they carry the suite's payloads, and the compiler would ask for those of the real contracts.
export const artifactCreated: string = "artifact.created";
export const meetingCreated: string = "theboard.meeting.created";
export const meetingStarted: string = "theboard.meeting.started";
export const thingDone: string = "test.thing.done";

const contracts = [
  artifactCreated,
  meetingCreated,
  meetingStarted,
  thingDone,
  "bloodbank.dead_letter.redriven",
  "bloodbank.dead_letter.edited",
  "bloodbank.dead_letter.discarded",
].map(
  (eventType): Contract => ({
    eventType,
    version: "v1",
    id: `test:${eventType}`,
    title: eventType,
    description: "",
    owner: "tests",
    stability: "stable",
    examples: [],
    schema: {},
    file: "",
  }),
);

function broken(
  code: Extract<Verdict, { valid: false }>["code"],
  violation: Violation,
  event?: unknown,
): Verdict {
  return { valid: false, code, message: violation.message, violations: [violation], nearest: [], event };
}

/** A payload with `broken: true` breaks its contract. */
export const catalog: Catalog = {
  contracts,
  get: (eventType) => contracts.find((contract) => contract.eventType === eventType),
  nearest: () => [],
  validate(event, routingKey) {
    if (typeof event !== "object" || event === null || !("event_type" in event) || !("payload" in event))
      return broken("CONTRACT_VIOLATION", { pointer: "", keyword: "type", message: "not an event" }, event);
    const envelope = event as EventEnvelope;
    const contract = contracts.find(({ eventType }) => eventType === envelope.event_type);
    if (contract === undefined)
      return broken("UNKNOWN_EVENT_TYPE", {
        pointer: "/event_type",
        keyword: "const",
        message: `unknown ${envelope.event_type}`,
      });
    if (routingKey !== undefined && routingKey !== envelope.event_type)
      return broken("ROUTING_KEY_MISMATCH", {
        pointer: "/event_type",
        keyword: "routing_key",
        message: `${routingKey} is not ${envelope.event_type}`,
      });
    if (envelope.payload.broken === true)
      return broken(
        "CONTRACT_VIOLATION",
        { pointer: "/payload/broken", keyword: "not", message: "broken must not be true" },
        event,
      );
    return { valid: true, event: envelope, contract };
  },
  validateBytes(body, routingKey) {
    try {
      return this.validate(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)), routingKey);
    } catch {
      return broken("MALFORMED_JSON", { pointer: "", keyword: "json", message: "not JSON" });
    }
  },
};
