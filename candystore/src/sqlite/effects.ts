/**
 * The effects of an event, a page of them: links, events and head in one statement. They are few, and to ask three times
 * takes longer than to read them.
 */
import type { Range } from "../layout/blocks.js";
import { CAUSE } from "../layout/links.js";
import type { Order } from "../query/cursor.js";
import type { Query } from "../query/filter.js";
import { hasContent, hasTraits } from "../query/matches.js";
import type { ReadEvent } from "../record/event-json.js";
import { eventKey } from "../record/event-key.js";
import type { Database } from "./database.js";
import { type Found, stepBack } from "./finder.js";
import { tablesOf } from "./id-tables.js";
import { joinedOf } from "./joined.js";
import type { Knowledge } from "./knowledge.js";
import { MOST_READ, type Rows } from "./rows.js";
import { type LinkStatements, linkedFrom, linkStatements } from "./streams.js";

type Row = readonly [position: number, generation: number, events: Uint8Array | null];

export class Effects {
  readonly #knowledge: Knowledge;
  readonly #rows: Rows;
  readonly #statements: LinkStatements;

  constructor(database: Database, knowledge: Knowledge, rows: Rows) {
    this.#knowledge = knowledge;
    this.#rows = rows;
    this.#statements = linkStatements(database, (links, order) => joinedOf(linkedFrom(links, order)));
  }

  /** Undefined: more than the cause is asked for, or too many at once, or the store is not as it is known. */
  find(query: Query, { from, to }: Range, order: Order, limit: number): Found<ReadEvent> | undefined {
    const { correlation } = query;
    if (correlation === undefined || limit >= MOST_READ || asksMore(query)) return undefined;
    const key = eventKey(correlation);
    const row = this.#statements
      .get(tablesOf([key]))!
      [order].get(key, CAUSE, Math.max(from, query.from ?? 0), Math.min(to, query.to ?? to), limit + 1);
    const [position, generation, joined] = row as unknown as Row;
    if (!this.#knowledge.isAt(position, generation)) return undefined;
    const hits = this.#rows.cut([joined]);
    const next = hits[limit];
    if (next === undefined) return { hits, resume: undefined };
    return { hits: hits.slice(0, limit), resume: stepBack(next.row.position, order) };
  }
}

const asksMore = (query: Query): boolean =>
  hasTraits(query) ||
  hasContent(query) ||
  query.conversation !== undefined ||
  query.since !== undefined ||
  query.until !== undefined;
