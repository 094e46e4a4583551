/** The store on one machine: a SQLite file, with a thread that writes and one that reads. */
import { mkdirSync } from "node:fs";
import type {
  AppendResult,
  Counts,
  Delivery,
  EventStore,
  FindFilter,
  FollowOptions,
  Histogram,
  Page,
  PageRequest,
  StoredEvent,
  StoreOptions,
  StoreStats,
  Trace,
} from "../contract.js";
import { StoreError } from "../errors.js";
import { Commits } from "../live/commits.js";
import { follow } from "../live/follow.js";
import type { Recorder, RecorderSettings } from "../recorder/contract.js";
import { type Notice, Thread } from "../thread/calls.js";
import type { ReadMethods, ReadThreadData } from "../thread/sqlite-read-thread.js";
import type { WriteMethods, WriteThreadData } from "../thread/sqlite-write-thread.js";

/** Events of a trace that are asked for at most, where the caller does not say. */
const TRACE_LIMIT = 5_000;

export class SqliteStore implements EventStore {
  readonly engine = "sqlite";
  readonly #log: StoreOptions["log"];
  readonly #commits = new Commits();
  readonly #writer: Thread<WriteMethods>;
  #reader: Thread<ReadMethods> | undefined;

  readonly replays: EventStore["replays"] = {
    save: (record) => this.#writer.call("saveReplay", record),
    list: () => this.#read.call("replays"),
  };

  constructor({ dataDir, contracts, log }: StoreOptions, tuning: { readonly maxPages?: number } = {}) {
    mkdirSync(dataDir, { recursive: true });
    this.#log = log;
    const data: WriteThreadData = { dataDir, contracts, ...tuning };
    this.#writer = new Thread("sqlite-write", data, {
      notice: (notice) => this.#noticed(notice),
      end: (error) => log?.("error", error.message),
    });
  }

  /** The reader begins when the writer has made the file. */
  async open({ dataDir, indexing = true, log }: StoreOptions): Promise<void> {
    await this.#writer.ready();
    const data: ReadThreadData = { dataDir, indexing };
    this.#reader = new Thread("sqlite-read", data, {
      notice: (notice) => this.#noticed(notice),
      end: (error) => log?.("error", error.message),
    });
    await this.#reader.ready();
  }

  append(batch: readonly Delivery[]): Promise<AppendResult> {
    return this.#writer.call("append", batch);
  }

  get(eventId: string): Promise<StoredEvent | undefined> {
    return this.#read.call("get", eventId);
  }

  body(eventId: string): Promise<Uint8Array | undefined> {
    return this.#read.call("body", eventId);
  }

  find(filter: FindFilter, page: PageRequest): Promise<Page> {
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
    // A filter that finds little may need several looks.
    for (let from = position; ; ) {
      const { events, examined } = await this.#read.call("after", from, limit, filter);
      if (events.length > 0 || examined === from) return events;
      from = examined;
    }
  }

  position(): Promise<number> {
    return this.#read.call("position");
  }

  stats(): Promise<StoreStats> {
    return this.#read.call("stats");
  }

  follow(options: FollowOptions = {}): AsyncIterable<readonly StoredEvent[]> {
    return follow(
      {
        position: () => this.position(),
        look: (after, limit, filter) => this.#read.call("after", after, limit, filter),
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
    return {
      status: () => writer.call("recorderStatus"),
      pause: () => writer.call("pauseRecorder"),
      resume: () => writer.call("resumeRecorder"),
      close: () => writer.call("closeRecorder"),
    };
  }

  reloadContracts(): Promise<void> {
    return this.#writer.call("reloadContracts");
  }

  verifyAudit(): never {
    throw new StoreError("STORE_FAILED", "being built");
  }
  checkpoints(): never {
    throw new StoreError("STORE_FAILED", "being built");
  }
  export(): never {
    throw new StoreError("STORE_FAILED", "being built");
  }
  import(): never {
    throw new StoreError("STORE_FAILED", "being built");
  }
  retain(): never {
    throw new StoreError("STORE_FAILED", "being built");
  }
  backup(): never {
    throw new StoreError("STORE_FAILED", "being built");
  }

  async close(): Promise<void> {
    await this.#reader?.close();
    await this.#writer.close();
  }

  get #read(): Thread<ReadMethods> {
    if (this.#reader === undefined) throw new StoreError("STORE_CLOSED");
    return this.#reader;
  }

  #noticed(notice: Notice): void {
    if (notice.notice === "committed") {
      this.#reader?.call("committed").catch(() => undefined);
      this.#commits.tell(notice.position);
    } else if (notice.notice === "log") this.#log?.(notice.level, notice.message, notice.fields);
  }
}
