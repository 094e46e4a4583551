/** Answers questions to PostgreSQL, over a few connections. */
import pg from "pg";
import type { Left } from "../audit/chain.js";
import type { Checkpoint } from "../audit/contract.js";
import type { Chain } from "../audit/verify.js";
import type { Counts, Histogram, StoredEvent, StoreLocation, StoreStats, Trace } from "../contract.js";
import type { FoundJson, FoundRows, Reader } from "../engine/contract.js";
import { type Order, readCursor, writeCursor } from "../query/cursor.js";
import type { Query } from "../query/filter.js";
import { pageJson, positionedJson, readEvent } from "../record/event-json.js";
import { type EventRow, storedEvent } from "../record/stored-event.js";
import type { ReplayRecord } from "../replay/contract.js";
import { buildTrace } from "../trace/build-trace.js";
import { chainOf, checkpointsOf } from "./chain-rows.js";
import { clientOptions, postgresError } from "./connection.js";
import { countRows, histogramRows } from "./counts.js";
import { PostgresFinder } from "./finder.js";
import { PostgresGraph } from "./graph.js";
import { PostgresKnowledge } from "./knowledge.js";
import { PostgresRows } from "./rows.js";
import { PostgresStreams } from "./streams.js";

const CONNECTIONS = 4;
const PAGE_BUDGET = 300;

export class PostgresReader implements Reader {
  readonly pool: pg.Pool;
  readonly rows: PostgresRows;
  readonly #knowledge = new PostgresKnowledge();
  readonly #finder: PostgresFinder;
  readonly #graph: PostgresGraph;

  constructor(location: StoreLocation) {
    this.pool = new pg.Pool({ ...clientOptions(location, "reader"), max: CONNECTIONS });
    this.pool.on("error", () => undefined);
    this.rows = new PostgresRows(this.pool, () => this.#knowledge.classes);
    this.#graph = new PostgresGraph(this.pool, this.rows, () => this.#knowledge.classes);
    this.#finder = new PostgresFinder(this.#knowledge, this.rows, new PostgresStreams(this.pool));
  }

  async get(eventId: string): Promise<StoredEvent | undefined> {
    const row = await this.row(eventId);
    return row && storedEvent(row);
  }

  row(eventId: string): Promise<EventRow | undefined> {
    return this.#reading(async () => (await this.rows.withIds([eventId]))[0]);
  }

  page(query: Query, order: Order, limit: number, cursor: string | undefined): Promise<Uint8Array> {
    return this.#reading(async () => {
      const at = cursor === undefined ? undefined : readCursor(cursor, query, order);
      const { position } = this.#knowledge;
      const bounds =
        order === "newest"
          ? { from: 1, to: Math.min(position, at === undefined ? position : at - 1) }
          : { from: (at ?? 0) + 1, to: position };
      const { rows, resume } = await this.#finder.find(query, bounds, order, limit, PAGE_BUDGET);
      return pageJson(
        rows.map(readEvent),
        resume === undefined ? undefined : writeCursor(query, order, resume),
      );
    });
  }

  rowsAfter(after: number, limit: number, query: Query): Promise<FoundRows> {
    return this.#reading(async () => {
      const to = this.#knowledge.position;
      const { rows, resume } = await this.#finder.find(
        query,
        { from: after + 1, to },
        "oldest",
        limit,
        PAGE_BUDGET,
      );
      return { rows, examined: resume ?? Math.max(after, Math.min(to, query.to ?? to)) };
    });
  }

  async jsonAfter(after: number, limit: number, query: Query): Promise<FoundJson> {
    const { rows, examined } = await this.rowsAfter(after, limit, query);
    return { events: rows.map((row) => positionedJson(readEvent(row))), examined };
  }

  count(query: Query): Promise<Counts> {
    return this.#reading(() => countRows(this.pool, this.#knowledge, this.#finder, query));
  }

  histogram(query: Query, buckets: number): Promise<Histogram> {
    return this.#reading(() => histogramRows(this.pool, this.#knowledge, this.#finder, query, buckets));
  }

  trace(eventId: string, limit: number): Promise<Trace | undefined> {
    return this.#reading(() => buildTrace(this.#graph, eventId, limit));
  }

  position(): Promise<number> {
    return this.#reading(async () => this.#knowledge.position);
  }

  stats(): Promise<StoreStats> {
    return this.#reading(async () => {
      const { rows } = await this.pool.query<{
        events: string;
        bytes: string;
        index_bytes: string;
      }>(`
        SELECT (SELECT coalesce(sum(events), 0) FROM classes) AS events,
          (SELECT coalesce(sum(pg_total_relation_size(oid)), 0) FROM pg_class
           WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r' AND relname <> 'search') AS bytes,
          pg_total_relation_size('search') AS index_bytes`);
      const sizes = rows[0]!;
      const held = this.#knowledge.blocks.filter(({ counts }) => counts.size > 0);
      return {
        engine: "postgres",
        events: Number(sizes.events),
        position: this.#knowledge.position,
        indexed: this.#knowledge.indexed,
        bytes: Number(sizes.bytes),
        index_bytes: Number(sizes.index_bytes),
        ...(held.length === 0
          ? {}
          : {
              oldest_received_at: new Date(Math.min(...held.map(({ earliest }) => earliest))).toISOString(),
              newest_received_at: new Date(Math.max(...held.map(({ latest }) => latest))).toISOString(),
            }),
      };
    });
  }

  replays(): Promise<readonly ReplayRecord[]> {
    return this.#reading(async () => {
      const { rows } = await this.pool.query<{ record: string }>("SELECT record FROM replays");
      return rows.map(({ record }) => JSON.parse(record) as ReplayRecord);
    });
  }

  checkpoints(): Promise<readonly Checkpoint[]> {
    return this.#reading(() => checkpointsOf(this.pool));
  }

  left(after: number, to: number, limit: number): Promise<readonly Left[]> {
    return this.#reading(async () => {
      const { rows } = await this.pool.query<{ position: string; digest: Buffer }>(
        "SELECT position, digest FROM removed WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3",
        [after, to, limit],
      );
      return rows.map(({ position, digest }) => ({ position: Number(position), digest }));
    });
  }

  chain(): Promise<Chain> {
    return this.#reading(() => chainOf(this.pool));
  }

  /** How far the words are indexed, and what comes next. */
  async progress(): Promise<{ readonly indexed: number; readonly position: number }> {
    return this.#reading(async () => ({
      indexed: this.#knowledge.indexed,
      position: this.#knowledge.position,
    }));
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  async #reading<T>(work: () => Promise<T>): Promise<T> {
    try {
      await this.#knowledge.refresh(this.pool);
      return await work();
    } catch (error) {
      throw postgresError(error);
    }
  }
}
