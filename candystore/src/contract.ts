/**
 * What Candystore promises.
 *
 * - `append` returns when the batch is committed and synced. An `event_id` is stored once; later copies are counted.
 * - Positions rise by commit: a reader that saw position n will never see a smaller one appear later.
 * - The body is kept byte for byte, with the delivery's facts. What breaks its contract is kept too, marked.
 */
import type { Violation } from "@33god/holyfields";
import type { AuditReport, Checkpoint } from "./audit/contract.js";
import type { Backup, ImportReport, Retention, RetentionReport } from "./keep/contract.js";
import type { Recorder, RecorderSettings } from "./recorder/contract.js";
import type { ReplayRecord } from "./replay/contract.js";

export interface StoreOptions {
  /** Folder of the SQLite file (`candystore.sqlite`), the search index, and archives. Made where it is missing. */
  readonly dataDir: string;
  /** `postgres://…`: the store is PostgreSQL then. */
  readonly databaseUrl?: string;
  /** PostgreSQL only; `candystore` by default. Made where it is missing. */
  readonly databaseSchema?: string;
  /**
   * Folder of the contracts that verdicts come from; Holyfields' own by default. `false`: no contracts, only the
   * shape of the envelope is judged.
   */
  readonly contracts?: string | false;
  /** Keep the full-text and payload index up to date in the background; true by default. */
  readonly indexing?: boolean;
  readonly log?: (level: "debug" | "info" | "warn" | "error", message: string, fields?: object) => void;
}

/** One message as the recorder received it. */
export interface Delivery {
  readonly body: Uint8Array;
  readonly exchange: string;
  readonly routingKey: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: Readonly<Record<string, unknown>>;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

export interface StoredEvent {
  readonly position: number;
  readonly event_id: string;
  readonly event_type: string;
  readonly version: string;
  readonly timestamp: string;
  readonly source_app: string;
  readonly correlation_ids: readonly string[];
  readonly received_at: string;
  readonly exchange: string;
  readonly routing_key: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** AMQP properties, named as the client names them (`messageId`, `correlationId`, …). */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly valid: boolean;
  readonly violations: readonly Violation[];
  /** How many further copies arrived. */
  readonly duplicates: number;
  /** The event as it was sent, parsed; for what is not JSON, `{ "raw_base64": … }`. */
  readonly event: unknown;
}

/** An event as JSON, its body as the text it came in: spaces and numbers are the publisher's own. */
export interface EventJson {
  readonly position: number;
  readonly json: string;
}

export interface FindFilter {
  /** Exact types or patterns with `*` and `#` as in a topic binding. */
  readonly type?: readonly string[];
  /** RFC 3339; inclusive `since`, exclusive `until`; by the time of receipt. */
  readonly since?: string;
  readonly until?: string;
  readonly source?: string;
  readonly version?: string;
  readonly valid?: boolean;
  /** Events that name this one as a direct cause. */
  readonly correlation?: string;
  /** Events of one conversation: the AMQP `correlation_id` that all its events share. */
  readonly conversation?: string;
  /** Full text: all words must occur; `"a phrase"` and `begin*` are understood. */
  readonly text?: string;
  /**
   * Equality on payload paths: `{ "meeting_id": "…", "audio_metadata.language": "en" }`. Values are compared as text,
   * so 3 finds both 3 and "3"; a path through an array finds any of its elements.
   */
  readonly payload?: Readonly<Record<string, string | number | boolean>>;
  /** Positions, both inclusive. */
  readonly from_position?: number;
  readonly to_position?: number;
}

export interface Page {
  readonly events: readonly StoredEvent[];
  /** Opaque; absent on the last page. */
  readonly next_cursor?: string;
}

/** How many events there are, of a filter. */
export interface Counts {
  readonly total: number;
  readonly invalid: number;
  /** False when full text or payload paths have too many hits to look at all of them: the numbers are a minimum. */
  readonly complete: boolean;
  /** Most frequent first. */
  readonly by_type: readonly { readonly event_type: string; readonly count: number }[];
  readonly by_source: readonly { readonly source_app: string; readonly count: number }[];
}

/** Counts over time, by the time of receipt. */
export interface Histogram {
  readonly interval_ms: number;
  /** As for `Counts`. */
  readonly complete: boolean;
  /** Oldest first, empty ones included. */
  readonly buckets: readonly { readonly from: string; readonly count: number; readonly invalid: number }[];
}

export interface StoreStats {
  readonly engine: "sqlite" | "postgres";
  readonly events: number;
  readonly position: number;
  /** Up to where full text and payload paths are indexed; later events are found by reading them. */
  readonly indexed: number;
  /** Bytes on disk, the search index apart. */
  readonly bytes: number;
  readonly index_bytes: number;
  readonly oldest_received_at?: string;
  readonly newest_received_at?: string;
}

/** An event in a trace. `missing`: named as a cause, never stored. */
export interface TraceNode {
  readonly event_id: string;
  readonly missing: boolean;
  readonly event_type?: string;
  readonly timestamp?: string;
  readonly source_app?: string;
  readonly valid?: boolean;
  readonly position?: number;
  readonly received_at?: string;
  /** From its own timestamp to its receipt. */
  readonly lag_ms?: number;
  /** From its latest known cause to it; absent for a root. */
  readonly after_cause_ms?: number;
  /** Direct causes and direct effects, by id. */
  readonly causes: readonly string[];
  readonly effects: readonly string[];
}

/** The whole connected causal graph that an event belongs to. */
export interface Trace {
  readonly event_id: string;
  /** Events without a known cause, earliest first: a tree is drawn from these. */
  readonly roots: readonly string[];
  /** Ordered by position; missing ones last. */
  readonly nodes: readonly TraceNode[];
  /** True when the graph was larger than the limit and was cut. */
  readonly truncated: boolean;
}

export type StoreLocation = Pick<StoreOptions, "dataDir" | "databaseUrl" | "databaseSchema">;

export interface PageRequest {
  /** 1 to 1,000. */
  readonly limit: number;
  readonly cursor?: string;
  /** `newest` by default. */
  readonly order?: "newest" | "oldest";
}

export interface AppendResult {
  readonly stored: number;
  readonly duplicates: number;
  /** The highest committed position. */
  readonly position: number;
}

export interface FollowOptions {
  /** Begin after this position; 0 is everything. By default, and beyond the last one, only what comes from now on. */
  readonly after?: number;
  /** With a `to_position` it ends there. */
  readonly filter?: FindFilter;
  readonly signal?: AbortSignal;
  /** Events a step brings at most; 500 by default. */
  readonly batch?: number;
}

/** Every method rejects with a `StoreError`; what a caller did wrong has a code that is a 400 (see `errors.ts`). */
export interface EventStore {
  readonly engine: "sqlite" | "postgres";
  /** Where it is, for those who open it again in another thread. */
  readonly location: StoreLocation;
  append(batch: readonly Delivery[]): Promise<AppendResult>;
  get(eventId: string): Promise<StoredEvent | undefined>;
  /** The same, for who passes it on. */
  getJson(eventId: string): Promise<string | undefined>;
  /** The bytes of the event, as they came. */
  body(eventId: string): Promise<Uint8Array | undefined>;
  /**
   * A page by position. It stays right while events arrive: nothing is skipped or shown twice.
   * A page may come short of `limit` (even empty) with a `next_cursor`, when a rare combination took long to look for.
   */
  find(filter: FindFilter, page: PageRequest): Promise<Page>;
  /**
   * The same page as JSON in UTF-8, for who passes it on: bodies go in as the text they came in and are not parsed, so
   * spaces and numbers are the publisher's own.
   */
  findJson(filter: FindFilter, page: PageRequest): Promise<Uint8Array>;
  count(filter?: FindFilter): Promise<Counts>;
  /** Buckets between `filter.since` and `filter.until`; by default over all that the store holds. */
  histogram(filter: FindFilter, buckets: number): Promise<Histogram>;
  trace(eventId: string, limit?: number): Promise<Trace | undefined>;
  /** Events after a position, oldest first: history for replay and streams. */
  after(position: number, limit: number, filter?: FindFilter): Promise<readonly StoredEvent[]>;
  /** The highest committed position; 0 when empty. */
  position(): Promise<number>;
  stats(): Promise<StoreStats>;

  /** First history, then live: no gap and no double at the seam. A slow reader holds up nobody but itself. */
  follow(options?: FollowOptions): AsyncIterable<readonly StoredEvent[]>;
  /** The same, for who passes it on. */
  followJson(options?: FollowOptions): AsyncIterable<readonly EventJson[]>;
  /** Calls `listener` with the new highest position after each commit; returns how to stop that. */
  onCommitted(listener: (position: number) => void): () => void;

  /** Reads a queue in the store's own thread, commits, then acks. Resolves when started. One at a time. */
  record(settings: RecorderSettings): Promise<Recorder>;
  /** Takes the contracts from the folder again: later verdicts are by the new ones. */
  reloadContracts(): Promise<void>;

  /** Recomputes the hash chain from the stored bytes. Reads everything: minutes for a large store. */
  verifyAudit(options?: {
    readonly onProgress?: (position: number, of: number) => void;
  }): Promise<AuditReport>;
  checkpoints(): Promise<readonly Checkpoint[]>;

  /**
   * Oldest first, as lines of JSON or CSV, up to the last position when it begins; in pieces of some megabytes at most, where
   * no event is larger. Only NDJSON can be imported again.
   */
  export(filter: FindFilter, format: "ndjson" | "csv"): AsyncIterable<Uint8Array>;
  /** Stores what `export` or an archive gave, byte for byte, with its original time of receipt. */
  import(ndjson: AsyncIterable<Uint8Array>): Promise<ImportReport>;
  /** Archives what is too old, too much or unwanted, then deletes it; its hashes stay. */
  retain(retention: Retention): Promise<RetentionReport>;
  /** Copies the store, while it goes on, into a new file (PostgreSQL: NDJSON). */
  backup(file: string): Promise<Backup>;

  /** The state of replays, for `ReplayEngine`. */
  readonly replays: {
    save(record: ReplayRecord): Promise<void>;
    list(): Promise<readonly ReplayRecord[]>;
  };
  close(): Promise<void>;
}
