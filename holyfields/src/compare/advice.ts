/** Every kind of finding of the checker, and what to do about it. */
import type { Direction } from "../tools/contract.js";

export const COMPATIBILITY_RULES: Readonly<Record<string, string>> = {
  TYPE_NARROWED: "Keep the old type beside the new one",
  VALUES_NARROWED: "Keep the old values",
  ALTERNATIVES_NARROWED: "Keep an alternative that takes what was admitted",
  RANGE_NARROWED: "Keep the wider range",
  MULTIPLE_NARROWED: "Leave multipleOf as it was",
  SIZE_NARROWED: "Keep the wider size",
  PATTERN_ADDED: "Leave the pattern as it was",
  FORMAT_ADDED: "Leave the format as it was",
  UNIQUE_ADDED: "Leave uniqueItems out",
  REQUIRED_ADDED: "Make the member optional",
  PROPERTY_ADDED_TO_OPEN:
    "Leave the member undeclared, give it the schema true, or judge by the policy lenient",
  PROPERTY_FORBIDDEN: "Keep the member, and mark it deprecated",
  CLOSED: "Leave the object open",
  CONDITION_ADDED: "Leave the condition out",
};

/** What to do, in a sentence. */
export function adviceOf(rule: string, direction: Direction): string {
  const whom =
    direction === "backward"
      ? "consumers of the new schema meet what was recorded under the old one"
      : "consumers that still run meet what new producers send";
  // Seen from the old schema, what was narrowed is what the new one widened.
  const widened = direction === "forward" || !Object.hasOwn(COMPATIBILITY_RULES, rule);
  return `${widened ? "Leave it as it was" : COMPATIBILITY_RULES[rule]}, or publish a new version (v<N+1>): ${whom}.`;
}
