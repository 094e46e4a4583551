/**
 * Streams of positions: each index is a source that gives the next few positions of a range, in either order.
 * None of them sorts: an index whose last part is the position has them in order already.
 */

import type { Range } from "../layout/blocks.js";
import type { Order } from "../query/cursor.js";
import { eventKey } from "../record/event-key.js";
import { BOUND, type Database, type Statement } from "./database.js";
import { ALL, SETTLED, type Tables, tablesOf } from "./id-tables.js";
import { positionsOf } from "./positions-of.js";

/** At most `count` positions of the range, in the order asked for. Fewer: there are no more. */
export type PositionStream = (range: Range, order: Order, count: number) => readonly number[];

export class Streams {
  readonly #linked: LinkStatements;

  constructor(database: Database) {
    this.#linked = linkStatements(database, linkedFrom);
  }

  /** What names this id as a cause (kind 0), or as its conversation (kind 1). */
  linkedTo(id: string, kind: number): PositionStream {
    const key = eventKey(id);
    const statements = this.#linked.get(tablesOf([key]))!;
    return ({ from, to }, order, count) => positionsOf(statements[order].all(key, kind, from, to, count));
  }
}

/** Made once: by where an id's links can be, and by order. */
export type LinkStatements = ReadonlyMap<Tables, Readonly<Record<Order, Statement>>>;

export function linkStatements(
  database: Database,
  sql: (links: string, order: Order) => string,
): LinkStatements {
  const prepared = (links: string, order: Order) => {
    const statement = database.prepare(sql(links, order));
    statement.setReturnArrays(true);
    return statement;
  };
  return new Map(
    [SETTLED, ALL].map((tables) => [
      tables,
      { newest: prepared(tables.links, "newest"), oldest: prepared(tables.links, "oldest") },
    ]),
  );
}

/** With an id, a kind, both ends of a range and a number of positions. */
export const linkedFrom = (links: string, order: Order): string =>
  `SELECT position FROM ${links} WHERE id = ? AND kind = ? AND position BETWEEN ? AND ?
   ORDER BY position ${order === "newest" ? "DESC" : "ASC"} LIMIT ${BOUND}`;
