/** From a row back to the event as the API gives it. */
import { Buffer } from "node:buffer";
import type { StoredEvent } from "../contract.js";
import { canonicalId } from "./event-key.js";
import { decodeFacts } from "./facts.js";

/** A row of either engine, its interned parts spelled out. */
export interface EventRow {
  readonly position: number;
  readonly id: string;
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

/** All but the bytes: of an event that was read as text. They are there where that could not be. */
export type EventFacts = Omit<EventRow, "body"> & { readonly body?: Uint8Array };

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The parsed body; `undefined` when it is not JSON. */
export function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(body));
  } catch {
    return undefined;
  }
}

export function storedEvent(row: EventRow): StoredEvent;
/** @param parsed its body, read already; undefined: it is not JSON */
export function storedEvent(row: EventFacts, parsed: unknown): StoredEvent;
export function storedEvent(row: EventFacts, ...[given]: readonly unknown[]): StoredEvent {
  const parsed = given === undefined && row.body !== undefined ? parseBody(row.body) : given;
  const { properties, headers, violations } = decodeFacts(row.facts, row);
  const event = asRecord(parsed);
  return {
    position: row.position,
    event_id: row.id,
    event_type: row.type,
    version: row.version,
    timestamp: typeof event.timestamp === "string" ? event.timestamp : "",
    source_app: row.app,
    correlation_ids: Array.isArray(event.correlation_ids)
      ? event.correlation_ids.filter((id) => typeof id === "string").map(canonicalId)
      : [],
    received_at: new Date(row.receivedAt).toISOString(),
    exchange: row.exchange,
    routing_key: row.routingKey,
    headers,
    properties,
    valid: row.valid,
    violations,
    duplicates: row.duplicates,
    event: parsed === undefined ? { raw_base64: Buffer.from(row.body ?? []).toString("base64") } : parsed,
  };
}

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
