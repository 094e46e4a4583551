/** What a trace asks: events by id, and which events name them. Many at once: a call costs more than a row. */
import { Buffer } from "node:buffer";
import { CAUSE } from "../layout/links.js";
import { type EventKey, eventKey } from "../record/event-key.js";
import { type Effects, type TraceRow, traceRow } from "../trace/build-trace.js";
import { BOUND, type Database, type Statement } from "./database.js";
import { ALL, SETTLED, type Tables, tablesOf } from "./id-tables.js";
import type { Rows } from "./rows.js";

const MANY = 50;
/** Stands where fewer ids are asked for; no event has it. */
const NOBODY = "";

/** The id as text: what a blob is made into takes longer than the rest of its row. */
type LinkRow = readonly [id: string, position: number];

const textOf = (key: EventKey): string =>
  typeof key === "string" ? `=${key}` : Buffer.from(key).toString("hex").toUpperCase();

export class Graph {
  readonly #rows: Rows;
  readonly #lookups: ReadonlyMap<Tables, Lookups>;

  constructor(database: Database, rows: Rows) {
    this.#rows = rows;
    this.#lookups = new Map([SETTLED, ALL].map((tables) => [tables, lookups(database, tables)]));
  }

  rows(ids: readonly string[]): ReadonlyMap<string, TraceRow> {
    const positions: number[] = [];
    for (const keys of batches(ids))
      for (const [position] of this.#lookupsOf(keys).positions.all(...keys) as unknown as [number][])
        positions.push(position);
    const rows = this.#rows.read(positions).map(traceRow);
    return new Map(rows.map((row) => [row.row.id, row]));
  }

  effects(ids: readonly string[], limit: number): Effects {
    const linked = new Map<string, number[]>(ids.map((id) => [id, []]));
    const byText = new Map(ids.map((id) => [textOf(eventKey(id)), linked.get(id)]));
    for (const keys of batches(ids)) {
      const found = this.#lookupsOf(keys).effects.all(...keys, MANY * limit) as unknown as LinkRow[];
      for (const [id, position] of found) {
        const list = byText.get(id);
        if (list !== undefined && list.length < limit) list.push(position);
      }
    }
    // Their bodies may be large: of those beyond the limit only the ids are wanted.
    const positions = [...new Set([...linked.values()].flat())];
    const rows = this.#rows.read(positions.slice(0, limit)).map(traceRow);
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

  #lookupsOf(keys: readonly EventKey[]): Lookups {
    return this.#lookups.get(tablesOf(keys))!;
  }
}

interface Lookups {
  readonly positions: Statement;
  readonly effects: Statement;
}

function lookups(database: Database, { ids, links }: Tables): Lookups {
  const many = Array(MANY).fill("?").join();
  const positions = database.prepare(`SELECT position FROM ${ids} WHERE id IN (${many})`);
  const effects = database.prepare(
    `SELECT iif(typeof(id) = 'blob', hex(id), '=' || id), position FROM ${links}
     WHERE id IN (${many}) AND kind = ${CAUSE} ORDER BY id, position LIMIT ${BOUND}`,
  );
  for (const statement of [positions, effects]) statement.setReturnArrays(true);
  return { positions, effects };
}

function* batches(ids: readonly string[]): Generator<readonly EventKey[]> {
  for (let at = 0; at < ids.length; at += MANY) {
    const keys: EventKey[] = ids.slice(at, at + MANY).map(eventKey);
    while (keys.length < MANY) keys.push(NOBODY);
    yield keys;
  }
}
