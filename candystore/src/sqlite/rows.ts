/** Reads rows of events by position or id, whole or in part. */

import type { Classes } from "../layout/classes.js";
import { type EventKey, eventIdOf, eventKey, uuidOf } from "../record/event-key.js";
import { type EventFacts, type EventRow, parseBody } from "../record/stored-event.js";
import type { Database, Statement } from "./database.js";

interface RawRow {
  readonly position: number;
  readonly id: EventKey;
  readonly class: number;
  readonly received: number;
  readonly facts: string;
  readonly body: Uint8Array;
  readonly copies: number | null;
}

export interface Sketch {
  readonly class: number;
  readonly received: number;
}

/**
 * As text and by place: each blob would be a buffer of its own outside, and each name a property to set, which takes
 * longer than all the rest of a row. An id is hexadecimal, or after an equals sign what is no UUID.
 */
type TextRow = readonly [
  position: number,
  id: string,
  eventClass: number,
  received: number,
  body: string,
  bytes: number,
  facts: string,
  copies: number | null,
];

const TEXT = `position, iif(typeof(id) = 'blob', hex(id), '=' || id), class, received,
  CAST(body AS TEXT), length(body)`;
const COLUMNS = `position, id, class, received, facts, body,
  (SELECT copies FROM duplicates WHERE duplicates.position = events.position) AS copies`;

/** Rows that one statement looks for. */
const MANY = 50;

/** An event as it is read: its facts, and what its body says, or its bytes where that is not JSON. */
export interface ReadEvent {
  readonly row: EventFacts;
  readonly event: unknown;
}

export class Rows {
  readonly #byPosition: Statement;
  readonly #byId: Statement;
  readonly #text: Statement;
  readonly #texts: Statement;
  readonly #id: Statement;
  readonly #sketch: Statement;
  readonly #classes: () => Classes;

  constructor(database: Database, classes: () => Classes) {
    this.#byPosition = database.prepare(`SELECT ${COLUMNS} FROM events WHERE position = ?`);
    this.#byId = database.prepare(`SELECT ${COLUMNS} FROM events WHERE id = ?`);
    this.#text = database.prepare(
      `SELECT ${TEXT}, facts, (SELECT copies FROM duplicates WHERE duplicates.position = events.position)
       FROM events WHERE position = ?`,
    );
    this.#texts = database.prepare(
      `SELECT ${TEXT}, '[0]', 0 FROM events WHERE position IN (${Array(MANY).fill("?").join()})`,
    );
    for (const statement of [this.#text, this.#texts]) statement.setReturnArrays(true);
    this.#id = database.prepare("SELECT id FROM events WHERE position = ?");
    this.#sketch = database.prepare("SELECT class, received FROM events WHERE position = ?");
    this.#classes = classes;
  }

  at(position: number): EventRow | undefined {
    return this.#row(this.#byPosition.get(position) as RawRow | undefined);
  }

  withId(id: string): EventRow | undefined {
    return this.#row(this.#byId.get(eventKey(id)) as RawRow | undefined);
  }

  /** The event at a position, parsed. */
  eventAt(position: number): ReadEvent | undefined {
    return this.#read(this.#text.get(position) as unknown as TextRow | undefined);
  }

  /** Events at these positions, in any order; without the delivery's facts. */
  eventsAt(positions: readonly number[]): readonly ReadEvent[] {
    const found: ReadEvent[] = [];
    for (let at = 0; at < positions.length; at += MANY) {
      const some = positions.slice(at, at + MANY);
      while (some.length < MANY) some.push(-1);
      for (const raw of this.#texts.all(...some) as unknown as TextRow[]) {
        const read = this.#read(raw);
        if (read !== undefined) found.push(read);
      }
    }
    return found;
  }

  idAt(position: number): string | undefined {
    const found = this.#id.get(position) as { id: EventKey } | undefined;
    return found && eventIdOf(found.id);
  }

  /** Class and receipt alone: the body stays where it is. */
  sketch(position: number): Sketch | undefined {
    return this.#sketch.get(position) as Sketch | undefined;
  }

  #row(raw: RawRow | undefined): EventRow | undefined {
    if (raw === undefined) return undefined;
    const { position, id, class: eventClass, received, facts, copies, body } = raw;
    const row = this.#facts(position, eventIdOf(id), eventClass, received, facts, copies);
    return row && { ...row, body };
  }

  #read(raw: TextRow | undefined): ReadEvent | undefined {
    if (raw === undefined) return undefined;
    const [position, text, eventClass, received, body, bytes, facts, copies] = raw;
    const id = text.startsWith("=") ? text.slice(1) : uuidOf(text.toLowerCase());
    const row = this.#facts(position, id, eventClass, received, facts, copies);
    if (row === undefined) return undefined;
    const event = parseText(body, bytes);
    if (event !== undefined) return { row, event };
    const whole = this.at(position);
    return whole && { row: whole, event: parseBody(whole.body) };
  }

  #facts(
    position: number,
    id: string,
    eventClass: number,
    receivedAt: number,
    facts: string,
    copies: number | null,
  ): EventFacts | undefined {
    const found = this.#classes().get(eventClass);
    if (found === undefined) return undefined;
    const { type, version, app, exchange, routingKey, valid } = found;
    const duplicates = copies ?? 0;
    return { position, id, type, version, app, exchange, routingKey, valid, receivedAt, facts, duplicates };
  }
}

/** Undefined: not JSON, or perhaps other text than the bytes are: cut at a zero, or replaced where it is no UTF-8. */
function parseText(text: string, bytes: number): unknown {
  if (text.includes("\ufffd") || Buffer.byteLength(text) !== bytes) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
