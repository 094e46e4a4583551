/** A query as a predicate: the last word on each event, whatever index suggested it; and the filter of live streams. */

import { topicMatcher } from "@33god/bloodbank/topic-pattern";
import { canonicalId } from "../record/event-key.js";
import { decodeFacts } from "../record/facts.js";
import { type EventFacts, type EventRow, parseBody } from "../record/stored-event.js";
import type { Query } from "./filter.js";
import { leavesOf } from "./leaves.js";
import { hasText } from "./text-query.js";
import { wordsOf } from "./words.js";

type Traits = Pick<EventRow, "type" | "version" | "app" | "valid">;

/** What can be said of an event's class alone. */
export function traitsMatcher(query: Query): (traits: Traits) => boolean {
  const types = query.types?.map(topicMatcher);
  return ({ type, version, app, valid }) =>
    (types === undefined || types.some((matches) => matches(type))) &&
    (query.source === undefined || query.source === app) &&
    (query.version === undefined || query.version === version) &&
    (query.valid === undefined || query.valid === valid);
}

export const hasTraits = (query: Query): boolean =>
  query.types !== undefined ||
  query.source !== undefined ||
  query.version !== undefined ||
  query.valid !== undefined;

/** Whether the event itself must be looked into. */
export const hasContent = (query: Query): boolean => query.text !== undefined || query.payload !== undefined;

/** Whether the event must be read to be judged: for what it says, or what it names. */
export const hasInner = (query: Query): boolean =>
  hasContent(query) || query.correlation !== undefined || query.conversation !== undefined;

/** Whether it belongs to the conversation, whose first event may not name itself. */
export function matchesConversation(query: Query, row: EventFacts): boolean {
  if (query.conversation === undefined || row.id === query.conversation) return true;
  const { correlationId } = decodeFacts(row.facts, row).properties;
  return typeof correlationId === "string" && canonicalId(correlationId) === query.conversation;
}

export const wasReceivedWithin = ({ since, until }: Query, receivedAt: number): boolean =>
  receivedAt >= (since ?? 0) && receivedAt < (until ?? Number.MAX_SAFE_INTEGER);

/** Everything, for a row that no index chose. */
export function rowMatcher(query: Query): (row: EventRow) => boolean {
  const traits = traitsMatcher(query);
  return (row) => {
    if (!traits(row)) return false;
    if (!wasReceivedWithin(query, row.receivedAt)) return false;
    if (row.position < (query.from ?? 0) || row.position > (query.to ?? Number.MAX_SAFE_INTEGER))
      return false;
    if (!matchesConversation(query, row)) return false;
    return !hasContent(query) || matchesContent(query, row, parseBody(row.body));
  };
}

export function matchesContent(query: Query, row: Pick<EventRow, "type" | "app">, event: unknown): boolean {
  if (!hasContent(query)) return true;
  const payload = asRecord(event).payload;
  const leaves = leavesOf(payload);
  if (query.payload !== undefined)
    for (const [path, value] of query.payload)
      if (!leaves.some((leaf) => leaf[0] === path && String(leaf[1]) === value)) return false;
  if (query.text === undefined) return true;
  return hasText(query.text, textsOf(row, leaves).map(wordsOf));
}

/** What full text looks into: type, source, and every text in the payload. */
export function textsOf(
  row: Pick<EventRow, "type" | "app">,
  leaves: ReturnType<typeof leavesOf>,
): readonly string[] {
  const texts = [row.type, row.app];
  for (const [, value] of leaves) if (typeof value === "string") texts.push(value);
  return texts;
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
