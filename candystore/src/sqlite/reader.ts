/** The one that reads: synchronous, on a connection of its own, for a thread where nobody else waits. */

import type { Left } from "../audit/chain.js";
import { readCheckpoints } from "../audit/checkpoint-file.js";
import type { Checkpoint } from "../audit/contract.js";
import type { Chain } from "../audit/verify.js";
import type { Counts, Histogram, StoredEvent, StoreStats, Trace } from "../contract.js";
import type { FoundJson, FoundRows, Reader } from "../engine/contract.js";
import type { Range } from "../layout/blocks.js";
import { type Order, readCursor, writeCursor } from "../query/cursor.js";
import type { Query } from "../query/filter.js";
import { pageJson, positionedJson, type ReadEvent } from "../record/event-json.js";
import { type EventRow, storedEvent } from "../record/stored-event.js";
import type { ReplayRecord } from "../replay/contract.js";
import { buildTrace, type TraceSource } from "../trace/build-trace.js";
import { chainOf, checkpointsOf } from "./chain-rows.js";
import { Counter } from "./counter.js";
import { type Database, openDatabase, type Statement, storeError } from "./database.js";
import { Effects } from "./effects.js";
import { Finder, type Found, type Source } from "./finder.js";
import { Graph } from "./graph.js";
import { Knowledge } from "./knowledge.js";
import { Rows } from "./rows.js";
import { pragma } from "./schema.js";
import type { SearchIndex } from "./search-index.js";
import { Streams } from "./streams.js";

/** Milliseconds that a page is looked for. */
const PAGE_BUDGET = 150;

export class SqliteReader implements Reader {
  readonly database: Database;
  readonly rows: Rows;
  readonly #index: SearchIndex;
  readonly #knowledge: Knowledge;
  readonly #finder: Finder;
  readonly #effects: Effects;
  readonly #counter: Counter;
  readonly #checkpointFile: string;
  readonly #begin: Statement;
  readonly #commit: Statement;

  constructor(file: string, index: SearchIndex, checkpointFile: string) {
    this.#checkpointFile = checkpointFile;
    const database = openDatabase(file, { readOnly: true, cacheBytes: 24 * 1024 * 1024 });
    this.database = database;
    this.#begin = database.prepare("BEGIN");
    this.#commit = database.prepare("COMMIT");
    this.#index = index;
    this.#knowledge = new Knowledge(database);
    this.rows = new Rows(database, () => this.#knowledge.classes);
    this.#finder = new Finder(this.#knowledge, this.rows, new Streams(database), index);
    this.#effects = new Effects(database, this.#knowledge, this.rows);
    this.#counter = new Counter(database, this.#knowledge, this.#finder, this.rows);
  }

  get(eventId: string): StoredEvent | undefined {
    return this.#reading(() => {
      const row = this.rows.withId(eventId);
      return row && storedEvent(row);
    });
  }

  row(eventId: string): EventRow | undefined {
    return this.#reading(() => this.rows.withId(eventId));
  }

  page(query: Query, order: Order, limit: number, cursor: string | undefined): Uint8Array {
    const at = cursor === undefined ? undefined : readCursor(cursor, query, order);
    const written = ({ hits, resume }: Found<ReadEvent>) =>
      pageJson(hits, resume === undefined ? undefined : writeCursor(query, order, resume));
    const effects = () => this.#effects.find(query, this.#bounds(order, at), order, limit);
    return (
      this.#inOneStatement(() => {
        const found = effects();
        return found && written(found);
      }) ?? this.#atOneMoment(() => written(effects() ?? this.#find(query, at, order, limit)))
    );
  }

  rowsAfter(after: number, limit: number, query: Query): FoundRows {
    const { hits, examined } = this.#after(after, limit, query, this.rows.asRows);
    return { rows: hits, examined };
  }

  jsonAfter(after: number, limit: number, query: Query): FoundJson {
    const { hits, examined } = this.#after(after, limit, query, this.rows.asRead);
    return { events: hits.map(positionedJson), examined };
  }

  count(query: Query): Counts {
    return this.#reading(() => this.#counter.count(query));
  }

  histogram(query: Query, buckets: number): Histogram {
    return this.#reading(() => this.#counter.histogram(query, buckets));
  }

  trace(eventId: string, limit: number): Promise<Trace | undefined> {
    return buildTrace(this.#traceSource(), eventId, limit);
  }

  position(): number {
    return this.#reading(() => this.#knowledge.position);
  }

  stats(): StoreStats {
    return this.#reading(() => {
      this.#index.refresh();
      let events = 0;
      let oldest = Number.MAX_SAFE_INTEGER;
      let newest = 0;
      for (const { counts, earliest, latest } of this.#knowledge.blocks) {
        let inBlock = 0;
        for (const count of counts.values()) inBlock += count;
        events += inBlock;
        if (inBlock === 0) continue;
        oldest = Math.min(oldest, earliest);
        newest = Math.max(newest, latest);
      }
      return {
        engine: "sqlite",
        events,
        position: this.#knowledge.position,
        indexed: this.#index.progress,
        bytes: pragma(this.database, "page_count") * pragma(this.database, "page_size"),
        index_bytes: this.#index.bytes,
        ...(events === 0
          ? {}
          : {
              oldest_received_at: new Date(oldest).toISOString(),
              newest_received_at: new Date(newest).toISOString(),
            }),
      };
    });
  }

  replays(): readonly ReplayRecord[] {
    const rows = this.database.prepare("SELECT record FROM replays").all() as { record: string }[];
    return rows.map(({ record }) => JSON.parse(record) as ReplayRecord);
  }

  checkpoints(): readonly Checkpoint[] {
    return checkpointsOf(this.database);
  }

  left(after: number, to: number, limit: number): readonly Left[] {
    return this.database
      .prepare(
        "SELECT position, digest FROM removed WHERE position > ? AND position <= ? ORDER BY position LIMIT ?",
      )
      .all(after, to, limit) as unknown as readonly Left[];
  }

  chain(): Chain {
    const outside = readCheckpoints(this.#checkpointFile);
    return this.#reading(() => chainOf(this.database, this.rows, outside, (work) => this.#reading(work)));
  }

  close(): void {
    this.#index.close();
    if (this.database.isOpen) this.database.close();
  }

  #after<H>(after: number, limit: number, query: Query, source: Source<H>) {
    return this.#reading(() => {
      const to = this.#knowledge.position;
      const bounds = { from: after + 1, to };
      const { hits, resume } = this.#finder.find(query, bounds, "oldest", limit, PAGE_BUDGET, source);
      return { hits, examined: resume ?? Math.max(after, Math.min(to, query.to ?? to)) };
    });
  }

  #find(query: Query, at: number | undefined, order: Order, limit: number): Found<ReadEvent> {
    this.#knowledge.refresh();
    return this.#finder.find(query, this.#bounds(order, at), order, limit, PAGE_BUDGET, this.rows.asRead);
  }

  /** Where a page can be that goes on at a position. */
  #bounds(order: Order, at: number | undefined): Range {
    const { position } = this.#knowledge;
    return order === "newest"
      ? { from: 1, to: Math.min(position, at === undefined ? position : at - 1) }
      : { from: (at ?? 0) + 1, to: position };
  }

  #reading<T>(work: () => T): T {
    return this.#atOneMoment(() => {
      this.#knowledge.refresh();
      return work();
    });
  }

  /** A statement by itself reads one moment, and no transaction is begun for it; undefined: it was not enough. */
  #inOneStatement<T>(work: () => T | undefined): T | undefined {
    try {
      return this.rows.withoutOthers(work);
    } catch (error) {
      throw storeError(error);
    }
  }

  /** All that `work` reads is of one moment. */
  #atOneMoment<T>(work: () => T): T {
    try {
      this.#begin.get();
      try {
        return work();
      } finally {
        this.#commit.get();
      }
    } catch (error) {
      throw storeError(error);
    }
  }

  #traceSource(): TraceSource {
    const graph = new Graph(this.database, this.rows);
    return {
      rows: async (ids) => this.#reading(() => graph.rows(ids)),
      effects: async (ids, limit) => this.#reading(() => graph.effects(ids, limit)),
    };
  }
}
