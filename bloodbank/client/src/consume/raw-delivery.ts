import type { AMQPMessage } from "@cloudamqp/amqp-client";

/** AMQP properties without the headers, as they came. */
export interface DeliveryProperties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly deliveryMode?: number;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly expiration?: string;
  readonly messageId?: string;
  /** Seconds since the epoch. */
  readonly timestamp?: number;
  readonly type?: string;
  readonly userId?: string;
  readonly appId?: string;
  readonly [other: string]: unknown;
}

/** A message as the broker delivered it: bytes, properties, and nothing looked into. */
export interface RawDelivery {
  readonly body: Uint8Array;
  readonly exchange: string;
  readonly routingKey: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: DeliveryProperties;
  readonly redelivered: boolean;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

const NO_HEADERS: Readonly<Record<string, unknown>> = Object.freeze({});
const NO_BODY = new Uint8Array(0);

/** The library's message, taken over: plain data in its own members, as it may be sent to another thread. */
export class ReceivedMessage implements RawDelivery {
  readonly body: Uint8Array;
  readonly exchange: string;
  readonly routingKey: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly properties: DeliveryProperties;
  readonly redelivered: boolean;
  readonly receivedAt = Date.now();

  constructor(message: AMQPMessage) {
    // Nobody else holds the properties: they are changed where they are, at half the cost of a copy.
    const properties: { headers?: unknown; timestamp?: unknown } = message.properties;
    this.body = message.body instanceof Uint8Array ? message.body : NO_BODY;
    this.exchange = message.exchange;
    this.routingKey = message.routingKey;
    this.headers = message.properties.headers ?? NO_HEADERS;
    this.redelivered = message.redelivered;
    if (properties.headers !== undefined) properties.headers = undefined;
    if (properties.timestamp instanceof Date)
      properties.timestamp = Math.floor(properties.timestamp.getTime() / 1_000);
    this.properties = properties as DeliveryProperties;
  }
}
