/**
 * What the management API needs of the broker: rows to show, counted since start, and acts. Acts take effect before they
 * return and throw an `AmqpError` in the words that an AMQP client would get. Nothing here asks who acts: the API
 * checks permissions first.
 */
import type { Access } from "../access/index.js";
import type { ExchangeDeclaration, QueueDeclaration } from "../arguments/index.js";
import type { EffectivePolicy, Policies } from "../policy/index.js";
import type { ExchangeType } from "../routing/index.js";
import type { ContentProperties } from "../wire/properties.js";
import type { Table } from "../wire/table.js";

export interface ManagedBroker {
  readonly node: NodeFacts;
  readonly access: Access;
  readonly policies: Policies;

  vhosts(): readonly VhostRow[];
  queues(vhost?: string): readonly QueueRow[];
  exchanges(vhost?: string): readonly ExchangeRow[];
  /** Those to and from the default exchange, which every queue has by its name, included. */
  bindings(vhost?: string): readonly BindingRow[];
  connections(): readonly ConnectionRow[];
  channels(): readonly ChannelRow[];
  consumers(vhost?: string): readonly ConsumerRow[];
  /** Of the whole broker. */
  totals(): Counters;
  gauges(): NodeGauges;

  putVhost(name: string, facts: VhostFacts): void;
  /** With all that is in it; its connections are closed. */
  deleteVhost(name: string): void;
  /** With its permissions; its connections are closed. */
  deleteUser(name: string): void;
  declareQueue(declaration: QueueDeclaration): void;
  deleteQueue(
    vhost: string,
    name: string,
    conditions: { readonly ifUnused: boolean; readonly ifEmpty: boolean },
  ): void;
  /** Returns how many messages went. */
  purgeQueue(vhost: string, name: string): number;
  declareExchange(declaration: ExchangeDeclaration): void;
  deleteExchange(vhost: string, name: string, ifUnused: boolean): void;
  bind(binding: BindingKey): void;
  unbind(binding: BindingKey): void;
  /** Admission included, as for any client; settled when what is persistent is on disk. */
  publish(message: ManagedPublish): Promise<PublishOutcome>;
  /** Takes up to `count` messages off a queue, and puts them back or not, dead-lettering them where asked. */
  get(vhost: string, queue: string, count: number, settle: Settle): readonly GotMessage[];
  /** False if there is no connection of that name. */
  closeConnection(name: string, reason: string): boolean;
}

export type Settle = "ack" | "requeue" | "reject" | "reject-requeue";

export interface NodeFacts {
  readonly name: string;
  readonly version: string;
  readonly dataDir: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly listeners: readonly Listener[];
}

export interface Listener {
  readonly protocol: "amqp" | "amqp/ssl" | "http" | "https";
  readonly host: string;
  readonly port: number;
}

export interface NodeGauges {
  readonly memoryAlarm: boolean;
  readonly diskAlarm: boolean;
  /** Why publishers are blocked or refused; null while they are not. */
  readonly alarm: string | null;
  readonly logBytes: number;
}

/** Counts since start; what a row does not count is absent. */
export type Counters = { readonly [K in CounterName]?: number };

/** RabbitMQ's names in `message_stats`. */
export type CounterName =
  | "publish"
  | "publish_in"
  | "publish_out"
  | "confirm"
  | "return_unroutable"
  | "drop_unroutable"
  | "deliver"
  | "deliver_no_ack"
  | "deliver_get"
  | "redeliver"
  | "get"
  | "ack";

export interface VhostFacts {
  readonly description: string;
  readonly tags: readonly string[];
}

export interface VhostRow extends VhostFacts {
  readonly name: string;
}

export interface QueueRow {
  readonly vhost: string;
  readonly name: string;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly exclusive: boolean;
  readonly type: "classic" | "quorum";
  readonly arguments: Table;
  readonly ready: number;
  readonly unacked: number;
  /** Dead, and kept until their dead letters are where they should be. */
  readonly dying: number;
  readonly readyBytes: number;
  readonly consumers: number;
  readonly policy: EffectivePolicy;
  readonly exclusiveConsumerTag: string | undefined;
  readonly singleActiveConsumerTag: string | undefined;
  /** Milliseconds since the epoch. */
  readonly lastUsed: number;
  readonly counters: Counters;
}

export interface ExchangeRow {
  readonly vhost: string;
  /** Empty: the default exchange. */
  readonly name: string;
  readonly type: ExchangeType;
  readonly durable: boolean;
  readonly autoDelete: boolean;
  readonly internal: boolean;
  readonly arguments: Table;
  readonly policy: string | undefined;
  readonly counters: Counters;
}

export interface BindingKey {
  readonly vhost: string;
  readonly source: string;
  readonly destination: string;
  readonly destinationType: "queue" | "exchange";
  readonly routingKey: string;
  readonly arguments: Table;
}

export type BindingRow = BindingKey;

export interface ConnectionRow {
  /** `127.0.0.1:40000 -> 127.0.0.1:5672` */
  readonly name: string;
  readonly user: string;
  readonly vhost: string;
  readonly state: "running" | "blocked" | "blocking" | "closing";
  readonly host: string;
  readonly port: number;
  readonly peerHost: string;
  readonly peerPort: number;
  readonly tls: boolean;
  readonly connectedAt: number;
  readonly clientProperties: Table;
  readonly mechanism: string;
  readonly channelMax: number;
  readonly frameMax: number;
  /** Seconds. */
  readonly heartbeat: number;
  readonly channels: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

export interface ChannelRow {
  readonly connection: ConnectionRow;
  readonly number: number;
  readonly confirm: boolean;
  readonly transactional: boolean;
  readonly prefetch: number;
  readonly globalPrefetch: number;
  readonly consumers: number;
  readonly unacked: number;
  readonly unconfirmed: number;
  readonly counters: Counters;
}

export interface ConsumerRow {
  readonly vhost: string;
  readonly queue: string;
  readonly tag: string;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  /** Of a queue with a single active consumer, only one is. */
  readonly active: boolean;
  readonly prefetch: number;
  readonly arguments: Table;
  /** Absent where the consumer is the broker's own. */
  readonly channel: { readonly connection: ConnectionRow; readonly number: number } | undefined;
}

export interface ManagedPublish {
  readonly vhost: string;
  readonly user: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly properties: ContentProperties;
  readonly body: Buffer;
}

export interface PublishOutcome {
  readonly routed: boolean;
  /** Why admission, a full queue or the log refused it. */
  readonly refused?: string;
}

export interface GotMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly redelivered: boolean;
  /** Messages left when this one was taken. */
  readonly remaining: number;
  readonly properties: ContentProperties;
  readonly body: Buffer;
}
