/**
 * What Candystore promises.
 *
 * - `append` returns when the batch is committed and synced. An `event_id` is stored once; later copies are counted.
 * - Positions rise by commit: a reader that saw position n will never see a smaller one appear later.
 * - The body is kept byte for byte, with the delivery's facts. What breaks its contract is kept too, marked.
 */
import type { Violation } from "@33god/holyfields";

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
  readonly valid: boolean;
  readonly violations: readonly Violation[];
  /** How many further copies arrived. */
  readonly duplicates: number;
  /** The event as it was sent, parsed; for what is not JSON, `{ "raw_base64": … }`. */
  readonly event: unknown;
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
  /** Full text. */
  readonly text?: string;
  /** Equality on payload paths: `{ "meeting_id": "…" }`. */
  readonly payload?: Readonly<Record<string, string | number | boolean>>;
}

export interface Page {
  readonly events: readonly StoredEvent[];
  /** Opaque; absent on the last page. */
  readonly next_cursor?: string;
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

export interface EventStore {
  append(
    batch: readonly Delivery[],
  ): Promise<{ readonly stored: number; readonly duplicates: number; readonly position: number }>;
  get(eventId: string): Promise<StoredEvent | undefined>;
  find(
    filter: FindFilter,
    page: { readonly limit: number; readonly cursor?: string; readonly order?: "newest" | "oldest" },
  ): Promise<Page>;
  trace(eventId: string, limit?: number): Promise<Trace | undefined>;
  /** Events after a position, oldest first: history for replay and streams. */
  after(position: number, limit: number, filter?: FindFilter): Promise<readonly StoredEvent[]>;
  /** The highest committed position; 0 when empty. */
  position(): Promise<number>;
  close(): Promise<void>;
}
