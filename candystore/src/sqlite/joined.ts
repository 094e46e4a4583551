/**
 * Many events as one blob, which SQLite joins and this cuts apart: each value that SQLite gives by itself takes longer than
 * the rest of its row.
 */
import type { Classes, EventClass } from "../layout/classes.js";
import { type ByteText, byteText, decoded } from "../record/byte-text.js";
import { headOfEvent, idIn, type ReadEvent } from "../record/event-json.js";
import { CUT, Parts } from "../record/parts.js";
import type { EventFacts } from "../record/stored-event.js";

/** A body of so many bytes is not copied into it. */
const LARGE = 1_000_000;

/** Null: there are none. */
export type Joined = readonly [events: Uint8Array | null];

/** To look them up costs less than to join them: few events have any. */
const COPIES = "coalesce((SELECT copies FROM duplicates WHERE duplicates.position = events.position), 0)";
/** Without the ids, which the bodies say. */
const COLUMN = `CAST(group_concat(concat_ws('${CUT}', events.position, class, received, ${COPIES},
    length(body), facts, iif(length(body) < ${LARGE}, body, '')), '${CUT}') AS BLOB)`;

/** From one position to a later one. */
export const JOINED_BETWEEN = `SELECT ${COLUMN} FROM events WHERE events.position BETWEEN ? AND ?`;
/** Those of a list, as JSON, in its order. */
export const JOINED_LISTED = `SELECT ${COLUMN} FROM json_each(?) AS listed CROSS JOIN events ON events.position = listed.value`;

/** Those whose positions another statement gives, in its order, and the head. */
export const joinedOf = (
  list: string,
): string => `SELECT (SELECT position FROM head), (SELECT generation FROM head), ${COLUMN}
  FROM (${list}) AS listed CROSS JOIN events ON events.position = listed.position`;

/** What is read by itself. */
export interface Others {
  event(position: number): ReadEvent | undefined;
  id(position: number): string;
}

export function cutApart([bytes]: Joined, classes: Classes, others: Others): ReadEvent[] {
  if (bytes === null) return [];
  const parts = new Parts(byteText(bytes));
  const events: ReadEvent[] = [];
  while (!parts.done) {
    const position = parts.number();
    const eventClass = classes.get(parts.number());
    const receivedAt = parts.number();
    const copies = parts.number();
    const length = parts.number();
    const facts = parts.text();
    const body = parts.bytes(length < LARGE ? length : 0);
    if (eventClass === undefined) continue;
    const row = new JoinedRow(position, eventClass, receivedAt, copies, facts, body, others);
    const event = length < LARGE ? { row, facts, body } : others.event(position);
    if (event !== undefined) events.push(event);
  }
  return events;
}

/** Its id and facts are seldom asked for: most bodies say the one, and the other goes on as bytes. */
class JoinedRow implements EventFacts {
  readonly position: number;
  readonly eventClass: EventClass;
  readonly receivedAt: number;
  readonly duplicates: number;
  readonly #facts: ByteText;
  readonly #body: ByteText;
  readonly #others: Others;

  constructor(
    position: number,
    eventClass: EventClass,
    receivedAt: number,
    duplicates: number,
    facts: ByteText,
    body: ByteText,
    others: Others,
  ) {
    this.position = position;
    this.eventClass = eventClass;
    this.receivedAt = receivedAt;
    this.duplicates = duplicates;
    this.#facts = facts;
    this.#body = body;
    this.#others = others;
  }

  get id(): string {
    return (
      idIn(headOfEvent({ row: this, facts: this.#facts, body: this.#body })) ?? this.#others.id(this.position)
    );
  }

  get facts(): string {
    return decoded(this.#facts);
  }

  get type(): string {
    return this.eventClass.type;
  }

  get version(): string {
    return this.eventClass.version;
  }

  get app(): string {
    return this.eventClass.app;
  }

  get exchange(): string {
    return this.eventClass.exchange;
  }

  get routingKey(): string {
    return this.eventClass.routingKey;
  }

  get valid(): boolean {
    return this.eventClass.valid;
  }
}
