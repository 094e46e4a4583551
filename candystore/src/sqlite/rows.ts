/** Reads rows of events by position or id, whole or in part. */

import type { Classes } from "../layout/classes.js";
import { type EventKey, eventIdOf, eventKey } from "../record/event-key.js";
import type { EventRow } from "../record/stored-event.js";
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

const COLUMNS = `position, id, class, received, facts, body,
  (SELECT copies FROM duplicates WHERE duplicates.position = events.position) AS copies`;

export class Rows {
  readonly #byPosition: Statement;
  readonly #byId: Statement;
  readonly #sketch: Statement;
  readonly #classes: () => Classes;

  constructor(database: Database, classes: () => Classes) {
    this.#byPosition = database.prepare(`SELECT ${COLUMNS} FROM events WHERE position = ?`);
    this.#byId = database.prepare(`SELECT ${COLUMNS} FROM events WHERE id = ?`);
    this.#sketch = database.prepare("SELECT class, received FROM events WHERE position = ?");
    this.#classes = classes;
  }

  at(position: number): EventRow | undefined {
    return this.#row(this.#byPosition.get(position) as RawRow | undefined);
  }

  withId(id: string): EventRow | undefined {
    return this.#row(this.#byId.get(eventKey(id)) as RawRow | undefined);
  }

  /** Class and receipt alone: the body stays where it is. */
  sketch(position: number): Sketch | undefined {
    return this.#sketch.get(position) as Sketch | undefined;
  }

  #row(raw: RawRow | undefined): EventRow | undefined {
    if (raw === undefined) return undefined;
    const eventClass = this.#classes().get(raw.class);
    if (eventClass === undefined) return undefined;
    const { type, version, app, exchange, routingKey, valid } = eventClass;
    return {
      position: raw.position,
      id: eventIdOf(raw.id),
      type,
      version,
      app,
      exchange,
      routingKey,
      valid,
      receivedAt: raw.received,
      facts: raw.facts,
      body: raw.body,
      duplicates: raw.copies ?? 0,
    };
  }
}
