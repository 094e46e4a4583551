/** The thread that answers questions, and keeps the index of words up to date. */
import { workerData } from "node:worker_threads";
import { verifyChain } from "../audit/verify.js";
import type { FindFilter, PageRequest, StoredEvent, StoreLocation } from "../contract.js";
import { engineOf } from "../engine/engine-of.js";
import type { Piece } from "../keep/export-chunks.js";
import { checkpointLine, csvLine, exportLine, leftLine, replayLine } from "../keep/export-lines.js";
import { checkFilter, checkLimit, checkOrder, checkPosition } from "../query/filter.js";
import { eventJson, readEvent } from "../record/event-json.js";
import { canonicalId } from "../record/event-key.js";
import { storedEvent } from "../record/stored-event.js";
import { MOST_NODES } from "../trace/build-trace.js";
import { begin, log, tell } from "./begin.js";

export interface ReadThreadData {
  readonly location: StoreLocation;
  readonly indexing: boolean;
}

const { location, indexing: wanted } = workerData as ReadThreadData;
const MOST_LEFT = 5_000;

/** Positions after one and up to another, of so many events at most. */
export interface Stretch {
  readonly after: number;
  readonly to: number;
  readonly events: number;
}

async function methods() {
  const engine = await engineOf(location);
  const { reader, indexing } = await engine.openReader(location, {
    log,
    indexing: wanted,
    committed: (position) => tell({ notice: "committed", position }),
  });
  setImmediate(() => indexing?.wake());
  return {
    get: async (eventId: string) => reader.get(canonicalId(eventId)),
    async getJson(eventId: string): Promise<string | undefined> {
      const row = await reader.row(canonicalId(eventId));
      return row && eventJson(readEvent(row));
    },
    body: async (eventId: string) => (await reader.row(canonicalId(eventId)))?.body,
    find: async (filter: FindFilter, { limit, cursor, order }: PageRequest) =>
      reader.page(checkFilter(filter), checkOrder(order), checkLimit(limit), cursor),
    count: async (filter: FindFilter) => reader.count(checkFilter(filter)),
    histogram: async (filter: FindFilter, buckets: number) =>
      reader.histogram(checkFilter(filter), checkLimit(buckets, 2_000)),
    trace: async (eventId: string, limit: number) =>
      reader.trace(canonicalId(eventId), checkLimit(limit, MOST_NODES)),
    /** The events, and up to where was looked: with a filter that is further than the last of them. */
    async after(
      position: number,
      limit: number,
      filter: FindFilter | undefined,
    ): Promise<{ readonly events: readonly StoredEvent[]; readonly examined: number }> {
      const { rows, examined } = await reader.rowsAfter(
        checkPosition("position", position),
        checkLimit(limit, 10_000),
        checkFilter(filter),
      );
      return { events: rows.map((row) => storedEvent(row)), examined };
    },
    jsonAfter: async (position: number, limit: number, filter: FindFilter | undefined) =>
      reader.jsonAfter(checkPosition("position", position), checkLimit(limit, 10_000), checkFilter(filter)),
    position: async () => reader.position(),
    stats: async () => reader.stats(),
    replays: async () => reader.replays(),
    async verifyAudit(call: number) {
      const chain = await reader.chain();
      return verifyChain(chain, (position) =>
        tell({ notice: "progress", call, values: [position, chain.head.position] }),
      );
    },
    checkpoints: async () => reader.checkpoints(),
    async exportChunk(
      filter: FindFilter,
      format: "ndjson" | "csv",
      { after, to, events }: Stretch,
    ): Promise<Piece> {
      const query = checkFilter(filter);
      const bounded = { ...query, to: Math.min(query.to ?? to, to) };
      const { rows, examined } = await reader.rowsAfter(after, events, bounded);
      const bytes = Buffer.concat(rows.map(format === "csv" ? csvLine : exportLine));
      const next = examined > after && examined < bounded.to ? examined : undefined;
      return { bytes, events: rows.length, next };
    },
    /** The lines of a backup that are not of a position. */
    async backupBeside(): Promise<Uint8Array> {
      const replays = await reader.replays();
      const checkpoints = await reader.checkpoints();
      return Buffer.concat([...replays.map(replayLine), ...checkpoints.map(checkpointLine)]);
    },
    /** Lines of a backup: events, and what retention left where others were. */
    async backupChunk({ after, to, events: most }: Stretch): Promise<Piece> {
      const query = checkFilter({ to_position: to });
      const { rows, examined } = await reader.rowsAfter(after, most, query);
      // Asked for second: what is removed in between is still there as an event.
      const left = await reader.left(after, Math.min(examined, to), MOST_LEFT);
      const next = left.length === MOST_LEFT ? left.at(-1)!.position : Math.min(examined, to);
      const lines = new Map<number, Buffer>(left.map((one) => [one.position, leftLine(one)]));
      const events = rows.filter(({ position }) => position <= next);
      for (const row of events) lines.set(row.position, exportLine(row));
      const ordered = [...lines].sort(([a], [b]) => a - b).map(([, line]) => line);
      return {
        bytes: Buffer.concat(ordered),
        events: events.length,
        next: next < to ? next : undefined,
      };
    },
    retained: async (first: number) => indexing?.dropBefore(first),
    committed: () => indexing?.wake(),
    async close(): Promise<void> {
      await indexing?.close();
      await reader.close();
    },
  };
}

export type ReadMethods = Awaited<ReturnType<typeof methods>>;

await begin(methods);
