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

  /** @param row a row's values in SQL, such as `?, 1, ?`: what is the same in all of them is not bound for each */
  constructor(database: Database, table: string, row: string) {
    const insert = `INSERT OR IGNORE INTO ${table} VALUES (${row})`;
    this.#columns = row.split("?").length - 1;
    this.#one = database.prepare(insert);
    this.#many = database.prepare(insert + `, (${row})`.repeat(ROWS - 1));
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
