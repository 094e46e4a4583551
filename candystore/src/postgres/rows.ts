/** Rows of events, spelled out. */
import type pg from "pg";
import type { Classes } from "../layout/classes.js";
import { eventIdOf, eventKey } from "../record/event-key.js";
import { type EventRow, eventFacts } from "../record/stored-event.js";
import { keyBytes, keyOf } from "./connection.js";

interface RawRow {
  readonly position: string;
  readonly id: Buffer;
  readonly class: number;
  readonly received: string;
  readonly facts: string;
  readonly body: Buffer;
  readonly copies: number;
}

const COLUMNS = "events.position, events.id, class, received, facts, body, coalesce(ids.copies, 0) AS copies";

export class PostgresRows {
  readonly #pool: pg.Pool | pg.ClientBase;
  readonly #classes: () => Classes;

  constructor(pool: pg.Pool | pg.ClientBase, classes: () => Classes) {
    this.#pool = pool;
    this.#classes = classes;
  }

  /** In rising order of position; those that are gone are left out. */
  async at(positions: readonly number[]): Promise<readonly EventRow[]> {
    if (positions.length === 0) return [];
    const { rows } = await this.#pool.query<RawRow>({
      name: "rows at",
      text: `SELECT ${COLUMNS} FROM events LEFT JOIN ids ON ids.id = events.id
             WHERE events.position = ANY ($1::bigint[]) ORDER BY events.position`,
      values: [positions],
    });
    return rows.flatMap((row) => this.#row(row));
  }

  /** From a list, not by `= ANY`: without statistics the planner would then expect much of the table, and read it all. */
  async withIds(ids: readonly string[]): Promise<readonly EventRow[]> {
    const { rows } = await this.#pool.query<RawRow>({
      name: "rows with ids",
      text: `SELECT ${COLUMNS} FROM unnest($1::bytea[]) AS wanted (id) JOIN ids ON ids.id = wanted.id
             JOIN events ON events.position = ids.position ORDER BY events.position`,
      values: [ids.map((id) => keyBytes(eventKey(id)))],
    });
    return rows.flatMap((row) => this.#row(row));
  }

  #row(raw: RawRow): EventRow[] {
    const eventClass = this.#classes().get(raw.class);
    if (eventClass === undefined) return [];
    const facts = eventFacts(eventClass, {
      position: Number(raw.position),
      id: eventIdOf(keyOf(raw.id)),
      receivedAt: Number(raw.received),
      facts: raw.facts,
      duplicates: raw.copies,
    });
    return [{ ...facts, body: raw.body }];
  }
}
