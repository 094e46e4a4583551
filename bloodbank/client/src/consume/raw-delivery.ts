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

export function rawDelivery(message: AMQPMessage): RawDelivery {
  const { headers, timestamp, ...others } = message.properties;
  return {
    body: message.body instanceof Uint8Array ? message.body : NO_BODY,
    exchange: message.exchange,
    routingKey: message.routingKey,
    headers: headers ?? NO_HEADERS,
    properties:
      timestamp === undefined ? others : { ...others, timestamp: Math.floor(timestamp.getTime() / 1000) },
    redelivered: message.redelivered,
    receivedAt: Date.now(),
  };
}
