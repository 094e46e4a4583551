/** What an engine gives: one that writes and one that reads, each in a thread of its own. Both may be synchronous. */
import type { Left } from "../audit/chain.js";
import type { Checkpoint } from "../audit/contract.js";
import type { Chain } from "../audit/verify.js";
import type {
  Counts,
  EventJson,
  Histogram,
  StoredEvent,
  StoreLocation,
  StoreStats,
  Trace,
} from "../contract.js";
import type { Retention, RetentionReport } from "../keep/contract.js";
import type { Order } from "../query/cursor.js";
import type { Query } from "../query/filter.js";
import type { Draft } from "../record/draft.js";
import type { EventRow } from "../record/stored-event.js";
import type { ReplayRecord } from "../replay/contract.js";

export type Maybe<T> = T | Promise<T>;
export type Log = (level: "debug" | "info" | "warn" | "error", message: string, fields?: object) => void;

export interface Appended {
  readonly stored: number;
  readonly duplicates: number;
  readonly invalid: number;
  /** Copies that differ from what is stored under their id. */
  readonly conflicting: readonly string[];
  readonly position: number;
}

export interface RetentionResult extends RetentionReport {
  /** No event stands before this position. */
  readonly first: number;
}

export interface Writer {
  /** Committed and synced when it returns. All or nothing. */
  append(drafts: readonly Draft[]): Maybe<Appended>;
  retain(archive: string, retention: Retention): Promise<RetentionResult>;
  /** Continues the chain, in a store that is made from a backup; what does not follow the last position is passed over. */
  leave(left: readonly Left[]): Maybe<void>;
  saveReplay(record: ReplayRecord): Maybe<void>;
  /** Those of a backup, with their times; where the store makes one itself at such a position, they stay. */
  keepCheckpoints(checkpoints: readonly Checkpoint[]): Maybe<void>;
  close(): Maybe<void>;
}

export interface FoundRows {
  readonly rows: readonly EventRow[];
  /**
   * Up to where was looked: further than the last row when a filter left out what follows, and no further than the query
   * goes. Who asks from there on comes to an end, however fast events arrive.
   */
  readonly examined: number;
}

/** As `FoundRows`. */
export interface FoundJson {
  readonly events: readonly EventJson[];
  readonly examined: number;
}

export interface Reader {
  get(eventId: string): Maybe<StoredEvent | undefined>;
  row(eventId: string): Maybe<EventRow | undefined>;
  /** A `Page` as JSON, the bodies as they came. */
  page(query: Query, order: Order, limit: number, cursor: string | undefined): Maybe<Uint8Array>;
  /** Oldest first. */
  rowsAfter(after: number, limit: number, query: Query): Maybe<FoundRows>;
  jsonAfter(after: number, limit: number, query: Query): Maybe<FoundJson>;
  count(query: Query): Maybe<Counts>;
  histogram(query: Query, buckets: number): Maybe<Histogram>;
  trace(eventId: string, limit: number): Promise<Trace | undefined>;
  position(): Maybe<number>;
  stats(): Maybe<StoreStats>;
  replays(): Maybe<readonly ReplayRecord[]>;
  checkpoints(): Maybe<readonly Checkpoint[]>;
  /** What retention left behind after one position and up to another, the first ones. */
  left(after: number, to: number, limit: number): Maybe<readonly Left[]>;
  chain(): Maybe<Chain>;
  close(): Maybe<void>;
}

/** Keeps the index of words up to date. */
export interface Indexing {
  /** There are new events. */
  wake(): void;
  /** No event stands before this position any more. */
  dropBefore(position: number): Maybe<void>;
  close(): Promise<void>;
}

export interface WriterOptions {
  readonly log: Log;
  /** SQLite: pages the file may grow to. For tests of a full disk. */
  readonly maxPages?: number;
  /** SQLite: told when so much was committed that another thread should write a part of the log back. */
  readonly grown?: () => void;
}

export interface ReaderOptions {
  readonly log: Log;
  /** Also look after the index of words. */
  readonly indexing: boolean;
  /** Told when another process commits, where that can be told. */
  readonly committed: (position: number) => void;
}

export interface Engine {
  openWriter(location: StoreLocation, options: WriterOptions): Maybe<Writer>;
  openReader(location: StoreLocation, options: ReaderOptions): Maybe<{ reader: Reader; indexing?: Indexing }>;
}
