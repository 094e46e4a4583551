/** Reads rows of events by position or id, whole or in part. */
import type { Classes } from "../layout/classes.js";
import { bytesOf } from "../record/byte-text.js";
import { parsedEvent, type ReadEvent, readEvent } from "../record/event-json.js";
import { type EventKey, eventIdOf, eventKey } from "../record/event-key.js";
import { type EventRow, eventFacts, parseBody } from "../record/stored-event.js";
import type { Database, Statement } from "./database.js";
import type { Source } from "./finder.js";
import { cutApart, JOINED_BETWEEN, JOINED_LISTED, type Joined, type Others } from "./joined.js";

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

const COLUMNS = `position, id, class, received, facts, body,
  (SELECT copies FROM duplicates WHERE duplicates.position = events.position) AS copies`;

/** Events that one statement reads. */
export const MOST_READ = 64;

export class Rows {
  readonly #byPosition: Statement;
  readonly #byId: Statement;
  readonly #joined: Statement;
  readonly #joinedBetween: Statement;
  readonly #id: Statement;
  readonly #sketch: Statement;
  readonly #classes: () => Classes;
  readonly #others: Others = {
    event: (position) => {
      this.#asksOthers = true;
      const row = this.at(position);
      return row && readEvent(row);
    },
    id: (position) => {
      this.#asksOthers = true;
      return this.idAt(position) ?? "";
    },
  };
  /** Something was read by itself, beside what a statement joined. */
  #asksOthers = false;

  /** For who wants them as the API gives them. */
  readonly asRead: Source<ReadEvent> = {
    read: (positions) => this.read(positions),
    rowOf: ({ row }) => row,
    eventOf: parsedEvent,
  };
  /** For who wants their bytes. */
  readonly asRows: Source<EventRow> = {
    read: (positions) =>
      this.read(positions).map(({ row, body }) => ({
        ...eventFacts(row.eventClass, row),
        body: bytesOf(body),
      })),
    rowOf: (row) => row,
    eventOf: ({ body }) => parseBody(body),
  };

  constructor(database: Database, classes: () => Classes) {
    this.#byPosition = database.prepare(`SELECT ${COLUMNS} FROM events WHERE position = ?`);
    this.#byId = database.prepare(
      `SELECT ${COLUMNS} FROM events WHERE position = (SELECT position FROM all_ids WHERE id = ?)`,
    );
    this.#joined = database.prepare(JOINED_LISTED);
    this.#joinedBetween = database.prepare(JOINED_BETWEEN);
    for (const statement of [this.#joined, this.#joinedBetween]) statement.setReturnArrays(true);
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

  /** The events at these positions, in this order; those that are gone are left out. */
  read(positions: readonly number[]): readonly ReadEvent[] {
    if (positions.length <= MOST_READ) return this.#readAt(positions);
    const found: ReadEvent[] = [];
    for (let at = 0; at < positions.length; at += MOST_READ)
      found.push(...this.#readAt(positions.slice(at, at + MOST_READ)));
    return found;
  }

  /** What `work` gives, if it is made of nothing but what a statement joined. */
  withoutOthers<T>(work: () => T): T | undefined {
    this.#asksOthers = false;
    const result = work();
    return this.#asksOthers ? undefined : result;
  }

  /** What a statement joined. */
  cut(joined: Joined): ReadEvent[] {
    return cutApart(joined, this.#classes(), this.#others);
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
    const eventClass = this.#classes().get(raw.class);
    if (eventClass === undefined) return undefined;
    const { position, id, received: receivedAt, facts, copies, body } = raw;
    const row = eventFacts(eventClass, {
      position,
      id: eventIdOf(id),
      receivedAt,
      facts,
      duplicates: copies ?? 0,
    });
    return { ...row, body };
  }

  #readAt(positions: readonly number[]): ReadEvent[] {
    if (positions.length === 0) return [];
    const first = positions[0]!;
    const last = positions.at(-1)!;
    const run = isRun(positions);
    const row = run
      ? this.#joinedBetween.get(Math.min(first, last), Math.max(first, last))
      : this.#joined.get(JSON.stringify(positions));
    const events = this.cut(row as unknown as Joined);
    return run && first > last ? events.reverse() : events;
  }
}

/** Whether they follow each other without a gap. */
function isRun(positions: readonly number[]): boolean {
  if (positions.length < 2) return positions.length === 1;
  const step = positions[1]! - positions[0]!;
  if (step !== 1 && step !== -1) return false;
  for (let i = 2; i < positions.length; i++) if (positions[i]! - positions[i - 1]! !== step) return false;
  return true;
}
