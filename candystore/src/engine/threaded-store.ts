/**
 * A store of either engine: a thread that writes, a thread that reads, and this in front of them. With SQLite a third one
 * writes the log back.
 */
import path from "node:path";
import { makeFolder } from "@33god/holyfields/folders";
import type { Checkpoint } from "../audit/contract.js";
import type {
  AppendResult,
  Counts,
  Delivery,
  EventJson,
  EventStore,
  FindFilter,
  FollowOptions,
  Histogram,
  Page,
  PageRequest,
  StoredEvent,
  StoreLocation,
  StoreOptions,
  StoreStats,
  Trace,
} from "../contract.js";
import { StoreError } from "../errors.js";
import { backupLines } from "../keep/backup-lines.js";
import type { Backup, ImportReport, Retention, RetentionReport } from "../keep/contract.js";
import { exportChunks } from "../keep/export-chunks.js";
import { importAll } from "../keep/import-all.js";
import { Commits } from "../live/commits.js";
import { follow } from "../live/follow.js";
import { checkFilter } from "../query/filter.js";
import type { Recorder, RecorderSettings } from "../recorder/contract.js";
import { storeFile } from "../sqlite/files.js";
import type { BackupMethods } from "../thread/backup-thread.js";
import { type Notice, Thread } from "../thread/calls.js";
import { KeptThread } from "../thread/kept-thread.js";
import type { ReadMethods, ReadThreadData } from "../thread/read-thread.js";
import type { WriteMethods, WriteThreadData } from "../thread/write-thread.js";
import { WriteBack } from "./write-back.js";

/** Events of a trace that are asked for at most, where the caller does not say. */
const TRACE_LIMIT = 5_000;
const decoder = new TextDecoder();

export class ThreadedStore implements EventStore {
  readonly engine: "sqlite" | "postgres";
  readonly location: StoreLocation;
  readonly #log: StoreOptions["log"];
  readonly #commits = new Commits();
  readonly #writer: KeptThread<WriteMethods>;
  readonly #progress = new Map<number, (values: readonly number[]) => void>();
  #nextProgress = 1;
  readonly #writeBack: WriteBack;
  #reader: KeptThread<ReadMethods> | undefined;
  /** What the recorder was begun with; it is begun again with its thread. */
  #recording: RecorderSettings | undefined;

  readonly replays: EventStore["replays"] = {
    save: (record) => this.#writer.call("saveReplay", record),
    list: () => this.#read.call("replays"),
  };

  constructor(options: StoreOptions, tuning: { readonly maxPages?: number } = {}) {
    const { dataDir, databaseUrl, databaseSchema, contracts, log } = options;
    makeFolder(dataDir);
    this.#log = log;
    this.engine = databaseUrl === undefined ? "sqlite" : "postgres";
    this.location = {
      dataDir,
      ...(databaseUrl !== undefined && { databaseUrl }),
      ...(databaseSchema !== undefined && { databaseSchema }),
    };
    this.#writeBack = new WriteBack(storeFile(dataDir));
    const data: WriteThreadData = { location: this.location, contracts, ...tuning };
    this.#writer = new KeptThread("write", {
      data,
      log,
      notice: (notice) => this.#noticed(notice),
      again: async () => {
        if (this.#recording !== undefined) await this.#writer.call("record", this.#recording);
      },
    });
  }

  /** The reader begins when the writer has made the tables. */
  async open({ indexing = true, log }: StoreOptions): Promise<void> {
    await this.#writer.ready();
    const data: ReadThreadData = { location: this.location, indexing };
    this.#reader = new KeptThread("read", { data, log, notice: (notice) => this.#noticed(notice) });
    await this.#reader.ready();
  }

  /** For tests of what happens when one of them dies. */
  get threads() {
    return { writer: this.#writer, reader: this.#read };
  }

  append(batch: readonly Delivery[]): Promise<AppendResult> {
    return this.#writer.call("append", batch);
  }

  get(eventId: string): Promise<StoredEvent | undefined> {
    return this.#read.call("get", eventId);
  }

  getJson(eventId: string): Promise<string | undefined> {
    return this.#read.call("getJson", eventId);
  }

  body(eventId: string): Promise<Uint8Array | undefined> {
    return this.#read.call("body", eventId);
  }

  async find(filter: FindFilter, page: PageRequest): Promise<Page> {
    return JSON.parse(decoder.decode(await this.findJson(filter, page))) as Page;
  }

  findJson(filter: FindFilter, page: PageRequest): Promise<Uint8Array> {
    return this.#read.call("find", filter, page);
  }

  count(filter: FindFilter = {}): Promise<Counts> {
    return this.#read.call("count", filter);
  }

  histogram(filter: FindFilter, buckets: number): Promise<Histogram> {
    return this.#read.call("histogram", filter, buckets);
  }

  trace(eventId: string, limit = TRACE_LIMIT): Promise<Trace | undefined> {
    return this.#read.call("trace", eventId, limit);
  }

  async after(position: number, limit: number, filter?: FindFilter): Promise<readonly StoredEvent[]> {
    // A filter that finds little may need several looks: up to what was there when the first one found nothing.
    let until: number | undefined;
    for (let from = position; ; ) {
      const { events, examined } = await this.#read.call("after", from, limit, filter);
      if (events.length > 0 || examined === from || examined >= (until ?? Number.POSITIVE_INFINITY))
        return events;
      until ??= await this.position();
      from = examined;
    }
  }

  position(): Promise<number> {
    return this.#read.call("position");
  }

  stats(): Promise<StoreStats> {
    return this.#read.call("stats");
  }

  async *follow(options: FollowOptions = {}): AsyncGenerator<readonly StoredEvent[], void, undefined> {
    for await (const events of this.followJson(options))
      yield events.map(({ json }) => JSON.parse(json) as StoredEvent);
  }

  followJson(options: FollowOptions = {}): AsyncIterable<readonly EventJson[]> {
    return follow(
      {
        position: () => this.position(),
        look: (after, limit, filter) => this.#read.call("jsonAfter", after, limit, filter),
        onCommitted: (listener) => this.onCommitted(listener),
      },
      options,
    );
  }

  onCommitted(listener: (position: number) => void): () => void {
    return this.#commits.listen(listener);
  }

  async record(settings: RecorderSettings): Promise<Recorder> {
    const writer = this.#writer;
    await writer.call("record", settings);
    this.#recording = settings;
    return {
      status: () => writer.call("recorderStatus"),
      pause: () => writer.call("pauseRecorder"),
      resume: () => writer.call("resumeRecorder"),
      close: () => {
        this.#recording = undefined;
        return writer.call("closeRecorder");
      },
    };
  }

  reloadContracts(): Promise<void> {
    return this.#writer.call("reloadContracts");
  }

  async verifyAudit({ onProgress }: { onProgress?: (position: number, of: number) => void } = {}) {
    const id = this.#nextProgress++;
    if (onProgress !== undefined)
      this.#progress.set(id, ([position = 0, of = 0]) => onProgress(position, of));
    try {
      return await this.#read.call("verifyAudit", id);
    } finally {
      this.#progress.delete(id);
    }
  }

  checkpoints(): Promise<readonly Checkpoint[]> {
    return this.#read.call("checkpoints");
  }

  async *export(filter: FindFilter, format: "ndjson" | "csv"): AsyncGenerator<Uint8Array, void, undefined> {
    // Before a byte is out: who asked wrongly has an error, and no beginning of a file.
    checkFilter(filter);
    const to = await this.position();
    yield* exportChunks(format, (after, events) =>
      this.#read.call("exportChunk", filter, format, { after, to, events }),
    );
  }

  import(ndjson: AsyncIterable<Uint8Array>): Promise<ImportReport> {
    return importAll(ndjson, (lines, first) => this.#writer.call("importLines", lines, first, false));
  }

  /** Makes the store, which is empty, of the lines of a backup. */
  fill(ndjson: AsyncIterable<Uint8Array>): Promise<ImportReport> {
    return importAll(ndjson, (lines, first) => this.#writer.call("importLines", lines, first, true));
  }

  async retain(retention: Retention): Promise<RetentionReport> {
    const { first, ...report } = await this.#writer.call("retain", retention);
    if (report.removed > 0 && !report.dry_run) await this.#read.call("retained", first);
    return report;
  }

  async backup(file: string): Promise<Backup> {
    const target = path.resolve(file);
    if (this.engine === "postgres") {
      // Before the position: no replay and no checkpoint is of a later one.
      const beside = await this.#read.call("backupBeside");
      const position = await this.position();
      return backupLines(
        beside,
        position,
        (after, events) => this.#read.call("backupChunk", { after, to: position, events }),
        target,
      );
    }
    const thread = new Thread<BackupMethods>("backup", { dataDir: this.location.dataDir });
    try {
      return await thread.call("backup", target);
    } finally {
      await thread.close();
    }
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    await this.#writeBack.close();
    await this.#writer.close();
  }

  get #read(): KeptThread<ReadMethods> {
    if (this.#reader === undefined) throw new StoreError("STORE_CLOSED");
    return this.#reader;
  }

  #noticed(notice: Notice): void {
    if (notice.notice === "committed") {
      this.#reader?.call("committed").catch(() => undefined);
      this.#commits.tell(notice.position);
    } else if (notice.notice === "grown") this.#writeBack.grown();
    else if (notice.notice === "progress") this.#progress.get(notice.call)?.(notice.values);
    else if (notice.notice === "log") this.#log?.(notice.level, notice.message, notice.fields);
  }
}
