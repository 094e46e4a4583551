/** Retention rules, checked, and what they say of a type. */

import { topicMatcher } from "@33god/bloodbank/topic-pattern";
import { StoreError } from "../errors.js";
import type { Retention } from "./contract.js";

const DAY = 86_400_000;

/** What is received before that time goes; undefined: nothing does. */
export type Cutoff = (eventType: string) => number | undefined;

/** @throws StoreError `INVALID_RETENTION` */
export function cutoffOf({ rules, now = Date.now() }: Retention): Cutoff {
  const compiled = rules.map(({ type, max_age_days: days }) => ({
    matchers: type.map(topicMatcher),
    before: days === undefined ? undefined : now - days * DAY,
  }));
  return (eventType) =>
    compiled.find(({ matchers }) => matchers.some((matches) => matches(eventType)))?.before;
}

/** @throws StoreError `INVALID_RETENTION` */
export function checkRetention(retention: Retention): void {
  const wrong = (message: string) => new StoreError("INVALID_RETENTION", message);
  if (!Array.isArray(retention?.rules)) throw wrong("rules is a list.");
  for (const [i, rule] of retention.rules.entries()) {
    if (
      !Array.isArray(rule?.type) ||
      rule.type.length === 0 ||
      rule.type.some((type: unknown) => typeof type !== "string")
    )
      throw wrong(`Rule ${i + 1}: type is a list of event types or patterns, like ["llm.*"] or ["#"].`);
    const days: unknown = rule.max_age_days;
    if (days !== undefined && (typeof days !== "number" || !(days >= 0)))
      throw wrong(`Rule ${i + 1}: max_age_days is a number from 0, not ${String(days)}.`);
  }
  const most: unknown = retention.max_bytes;
  if (most !== undefined && (typeof most !== "number" || !(most > 0)))
    throw wrong(`max_bytes is a number above 0, not ${String(most)}.`);
}
