/** The links that were made when an event was stored, from what is stored of it: to undo them with it. */
import { CAUSE, CONVERSATION } from "../layout/links.js";
import { draftOf } from "./draft.js";
import { decodeFacts } from "./facts.js";
import { type EventRow, judgedBody } from "./stored-event.js";

export type Link = readonly [id: string, kind: number];

export function linksOf(row: EventRow): readonly Link[] {
  const { properties, headers } = decodeFacts(row.facts, row);
  const event = judgedBody(row.body);
  const draft = draftOf({ ...row, headers, properties }, () => ({ valid: row.valid, violations: [], event }));
  const links: Link[] = draft.causes.map((cause) => [cause, CAUSE]);
  if (draft.conversation !== undefined) links.push([draft.conversation, CONVERSATION]);
  return links;
}
