/** Positions that a query may mean, from one index each, in order; the same ones that SQLite's store has. */
import type pg from "pg";
import type { Range } from "../layout/blocks.js";
import type { Order } from "../query/cursor.js";
import type { Query } from "../query/filter.js";
import { pathWord } from "../query/index-words.js";
import { eventKey } from "../record/event-key.js";
import { keyBytes } from "./connection.js";

/** A position that a query may mean, and when its event was received, where the index says that as well. */
export interface Candidate {
  readonly position: number;
  readonly receivedAt?: number;
}
export type Stream = (range: Range, order: Order, count: number) => Promise<readonly Candidate[]>;

/**
 * Rows that are looked at before the index of words is asked: some first, and more where one of those has the words. A word
 * that none of the first has is rare, and the index gives what has it in less time than it takes to look at more.
 */
const NEAR = [256, 8_192];

/** Stands in the index for the words of an event that has too many: each search finds it, and it is read. No word is like it. */
export const MORE = "+";

const by = (order: Order): string => (order === "newest" ? "DESC" : "ASC");

function parted(
  { from, to }: Range,
  order: Order,
  size: number,
): { readonly near: Range; readonly rest: Range } {
  if (order === "newest") {
    const edge = Math.max(from, to - size + 1);
    return { near: { from: edge, to }, rest: { from, to: edge - 1 } };
  }
  const edge = Math.min(to, from + size - 1);
  return { near: { from, to: edge }, rest: { from: edge + 1, to } };
}

export class PostgresStreams {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  everything(): Stream {
    return ({ from, to }, order, count) =>
      this.#candidates(
        `all ${order}`,
        `SELECT position, received FROM events WHERE position BETWEEN $1 AND $2 ORDER BY position ${by(order)} LIMIT $3`,
        [from, to, count],
      );
  }

  /**
   * Each class by itself, `count` at most, then the first of all of them. Class and position are compared and ordered as
   * one, which only the index on both can give: without statistics PostgreSQL would read all events for each class.
   */
  ofClasses(classes: readonly number[]): Stream {
    return ({ from, to }, order, count) =>
      this.#candidates(
        `of classes ${order}`,
        `SELECT position, received FROM unnest($4::int[]) AS wanted (class) CROSS JOIN LATERAL (
           SELECT position, received FROM events
           WHERE (events.class, position) BETWEEN (wanted.class, $1::bigint) AND (wanted.class, $2::bigint)
             AND position BETWEEN $1 AND $2
           ORDER BY events.class ${by(order)}, position ${by(order)} LIMIT $3
         ) AS found ORDER BY position ${by(order)} LIMIT $3`,
        [from, to, count, classes],
      );
  }

  linkedTo(id: string, kind: number): Stream {
    return ({ from, to }, order, count) =>
      this.#candidates(
        `linked ${order}`,
        `SELECT position FROM links WHERE id = $4 AND kind = $5 AND position BETWEEN $1 AND $2
         ORDER BY position ${by(order)} LIMIT $3`,
        [from, to, count, keyBytes(eventKey(id)), kind],
      );
  }

  /**
   * The first rows are looked at one after the other: of a frequent word that gives enough. A rare one is asked of the
   * index, which gives all that have it, in no order. Which is cheaper PostgreSQL cannot tell without statistics, so each
   * is kept apart from the condition (`OFFSET 0`) that would make it choose.
   */
  withWords(query: Query): Stream {
    const words = matchOf(query);
    return async (range, order, count) => {
      const found: Candidate[] = [];
      let left = range;
      for (const size of NEAR) {
        const { near, rest } = parted(left, order, size);
        found.push(
          ...(await this.#candidates(
            `with words near ${order}`,
            `SELECT position FROM (
               SELECT position, words FROM search WHERE position BETWEEN $1 AND $2 ORDER BY position ${by(order)} OFFSET 0
             ) AS near WHERE words @@ $4::tsquery ORDER BY position ${by(order)} LIMIT $3`,
            [near.from, near.to, count - found.length, words],
          )),
        );
        if (found.length === count || rest.from > rest.to) return found;
        left = rest;
        if (found.length === 0) break;
      }
      const further = await this.#candidates(
        `with words ${order}`,
        `SELECT position FROM (SELECT position FROM search WHERE words @@ $4::tsquery OFFSET 0) AS hits
         WHERE position BETWEEN $1 AND $2 ORDER BY position ${by(order)} LIMIT $3`,
        [left.from, left.to, count - found.length, words],
      );
      return [...found, ...further];
    };
  }

  /** Planned once a connection: with statistics of the words each plan takes longer than to find a rare one. */
  async #candidates(name: string, text: string, values: unknown[]): Promise<readonly Candidate[]> {
    const { rows } = await this.#pool.query<{ position: string; received?: string }>({ name, text, values });
    return rows.map(({ position, received }) => ({
      position: Number(position),
      ...(received !== undefined && { receivedAt: Number(received) }),
    }));
  }
}

/** As a `tsquery`: all words must occur, or may. Words hold letters and digits only, so quotes are enough. */
function matchOf({ text, payload }: Query): string {
  const parts: string[] = [];
  for (const { words, prefix } of text?.terms ?? [])
    for (const [i, word] of words.entries())
      parts.push(`'${word}'${prefix && i === words.length - 1 ? ":*" : ""}`);
  for (const [path, value] of payload ?? []) parts.push(`'${pathWord(path, value)}'`);
  return `(${parts.join(" & ")}) | '${MORE}'`;
}
