/** What a dead message tells about itself: by our headers, or by the broker's `x-death` where a foreigner let it die. */
import { createHash } from "node:crypto";
import type { Violation } from "@33god/holyfields";
import { decode } from "@33god/holyfields/json";
import type { RawDelivery } from "../consume/raw-delivery.js";
import { HEADERS } from "../contract.js";
import type { DeadLetter, DeadLetterQueue, LetterSummary } from "./contract.js";

/** The newest entry of `x-death`. */
interface Death {
  readonly queue: string | undefined;
  readonly reason: string;
  readonly count: number;
  readonly at: string | null;
  readonly routingKey: string | undefined;
}

const CAUSES: Readonly<Record<string, string>> = {
  rejected: "A consumer rejected it.",
  expired: "It was not handled in time.",
  maxlen: "The queue was full.",
  delivery_limit: "It was delivered too often without being handled.",
};

export function letterOf(delivery: RawDelivery, from: DeadLetterQueue): DeadLetter {
  const { headers } = delivery;
  const event = parsed(delivery.body);
  return {
    ...summaryOf(delivery, from, event),
    stack: text(headers[HEADERS.stack]) ?? null,
    violations: violationsOf(headers),
    headers,
    event,
  };
}

export function summaryOf(
  delivery: RawDelivery,
  from: DeadLetterQueue,
  event = parsed(delivery.body),
): LetterSummary {
  const { headers } = delivery;
  const death = deathOf(headers);
  const queue =
    text(headers[HEADERS.originalQueue]) ??
    death?.queue ??
    from.origins[0] ??
    from.name.replace(/\.dlq$/, "");
  const event_type =
    text(member(event, "event_type")) ??
    delivery.properties.type ??
    text(headers[HEADERS.originalRoutingKey]) ??
    "unknown";
  const reason = text(headers[HEADERS.reason]) ?? (death && (CAUSES[death.reason] ?? death.reason)) ?? "";
  const code = text(headers[HEADERS.code]) ?? death?.reason.toUpperCase() ?? "UNKNOWN";
  return {
    id: `${from.name}/${fingerprint(from.name, delivery)}`,
    queue,
    dead_letter_queue: from.name,
    event_id: text(member(event, "event_id")) ?? delivery.properties.messageId ?? null,
    event_type,
    routing_key: routingKeyOf(delivery, death) ?? null,
    reason,
    code,
    attempts: Number(headers[HEADERS.attempt] ?? death?.count ?? 0) || 0,
    first_at: text(headers[HEADERS.firstFailedAt]) ?? death?.at ?? null,
    last_at: text(headers[HEADERS.lastFailedAt]) ?? death?.at ?? null,
    failed_at: text(headers[HEADERS.failedAt])?.split(" ") ?? [],
    group: groupOf(queue, event_type, code, reason),
  };
}

/** The same for letters that died of the same thing: what varies in a reason (ids, numbers, quoted values) is left out. */
function groupOf(queue: string, eventType: string, code: string, reason: string): string {
  const kind = reason
    .split("\n", 1)[0]
    ?.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, "…")
    .replace(/(["'`“])[^"'`”]*(["'`”])/g, "…")
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{6,}\b/gi, "…")
    .replace(/\d+/g, "…");
  return createHash("sha256").update([queue, eventType, code, kind].join("\n")).digest("hex").slice(0, 12);
}

/** JSON where it is, and otherwise the bytes: of what is too deep as well, which nobody could write again. */
export function parsed(body: Uint8Array): unknown {
  const decoded = decode(body);
  return "value" in decoded ? decoded.value : { raw_base64: Buffer.from(body).toString("base64") };
}

export function violationsOf(headers: Readonly<Record<string, unknown>>): readonly Violation[] {
  try {
    const value: unknown = JSON.parse(text(headers[HEADERS.violations]) ?? "[]");
    return Array.isArray(value) ? value : [];
  } catch {
    return []; // cut off at the limit of a header
  }
}

export const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

export const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

/** Copies that are alike in every byte and header have the same one: they cannot be told apart, and need not be. */
function fingerprint(queue: string, { body, headers, properties }: RawDelivery): string {
  const death = deathOf(headers);
  return createHash("sha256")
    .update(
      JSON.stringify([queue, properties.messageId, headers[HEADERS.lastFailedAt], death?.at, death?.queue]),
    )
    .update(body)
    .digest("hex")
    .slice(0, 20);
}

/** The key that the event was published with: a consumer checks the event's type against it. */
export function routingKeyOf(delivery: RawDelivery, death = deathOf(delivery.headers)): string | undefined {
  return text(delivery.headers[HEADERS.originalRoutingKey]) ?? death?.routingKey;
}

function deathOf(headers: Readonly<Record<string, unknown>>): Death | undefined {
  const deaths = headers["x-death"];
  const newest: unknown = Array.isArray(deaths) ? deaths[0] : undefined;
  if (typeof newest !== "object" || newest === null) return undefined;
  const time = member(newest, "time");
  const keys = member(newest, "routing-keys");
  return {
    queue: text(member(newest, "queue")),
    reason: text(member(newest, "reason")) ?? "unknown",
    count: Number(member(newest, "count") ?? 1),
    at: time instanceof Date ? time.toISOString() : null,
    routingKey: Array.isArray(keys) ? text(keys[0]) : undefined,
  };
}
