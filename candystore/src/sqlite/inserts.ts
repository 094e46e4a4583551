/** Rows of a table, many in a statement: what is there already is passed over. */
import type { Database, Statement } from "./database.js";

/** Rows that one statement takes: one call of it costs as much as several rows do, and larger ones cost more. */
export const ROWS = 20;

export type Value = number | string | Uint8Array;

/** One row at a time, or so many in a statement. */
export class Inserts {
  readonly #one: Statement;
  readonly #many: Statement;
  readonly #columns: number;

  constructor(database: Database, table: string, columns: number) {
    this.#columns = columns;
    this.#one = database.prepare(`INSERT OR IGNORE INTO ${table} VALUES ${rows(1, columns)}`);
    this.#many = database.prepare(`INSERT OR IGNORE INTO ${table} VALUES ${rows(ROWS, columns)}`);
  }

  /** How many rows went in. */
  run(values: readonly Value[]): number {
    const size = ROWS * this.#columns;
    let changes = 0;
    let at = 0;
    for (; at + size <= values.length; at += size)
      changes += Number(
        this.#many.run(...(values.length === size ? values : values.slice(at, at + size))).changes,
      );
    for (; at < values.length; at += this.#columns)
      changes += Number(this.#one.run(...values.slice(at, at + this.#columns)).changes);
    return changes;
  }
}

/** `(?, ?), (?, ?)`: so many rows of so many values. */
const rows = (count: number, columns: number): string =>
  Array(count)
    .fill(`(${Array(columns).fill("?").join(", ")})`)
    .join(", ");
