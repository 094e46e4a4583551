/** What a failed message carries to its retry or dead-letter queue. */
import { Buffer } from "node:buffer";
import type { Violation } from "@33god/holyfields";
import { HEADERS, RETRY_LADDER } from "../contract.js";
import { type Outgoing, type OutgoingProperties, outgoingProperties } from "../link/encode.js";
import { HeadersEncoder } from "../link/encode-headers.js";
import { deadLetterQueue, retryQueue } from "../topology/names.js";
import type { RawDelivery } from "./raw-delivery.js";

/** Longest texts put into headers: some brokers and clients stop at a frame's size. */
const REASON_LIMIT = 2_000;
const STACK_LIMIT = 4_000;
const VIOLATIONS_LIMIT = 16_000;
/** Nine short texts at their longest, and what stands around them (AMQP 0-9-1 §4.2.6.1). */
const OTHER_PROPERTIES = 2_400;
const SHORT_REASON = 500;

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
  /** It is a dead letter. */
  readonly final: boolean;

  constructor(routingKey: string, body: Uint8Array, properties: OutgoingProperties, final: boolean) {
    this.routingKey = routingKey;
    this.body = body;
    this.properties = properties;
    this.final = final;
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
  return new FailedCopy(target, delivery.body, outgoingProperties(properties, own), final);
}

/**
 * The copy of what AMQP does not take as it came, with all that a failure adds: foreign headers may fill a whole frame,
 * and bytes that were no text have grown when they were read as one. It is a dead letter, without a stack, and says what
 * else it lacks.
 */
export function reducedCopyOf(
  delivery: RawDelivery,
  queue: string,
  attempt: number,
  failure: Failure,
  why: string,
  frameMax: number,
): FailedCopy {
  const properties = Object.fromEntries(Object.entries(delivery.properties).filter(isSendable));
  const note = `${failure.final ? "It was" : "Not tried again, but"} set aside without what AMQP does not take: ${why}.`;
  const reason = `${failure.reason.slice(0, SHORT_REASON)}\n${note}`;
  const copyWith = (headers: RawDelivery["headers"], lacks: string) =>
    copyOf({ ...delivery, headers, properties }, queue, attempt, {
      code: failure.code,
      reason: `${reason}${lacks.slice(0, SHORT_REASON)}`,
      final: true,
    });
  const own = sizeOf(copyWith({}, "x".repeat(SHORT_REASON)).properties.headers ?? {});
  const { headers, left } = within(delivery.headers, frameMax - OTHER_PROPERTIES - own);
  return copyWith(headers, left.length === 0 ? "" : ` It lacks its headers ${left.join(", ")}.`);
}

/** As many headers as go into so many bytes, the shortest first, and the names of those that are left. */
function within(
  headers: RawDelivery["headers"],
  bytes: number,
): { readonly headers: RawDelivery["headers"]; readonly left: readonly string[] } {
  const sized = Object.keys(headers).map((name) => ({ name, size: sizeOf({ [name]: headers[name] }) }));
  const kept: Record<string, unknown> = {};
  const left: string[] = [];
  let room = bytes;
  for (const { name, size } of sized.sort((a, b) => (a.size < b.size ? -1 : 1))) {
    room -= size;
    if (room < 0) left.push(name);
    else kept[name] = headers[name];
  }
  return { headers: kept, left };
}

/** Infinite for what AMQP does not take at all. */
function sizeOf(headers: RawDelivery["headers"]): number {
  try {
    return new HeadersEncoder().encode(headers).length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

const isSendable = ([, value]: [string, unknown]): boolean =>
  typeof value === "string" ? Buffer.byteLength(value) <= 255 : Number.isSafeInteger(value);
