/** Positions that a query may mean, from one index each, in order; the same ones that SQLite's store has. */
import type pg from "pg";
import type { Range } from "../layout/blocks.js";
import type { Order } from "../query/cursor.js";
import type { Query } from "../query/filter.js";
import { pathWord } from "../query/index-words.js";
import { eventKey } from "../record/event-key.js";
import { keyBytes } from "./connection.js";

export type Stream = (range: Range, order: Order, count: number) => Promise<readonly number[]>;

const by = (order: Order): string => (order === "newest" ? "DESC" : "ASC");

export class PostgresStreams {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  everything(): Stream {
    return ({ from, to }, order, count) =>
      this.#positions(
        `SELECT position FROM events WHERE position BETWEEN $1 AND $2 ORDER BY position ${by(order)} LIMIT $3`,
        [from, to, count],
      );
  }

  /** Each class by itself, `count` at most, then the first of all of them. */
  ofClasses(classes: readonly number[]): Stream {
    return ({ from, to }, order, count) =>
      this.#positions(
        `SELECT position FROM unnest($4::int[]) AS wanted (class) CROSS JOIN LATERAL (
           SELECT position FROM events WHERE events.class = wanted.class AND position BETWEEN $1 AND $2
           ORDER BY position ${by(order)} LIMIT $3
         ) AS found ORDER BY position ${by(order)} LIMIT $3`,
        [from, to, count, classes],
      );
  }

  linkedTo(id: string, kind: number): Stream {
    return ({ from, to }, order, count) =>
      this.#positions(
        `SELECT position FROM links WHERE id = $4 AND kind = $5 AND position BETWEEN $1 AND $2
         ORDER BY position ${by(order)} LIMIT $3`,
        [from, to, count, keyBytes(eventKey(id)), kind],
      );
  }

  withWords(query: Query): Stream {
    const words = matchOf(query);
    return ({ from, to }, order, count) =>
      this.#positions(
        `SELECT position FROM search WHERE words @@ $4::tsquery AND position BETWEEN $1 AND $2
         ORDER BY position ${by(order)} LIMIT $3`,
        [from, to, count, words],
      );
  }

  async #positions(text: string, values: unknown[]): Promise<readonly number[]> {
    const { rows } = await this.#pool.query<{ position: string }>(text, values);
    return rows.map(({ position }) => Number(position));
  }
}

/** As a `tsquery`: all words must occur. Words hold letters and digits only, so quotes are enough. */
function matchOf({ text, payload }: Query): string {
  const parts: string[] = [];
  for (const { words, prefix } of text?.terms ?? [])
    for (const [i, word] of words.entries())
      parts.push(`'${word}'${prefix && i === words.length - 1 ? ":*" : ""}`);
  for (const [path, value] of payload ?? []) parts.push(`'${pathWord(path, value)}'`);
  return parts.join(" & ");
}
