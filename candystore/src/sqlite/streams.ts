/**
 * Streams of positions: each index as a source that gives the next few positions of a range, in either order.
 * None of them sorts: an index whose last part is the position has them in order already.
 */

import type { Range } from "../layout/blocks.js";
import type { Order } from "../query/cursor.js";
import { eventKey } from "../record/event-key.js";
import type { Database, Statement } from "./database.js";

/** At most `count` positions of the range, in the order asked for. Fewer: there are no more. */
export type PositionStream = (range: Range, order: Order, count: number) => readonly number[];

/** More classes than this are not merged; the table is read instead. */
export const MOST_MERGED = 100;

const direction = (order: Order): string => (order === "newest" ? "DESC" : "ASC");

export class Streams {
  readonly #database: Database;
  readonly #prepared = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  everything(): PositionStream {
    return ({ from, to }, order, count) =>
      positions(
        this.#prepare(
          `SELECT position FROM events WHERE position BETWEEN ? AND ? ORDER BY position ${direction(order)} LIMIT ?`,
        ).all(from, to, count),
      );
  }

  /** The streams of several classes, merged. */
  ofClasses(classes: readonly number[]): PositionStream {
    return ({ from, to }, order, count) => {
      const one = `SELECT position FROM events INDEXED BY events_class WHERE class = ? AND position BETWEEN ?1 AND ?2
        ORDER BY position ${direction(order)} LIMIT ?3`;
      const sql =
        classes.length === 1
          ? one
          : `${classes.map(() => `SELECT position FROM (${one})`).join(" UNION ALL ")}
             ORDER BY position ${direction(order)} LIMIT ?3`;
      return positions(this.#prepare(numbered(sql)).all(from, to, count, ...classes));
    };
  }

  /** What names this id as a cause (kind 0), or as its conversation (kind 1). */
  linkedTo(id: string, kind: number): PositionStream {
    const key = eventKey(id);
    return ({ from, to }, order, count) =>
      positions(
        this.#prepare(
          `SELECT position FROM links WHERE id = ? AND kind = ? AND position BETWEEN ? AND ?
           ORDER BY position ${direction(order)} LIMIT ?`,
        ).all(key, kind, from, to, count),
      );
  }

  #prepare(sql: string): Statement {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      if (this.#prepared.size > 200) this.#prepared.clear();
      statement = this.#database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

/** Gives the plain question marks the numbers after 3. */
function numbered(sql: string): string {
  let next = 4;
  return sql.replace(/\?(?!\d)/g, () => `?${next++}`);
}

const positions = (rows: unknown[]): number[] => {
  const list = new Array<number>(rows.length);
  for (let i = 0; i < rows.length; i++) list[i] = (rows[i] as { position: number }).position;
  return list;
};
