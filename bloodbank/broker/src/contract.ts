/**
 * What the embedded broker promises to the process that starts it. Everyone else speaks AMQP 0-9-1 to its port.
 *
 * - A publish that was confirmed is on disk (`fdatasync` returned) if it was persistent and reached a durable queue.
 * - `startBroker` returns when recovery is complete and the port listens; `close` returns when everything
 *   confirmed is on disk, every connection is closed and the data directory is free for another process.
 * - The broker knows AMQP and bytes. Whether a message may pass is asked of `admit`, and of nobody else.
 */

/** What a publisher handed over, before it is routed. Buffers are valid only during the call. */
export interface PublishAttempt {
  readonly vhost: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Uint8Array;
  /** Decoded on demand: asking costs, not asking does not. */
  properties(): MessageProperties;
  /** Who publishes: user, peer address and the `product`/`connection_name` of its client properties. */
  readonly client: { readonly user: string; readonly peer: string; readonly name: string };
}

export interface MessageProperties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly deliveryMode?: number;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly expiration?: string;
  readonly messageId?: string;
  readonly timestamp?: number;
  readonly type?: string;
  readonly userId?: string;
  readonly appId?: string;
}

/**
 * The one seam. `true`: routed. Otherwise the reason: under `refuse` the publisher gets a `basic.nack` (confirm
 * channel) or a 406 return (`mandatory` without confirms); under `divert` it is confirmed. In both cases a copy
 * with `x-reason`, `x-client`, `x-exchange`, `x-routing-key`, `x-refused-at` and `headers` goes to the bounded
 * queue `quarantineQueue`, and to no queue that was bound.
 */
export type Admit = (attempt: PublishAttempt) => true | Rejection;

export interface Rejection {
  readonly action: "refuse" | "divert";
  readonly reason: string;
  /** Further headers for the quarantined copy: strings only. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface BrokerOptions {
  /** Where the log lives; made if missing, locked against a second process. */
  readonly dataDir: string;
  readonly host?: string;
  /** 0: any free port. */
  readonly port?: number;
  /** The management API's port; 0: any free one; absent: no management API. */
  readonly managementPort?: number;
  /** Asked for every publish to the exchanges in `guarded` (by name, in every vhost). */
  readonly admit?: Admit;
  readonly guarded?: readonly string[];
  readonly quarantineQueue?: string;
  readonly quarantineLimit?: number;
  /**
   * `amqps`, and `https` for the management API. Clients on this machine may go on without TLS on the AMQP port;
   * all others must use it.
   */
  readonly tls?: TlsFiles;
  /** A RabbitMQ definitions file, parsed: applied at start, before anyone can connect. */
  readonly definitions?: unknown;
  /** Resident bytes of the process beyond which publishers are blocked; two fifths of the machine's memory by default. */
  readonly memoryLimit?: number;
  /** Bytes that must stay free on the data directory's disk, or publishers are blocked; 50 MB by default. */
  readonly diskFreeLimit?: number;
  /** Time for TTLs, expiry and retries; the system's by default. A test's clock makes them instant. */
  readonly clock?: Clock;
  /** One line an occurrence; `fields` for machines. */
  readonly log?: (level: "debug" | "info" | "warn" | "error", message: string, fields?: object) => void;
}

/** PEM texts, not paths. */
export interface TlsFiles {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

export interface Clock {
  now(): number;
  /** Calls back once, `ms` after `now()`; returns how to cancel. */
  after(ms: number, callback: () => void): () => void;
}

export interface Broker {
  readonly host: string;
  readonly port: number;
  readonly managementPort: number | undefined;
  /** Counters since start and gauges now; cheap enough to ask each second. */
  stats(): BrokerStats;
  /**
   * Asks the management API as its HTTP clients do, with every right and without HTTP. `path` is below `/api` and may
   * have a query: `/queues/%2F`. Never rejects: a refusal is an answer. Rates are 0 where there is no `managementPort`.
   */
  manage(method: "GET" | "PUT" | "POST" | "DELETE", path: string, body?: object): Promise<ManagementAnswer>;
  close(): Promise<void>;
}

export interface ManagementAnswer {
  /** Of HTTP. */
  readonly status: number;
  /** JSON; empty where there is nothing to say. */
  readonly text: string;
}

export interface BrokerStats {
  readonly connections: number;
  readonly channels: number;
  readonly consumers: number;
  readonly queues: number;
  readonly messagesReady: number;
  readonly messagesUnacked: number;
  readonly published: number;
  readonly confirmed: number;
  readonly refused: number;
  readonly delivered: number;
  readonly acked: number;
  readonly logBytes: number;
  /** Set while publishers are blocked or persistent publishes refused, with the reason. */
  readonly alarm: string | null;
}
