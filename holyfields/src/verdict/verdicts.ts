/** Verdicts that say no, each with one sentence for a person. */
import type { Verdict, VerdictCode, Violation } from "../contract.js";
import type { Malformed } from "../json/decode.js";

type Refusal = Extract<Verdict, { valid: false }>;

const MOST_IN_SENTENCE = 3;

function sentence(subject: string, violations: readonly Violation[]): string {
  const first = violations
    .slice(0, MOST_IN_SENTENCE)
    .map(({ pointer, message }) => (pointer === "" ? message : `${pointer} ${message}`))
    .join("; ");
  const more = violations.length - MOST_IN_SENTENCE;
  return `${subject} breaks its contract: ${first}${more > 0 ? `; and ${more} more` : ""}.`;
}

export function violationsVerdict(
  code: VerdictCode,
  eventType: string | undefined,
  event: unknown,
  violations: readonly Violation[],
): Refusal {
  const message = sentence(eventType ?? "The event", violations);
  return { valid: false, code, message, violations, nearest: [], event };
}

export function unknownType(event: unknown, eventType: string, nearest: readonly string[]): Refusal {
  const advice =
    nearest.length > 0
      ? `Did you mean ${nearest.join(", or ")}?`
      : "`bb schema list` shows the known ones, `bb schema new` adds one.";
  const name = JSON.stringify(eventType.slice(0, 100));
  return {
    valid: false,
    code: "UNKNOWN_EVENT_TYPE",
    message: `There is no event type ${name}. ${advice}`,
    violations: [
      { pointer: "/event_type", keyword: "event_type", message: `${name} is not a known event type` },
    ],
    nearest,
    event,
  };
}

export function contradiction(
  event: unknown,
  eventType: string,
  routingKey: string,
  others: readonly Violation[],
): Refusal {
  const message = `is ${JSON.stringify(eventType)}, but the routing key is ${JSON.stringify(routingKey)}; they must be equal`;
  return {
    valid: false,
    code: "ROUTING_KEY_MISMATCH",
    message: `/event_type ${message}.`,
    violations: [{ pointer: "/event_type", keyword: "routing_key", message }, ...others],
    nearest: [],
    event,
  };
}

export function malformedBody({ pointer, keyword, message }: Malformed): Refusal {
  return {
    valid: false,
    code: "MALFORMED_JSON",
    message,
    violations: [{ pointer, keyword, message }],
    nearest: [],
  };
}
