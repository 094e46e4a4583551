/** What a failed message carries to its retry or dead-letter queue. */
import type { Violation } from "@33god/holyfields";
import { HEADERS, RETRY_LADDER } from "../contract.js";
import type { Outgoing } from "../link/encode.js";
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

/** The copy that goes on, to a rung of the ladder or to the dead letters. */
export function copyOf(delivery: RawDelivery, queue: string, attempt: number, failure: Failure): Outgoing {
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
  headers[HEADERS.stack] = failure.stack?.slice(0, STACK_LIMIT);
  headers[HEADERS.violations] =
    failure.violations && JSON.stringify(failure.violations).slice(0, VIOLATIONS_LIMIT);
  headers[HEADERS.originalQueue] = queue;
  headers[HEADERS.originalRoutingKey] ??= originalRoutingKey(delivery);
  const { expiration: _expiration, userId, ...properties } = delivery.properties;
  // A broker refuses a user_id that is not the connection's own.
  if (userId !== undefined) headers["x-user-id"] ??= userId;
  return {
    exchange: "",
    routingKey: final ? deadLetterQueue(queue) : retryQueue(queue, rung),
    mandatory: true,
    body: delivery.body,
    properties: { ...properties, deliveryMode: 2, headers },
  };
}
