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

  /**
   * In rising order of position; unknown ids are left out. Each is looked up by itself: without statistics the planner expects
   * a join to give much of the table, and reads it from its beginning.
   */
  async withIds(ids: readonly string[]): Promise<readonly EventRow[]> {
    const { rows } = await this.#pool.query<RawRow>({
      name: "rows with ids",
      text: `SELECT found.* FROM unnest($1::bytea[]) AS wanted (id) CROSS JOIN LATERAL (
               SELECT ${COLUMNS} FROM ids JOIN events ON events.position = ids.position
               WHERE ids.id = wanted.id LIMIT 1
             ) AS found ORDER BY found.position`,
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
