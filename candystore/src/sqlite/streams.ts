/**
 * Streams of positions: each index is a source that gives the next few positions of a range, in either order.
 * None of them sorts: an index whose last part is the position has them in order already.
 */

import type { Range } from "../layout/blocks.js";
import type { Order } from "../query/cursor.js";
import { eventKey } from "../record/event-key.js";
import type { Database, Statement } from "./database.js";

/** At most `count` positions of the range, in the order asked for. Fewer: there are no more. */
export type PositionStream = (range: Range, order: Order, count: number) => readonly number[];

const direction = (order: Order): string => (order === "newest" ? "DESC" : "ASC");

export class Streams {
  readonly #database: Database;
  readonly #prepared = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
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

const positions = (rows: unknown[]): number[] => {
  const list = new Array<number>(rows.length);
  for (let i = 0; i < rows.length; i++) list[i] = (rows[i] as { position: number }).position;
  return list;
};
