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

/** Milliseconds; `until` is exclusive. */
export interface Received {
  readonly since: number | undefined;
  readonly until: number | undefined;
}

export class Streams {
  readonly #database: Database;
  readonly #prepared = new Map<string, Statement>();

  constructor(database: Database) {
    this.#database = database;
  }

  everything(received: Received): PositionStream {
    const within = receivedWithin(received);
    return ({ from, to }, order, count) =>
      positions(
        this.#prepare(
          `SELECT position FROM events WHERE position BETWEEN ?1 AND ?2 ${within.sql}
           ORDER BY position ${direction(order)} LIMIT ?3`,
        ).all(from, to, count, ...within.values),
      );
  }

  /** The streams of several classes, merged. */
  ofClasses(classes: readonly number[], received: Received): PositionStream {
    const within = receivedWithin(received);
    const first = 4 + within.values.length;
    return ({ from, to }, order, count) => {
      const one = (number: number) => `SELECT position FROM events INDEXED BY events_class
        WHERE class = ?${first + number} AND position BETWEEN ?1 AND ?2 ${within.sql}
        ORDER BY position ${direction(order)} LIMIT ?3`;
      const sql =
        classes.length === 1
          ? one(0)
          : `${classes.map((_, i) => `SELECT position FROM (${one(i)})`).join(" UNION ALL ")}
             ORDER BY position ${direction(order)} LIMIT ?3`;
      return positions(this.#prepare(sql).all(from, to, count, ...within.values, ...classes));
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

function receivedWithin({ since, until }: Received): { readonly sql: string; readonly values: number[] } {
  if (since === undefined && until === undefined) return { sql: "", values: [] };
  return {
    sql: "AND received >= ?4 AND received < ?5",
    values: [since ?? 0, until ?? Number.MAX_SAFE_INTEGER],
  };
}

const positions = (rows: unknown[]): number[] => {
  const list = new Array<number>(rows.length);
  for (let i = 0; i < rows.length; i++) list[i] = (rows[i] as { position: number }).position;
  return list;
};
