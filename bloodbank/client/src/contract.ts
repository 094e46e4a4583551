/**
 * What the client promises to a service author, on the embedded broker and on RabbitMQ alike.
 *
 * - `publish` resolves when the broker has confirmed the event. Not confirmed: it rejects, and says why.
 * - A handler that resolves is acked after it resolved. One that rejects is retried on the ladder, then
 *   dead-lettered with its reason. Delivery is at least once, and in order per queue while nothing is retried.
 * - Inside a handler, what is published carries the handled event as its cause (AsyncLocalStorage).
 * - Nobody here knows which broker it talks to: there is only a URL.
 */
import type { Catalog, EventEnvelope, Source } from "@33god/holyfields";

export const EVENTS_EXCHANGE = "bloodbank.events.v1";

/** Delays of the retry ladder, and the suffix of the queue that holds each. */
export const RETRY_LADDER = [
  { suffix: "1s", ms: 1_000 },
  { suffix: "5s", ms: 5_000 },
  { suffix: "30s", ms: 30_000 },
  { suffix: "2m", ms: 120_000 },
  { suffix: "10m", ms: 600_000 },
] as const;

/** How to reach the bus: enough for what carries bytes and checks no contract. */
export interface BusAddress {
  /** `amqp://` or `amqps://`; several for a cluster. */
  readonly url: string | readonly string[];
  readonly exchange?: string;
  /** Goes into the envelope of every event published, into `app_id` and the connection's name. */
  readonly source: Source;
  readonly queueType?: "classic" | "quorum";
  /** For `amqps://`: PEM texts, as `tls.createSecureContext` takes them. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /**
   * Told at each change: `up` when connected and set up, `down` with the reason when not. What this, `metrics` or `log`
   * throws is logged once and changes nothing.
   */
  readonly onState?: (state: "up" | "down", reason?: Error) => void;
  readonly metrics?: BusMetrics;
  readonly log?: (level: "debug" | "info" | "warn" | "error", message: string, fields?: object) => void;
}

/** How to reach the bus, and the contracts of what is said on it. */
export interface BusOptions extends BusAddress {
  readonly catalog: Catalog;
}

/** Told of each event's fate. Types come from the catalog, queues from the program: labels are bounded. */
export interface BusMetrics {
  published?(measure: {
    /** The event type; "" for one that no contract is known for. */
    readonly type: string;
    readonly outcome: "confirmed" | "unrouted" | "violation" | "refused" | "timeout" | "failed";
    /** From `publish` to the outcome. */
    readonly seconds: number;
  }): void;
  handled?(measure: {
    readonly queue: string;
    /** The event type, or the queue's name for work that is not events; "" where it could not be told. */
    readonly type: string;
    readonly outcome: "handled" | "retried" | "dead_lettered";
    /** In the handler. */
    readonly seconds: number;
    readonly attempt: number;
    /** Seconds from publishing to delivery, as the publisher's clock tells; undefined where it did not. */
    readonly lag: number | undefined;
  }): void;
}

export interface PublishOptions {
  readonly eventId?: string;
  readonly version?: string;
  readonly timestamp?: string;
  /** Further causes, merged with the handled event. */
  readonly correlationIds?: readonly string[];
  readonly agentContext?: Readonly<Record<string, unknown>> | null;
  readonly source?: Source;
  /** The conversation that the event belongs to (AMQP `correlation_id`); taken from the handler it is made in. */
  readonly conversationId?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Milliseconds until `publish` gives up waiting for the confirm; 30,000 by default. */
  readonly deadline?: number;
}

export interface Published {
  readonly event: EventEnvelope;
  /** Whether at least one queue was bound for it. */
  readonly routed: boolean;
}

/** What a handler gets beside the event. */
export interface HandlerContext {
  /** 1 for the first time. */
  readonly attempt: number;
  readonly redelivered: boolean;
  readonly queue: string;
  readonly routingKey: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Set when this delivery is part of a replay. */
  readonly replayId: string | undefined;
  /** Aborted at the handler's deadline and when the consumer closes without draining. */
  readonly signal: AbortSignal;
}

/** Headers that the client puts on retried and dead-lettered messages. */
export const HEADERS = {
  attempt: "x-attempt",
  firstFailedAt: "x-first-failed-at",
  lastFailedAt: "x-last-failed-at",
  /** Each failed attempt's time, oldest first, with blanks between. */
  failedAt: "x-failed-at",
  reason: "x-reason",
  code: "x-reason-code",
  stack: "x-reason-stack",
  violations: "x-violations",
  originalQueue: "x-original-queue",
  originalRoutingKey: "x-original-routing-key",
  replayId: "x-replay-id",
  replayPosition: "x-replay-position",
  /** Alone on a delivery whose headers could not be read: why not. */
  unreadable: "x-unreadable-headers",
} as const;
