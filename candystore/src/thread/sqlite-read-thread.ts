/** The thread that answers questions to the SQLite file, and keeps the search index up to date. */
import { workerData } from "node:worker_threads";
import { readCheckpoints } from "../audit/checkpoint-file.js";
import { verifyChain } from "../audit/verify.js";
import type { FindFilter, PageRequest, StoredEvent } from "../contract.js";
import { csvLine, exportLine } from "../keep/export-lines.js";
import { checkFilter, checkLimit, checkOrder, checkPosition } from "../query/filter.js";
import { canonicalId } from "../record/event-key.js";
import { storedEvent } from "../record/stored-event.js";
import { chainOf, checkpointsOf } from "../sqlite/chain-rows.js";
import { checkpointFile, searchFile, storeFile } from "../sqlite/files.js";
import { Indexer } from "../sqlite/indexer.js";
import { SqliteReader } from "../sqlite/reader.js";
import { SearchIndex } from "../sqlite/search-index.js";
import { MOST_NODES } from "../trace/build-trace.js";
import { begin, log, tell } from "./begin.js";

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
    verifyAudit: (call: number) =>
      verifyChain(
        chainOf(reader.database, reader.rows, readCheckpoints(checkpointFile(dataDir))),
        (position) => tell({ notice: "progress", call, values: [position, reader.position()] }),
      ),
    checkpoints: () => checkpointsOf(reader.database),
    /** The next lines, some 64 KiB of them; `next` is where to go on. */
    exportChunk(
      filter: FindFilter,
      format: "ndjson" | "csv",
      after: number,
    ): { readonly bytes: Uint8Array; readonly next: number | undefined } {
      const lineOf = format === "csv" ? csvLine : exportLine;
      const { rows, examined } = reader.rowsAfter(after, 200, checkFilter(filter));
      const bytes = Buffer.concat(rows.map(lineOf));
      return { bytes, next: examined > after ? examined : undefined };
    },
    retained: (first: number) => index.dropBefore(first),
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
