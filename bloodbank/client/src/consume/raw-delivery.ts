import type { AMQPMessage } from "@cloudamqp/amqp-client";
import type { DeliveryProperties, Headers } from "../link/decode.js";
import type { Incoming } from "../link/delivery-frames.js";

export type { DeliveryProperties } from "../link/decode.js";

/** A message as the broker delivered it: bytes, properties, and nothing looked into. */
export interface RawDelivery {
  /** May be a part of a larger buffer, with other messages before and behind it. */
  readonly body: Uint8Array;
  readonly exchange: string;
  readonly routingKey: string;
  readonly headers: Headers;
  readonly properties: DeliveryProperties;
  readonly redelivered: boolean;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

const NO_HEADERS: Headers = Object.freeze({});
const NO_BODY = new Uint8Array(0);

/** Plain data in its own members, as it may be sent to another thread. */
export class ReceivedMessage implements RawDelivery {
  readonly body: Uint8Array;
  readonly exchange: string;
  readonly routingKey: string;
  readonly headers: Headers;
  readonly properties: DeliveryProperties;
  readonly redelivered: boolean;
  readonly receivedAt = Date.now();

  constructor({
    body,
    exchange,
    routingKey,
    headers,
    properties,
    redelivered,
  }: Omit<Incoming, "deliveryTag">) {
    this.body = body;
    this.exchange = exchange;
    this.routingKey = routingKey;
    this.headers = headers;
    this.properties = properties;
    this.redelivered = redelivered;
  }
}

/** The answer to `basic.get`, as the library gives it. */
export function fetchedMessage(message: AMQPMessage): RawDelivery {
  const { headers = NO_HEADERS, timestamp, ...properties } = message.properties;
  return new ReceivedMessage({
    body: message.body instanceof Uint8Array ? message.body : NO_BODY,
    exchange: message.exchange,
    routingKey: message.routingKey,
    headers,
    properties: {
      ...properties,
      ...(timestamp !== undefined && { timestamp: Math.floor(timestamp.getTime() / 1_000) }),
    },
    redelivered: message.redelivered,
  });
}
