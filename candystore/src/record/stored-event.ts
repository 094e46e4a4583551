/** From a row back to the event as the API gives it. */
import { Buffer } from "node:buffer";
import { decode } from "@33god/holyfields/json";
import type { StoredEvent } from "../contract.js";
import type { EventClass } from "../layout/classes.js";
import { idsOf } from "./body-head.js";
import { decodeFacts } from "./facts.js";

/** A row of either engine, its interned parts spelled out. */
export interface EventRow {
  readonly position: number;
  readonly id: string;
  readonly eventClass: EventClass;
  readonly type: string;
  readonly version: string;
  readonly app: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly valid: boolean;
  readonly receivedAt: number;
  readonly facts: string;
  readonly body: Uint8Array;
  readonly duplicates: number;
}

/** All but the bytes. */
export type EventFacts = Omit<EventRow, "body">;

/** What a row says, with what its class stands for. */
export function eventFacts(
  eventClass: EventClass,
  row: Pick<EventFacts, "position" | "id" | "receivedAt" | "facts" | "duplicates">,
): EventFacts {
  const { type, version, app, exchange, routingKey, valid } = eventClass;
  const { position, id, receivedAt, facts, duplicates } = row;
  return {
    position,
    id,
    eventClass,
    type,
    version,
    app,
    exchange,
    routingKey,
    valid,
    receivedAt,
    facts,
    duplicates,
  };
}

/**
 * The body as verdicts are given on it; `undefined` when it is not JSON in UTF-8, or so deep that nobody could write it
 * again.
 */
export function judgedBody(body: Uint8Array): unknown {
  const decoded = decode(body);
  return "value" in decoded ? decoded.value : undefined;
}

/** The same for who reads it: what stands behind a byte order mark breaks its contract, and is shown. */
export const parseBody = (body: Uint8Array): unknown =>
  judgedBody(beginsWithMark(body) ? body.subarray(3) : body);

export const beginsWithMark = (body: Uint8Array): boolean =>
  body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;

/** @param parsed its body, where it was read already */
export function storedEvent(row: EventRow, parsed: unknown = parseBody(row.body)): StoredEvent {
  const { properties, headers, violations } = decodeFacts(row.facts, row);
  const event = asRecord(parsed);
  return {
    position: row.position,
    event_id: row.id,
    event_type: row.type,
    version: row.version,
    timestamp: typeof event.timestamp === "string" ? event.timestamp : "",
    source_app: row.app,
    correlation_ids: idsOf(event.correlation_ids),
    received_at: new Date(row.receivedAt).toISOString(),
    exchange: row.exchange,
    routing_key: row.routingKey,
    headers,
    properties,
    valid: row.valid,
    violations,
    duplicates: row.duplicates,
    event: parsed === undefined ? { raw_base64: Buffer.from(row.body).toString("base64") } : parsed,
  };
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
