/** The thread that answers questions to the SQLite file, and keeps the search index up to date. */
import { workerData } from "node:worker_threads";
import type { FindFilter, PageRequest, StoredEvent } from "../contract.js";
import { checkFilter, checkLimit, checkOrder, checkPosition } from "../query/filter.js";
import { canonicalId } from "../record/event-key.js";
import { storedEvent } from "../record/stored-event.js";
import { searchFile, storeFile } from "../sqlite/files.js";
import { Indexer } from "../sqlite/indexer.js";
import { SqliteReader } from "../sqlite/reader.js";
import { SearchIndex } from "../sqlite/search-index.js";
import { MOST_NODES } from "../trace/build-trace.js";
import { begin, log } from "./begin.js";

export interface ReadThreadData {
  readonly dataDir: string;
  readonly indexing: boolean;
}

const { dataDir, indexing } = workerData as ReadThreadData;

function methods() {
  const index = new SearchIndex(searchFile(dataDir));
  const reader = new SqliteReader(storeFile(dataDir), index);
  const indexer = new Indexer(reader, index, (error) => log("error", `indexing failed: ${String(error)}`));
  if (indexing) setImmediate(() => indexer.wake());
  return {
    get: (eventId: string) => reader.get(canonicalId(eventId)),
    body: (eventId: string) => reader.row(canonicalId(eventId))?.body,
    find: (filter: FindFilter, { limit, cursor, order }: PageRequest) =>
      reader.page(checkFilter(filter), checkOrder(order), checkLimit(limit), cursor),
    count: (filter: FindFilter) => reader.count(checkFilter(filter)),
    histogram: (filter: FindFilter, buckets: number) =>
      reader.histogram(checkFilter(filter), checkLimit(buckets, 2_000)),
    trace: (eventId: string, limit: number) =>
      reader.trace(canonicalId(eventId), checkLimit(limit, MOST_NODES)),
    /** The events, and up to where was looked: with a filter that is further than the last of them. */
    after(
      position: number,
      limit: number,
      filter: FindFilter | undefined,
    ): { readonly events: readonly StoredEvent[]; readonly examined: number } {
      const { rows, examined } = reader.rowsAfter(
        checkPosition("position", position),
        checkLimit(limit, 10_000),
        checkFilter(filter),
      );
      return { events: rows.map((row) => storedEvent(row)), examined };
    },
    position: () => reader.position(),
    stats: () => reader.stats(),
    replays: () => reader.replays(),
    committed(): void {
      if (indexing) indexer.wake();
    },
    async close(): Promise<void> {
      await indexer.close();
      reader.close();
      index.close();
    },
  };
}

export type ReadMethods = ReturnType<typeof methods>;

await begin(methods);
