/** What a trace asks: events by id, and which events name them. Many at once: a call costs more than a row. */
import { CAUSE } from "../layout/links.js";
import { type EventKey, eventIdOf, eventKey } from "../record/event-key.js";
import type { Effects, TraceRow } from "../trace/build-trace.js";
import type { Database, Statement } from "./database.js";
import type { Rows } from "./rows.js";

const MANY = 50;
/** Stands where fewer ids are asked for; no event has it. */
const NOBODY = "";

interface LinkRow {
  readonly id: EventKey;
  readonly position: number;
}

export class Graph {
  readonly #rows: Rows;
  readonly #positions: Statement;
  readonly #effects: Statement;

  constructor(database: Database, rows: Rows) {
    const many = Array(MANY).fill("?").join();
    this.#rows = rows;
    this.#positions = database.prepare(`SELECT id, position FROM events WHERE id IN (${many})`);
    this.#effects = database.prepare(
      `SELECT id, position FROM links WHERE id IN (${many}) AND kind = ${CAUSE} ORDER BY id, position LIMIT ?`,
    );
  }

  rows(ids: readonly string[]): ReadonlyMap<string, TraceRow> {
    const positions: number[] = [];
    for (const keys of batches(ids))
      for (const { position } of this.#positions.all(...keys) as LinkRow[]) positions.push(position);
    return new Map(this.#rows.eventsAt(positions).map((read) => [read.row.id, read]));
  }

  effects(ids: readonly string[], limit: number): Effects {
    const linked = new Map<string, number[]>(ids.map((id) => [id, []]));
    for (const keys of batches(ids)) {
      const found = this.#effects.all(...keys, MANY * limit) as LinkRow[];
      for (const { id, position } of found) {
        const list = linked.get(eventIdOf(id));
        if (list !== undefined && list.length < limit) list.push(position);
      }
    }
    // Their bodies may be large: of those beyond the limit only the ids are wanted.
    const positions = [...new Set([...linked.values()].flat())];
    const rows = this.#rows.eventsAt(positions.slice(0, limit));
    const idAt = new Map(rows.map(({ row }) => [row.position, row.id]));
    for (const position of positions.slice(limit)) {
      const id = this.#rows.idAt(position);
      if (id !== undefined) idAt.set(position, id);
    }
    const effects = new Map<string, readonly string[]>();
    for (const [id, list] of linked)
      effects.set(
        id,
        list.flatMap((position) => idAt.get(position) ?? []),
      );
    return { ids: effects, rows };
  }
}

function* batches(ids: readonly string[]): Generator<readonly EventKey[]> {
  for (let at = 0; at < ids.length; at += MANY) {
    const keys: EventKey[] = ids.slice(at, at + MANY).map(eventKey);
    while (keys.length < MANY) keys.push(NOBODY);
    yield keys;
  }
}
