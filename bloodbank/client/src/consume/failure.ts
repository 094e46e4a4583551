/** What a failed message carries to its retry or dead-letter queue. */
import type { Violation } from "@33god/holyfields";
import { HEADERS, RETRY_LADDER } from "../contract.js";
import { type Outgoing, type OutgoingProperties, outgoingProperties } from "../link/encode.js";
import { deadLetterQueue, retryQueue } from "../topology/names.js";
import type { RawDelivery } from "./raw-delivery.js";

/** Longest texts put into headers: some brokers and clients stop at a frame's size. */
const REASON_LIMIT = 2_000;
const STACK_LIMIT = 4_000;
const VIOLATIONS_LIMIT = 16_000;

export interface Failure {
  readonly code: string;
  readonly reason: string;
  readonly stack?: string | undefined;
  readonly violations?: readonly Violation[];
  readonly final: boolean;
}

/**
 * Headers that must not travel: `x-death` would let the broker's cycle detection drop the copy, `CC` and `BCC`
 * would send it to other queues as well.
 */
const LEFT_BEHIND = new Set([
  "x-death",
  "CC",
  "BCC",
  "x-first-death-exchange",
  "x-first-death-queue",
  "x-first-death-reason",
  "x-last-death-exchange",
  "x-last-death-queue",
  "x-last-death-reason",
  "x-delivery-count",
]);

/** 1 for a message that was not handled before. */
export function attemptOf(delivery: RawDelivery): number {
  const value = Number(delivery.headers[HEADERS.attempt] ?? 1);
  return Number.isSafeInteger(value) && value > 0 ? value : 1;
}

/** The routing key that the event was published with; unknown for what was sent straight to the queue. */
export function originalRoutingKey(delivery: RawDelivery): string | undefined {
  const header = delivery.headers[HEADERS.originalRoutingKey];
  if (typeof header === "string") return header;
  return delivery.exchange === "" ? undefined : delivery.routingKey;
}

/**
 * For one queue. It waits for its confirm, and what is written as an object literal and often lives that long V8 puts
 * into the old generation from the start (allocation-site pretenuring): each would keep its body, and the 64 KB that it
 * was read with, until a full collection. So what is held meanwhile has a constructor.
 */
export class FailedCopy implements Outgoing {
  readonly exchange = "";
  readonly mandatory = true;
  readonly routingKey: string;
  readonly body: Uint8Array;
  readonly properties: OutgoingProperties;

  constructor(routingKey: string, body: Uint8Array, properties: OutgoingProperties) {
    this.routingKey = routingKey;
    this.body = body;
    this.properties = properties;
  }
}

/** The copy that goes on, to a rung of the ladder or to the dead letters. */
export function copyOf(delivery: RawDelivery, queue: string, attempt: number, failure: Failure): FailedCopy {
  const now = new Date().toISOString();
  const rung = attempt - 1;
  const final = failure.final || rung >= RETRY_LADDER.length;
  const headers: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(delivery.headers))
    if (!LEFT_BEHIND.has(name)) headers[name] = value;
  headers[HEADERS.attempt] = final ? attempt : attempt + 1;
  headers[HEADERS.firstFailedAt] ??= now;
  headers[HEADERS.lastFailedAt] = now;
  headers[HEADERS.failedAt] = [headers[HEADERS.failedAt], now].filter(Boolean).join(" ");
  headers[HEADERS.reason] = failure.reason.slice(0, REASON_LIMIT);
  headers[HEADERS.code] = failure.code;
  // What is tried again has a newer one when that fails; to write this one takes as long as to write the copy.
  headers[HEADERS.stack] = final ? failure.stack?.slice(0, STACK_LIMIT) : undefined;
  headers[HEADERS.violations] =
    failure.violations && JSON.stringify(failure.violations).slice(0, VIOLATIONS_LIMIT);
  headers[HEADERS.originalQueue] = queue;
  headers[HEADERS.originalRoutingKey] ??= originalRoutingKey(delivery);
  const { properties } = delivery;
  // A broker refuses a user_id that is not the connection's own.
  if (properties.userId !== undefined) headers["x-user-id"] ??= properties.userId;
  const target = final ? deadLetterQueue(queue) : retryQueue(queue, rung);
  const { messageId } = properties;
  // Without its expiration: it waits as long as its rung says.
  const own = { headers, deliveryMode: 2, messageId, expiration: undefined };
  return new FailedCopy(target, delivery.body, outgoingProperties(properties, own));
}
