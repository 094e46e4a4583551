/** A delivery, read and judged: everything the store writes of it, before it has a position. */
import { createHash } from "node:crypto";
import type { Catalog, Violation } from "@33god/holyfields";
import type { Delivery } from "../contract.js";
import { canonicalId, LONGEST_ID, withoutZeros } from "./event-key.js";
import { encodeFacts } from "./facts.js";
import { judgedBody } from "./stored-event.js";

export interface Draft {
  readonly id: string;
  readonly type: string;
  readonly version: string;
  readonly app: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly valid: boolean;
  /** Ids of the direct causes, without repetition. */
  readonly causes: readonly string[];
  /** The first event of the conversation, when it is not this one. */
  readonly conversation: string | undefined;
  readonly receivedAt: number;
  /** Its timestamp, as it stands in the event: a time, or whatever is there. */
  readonly sentAt: unknown;
  readonly facts: string;
  readonly body: Uint8Array;
  /** A copy that a replay made: known already, and not counted as a duplicate. */
  readonly replayed: boolean;
  /** Copies that had arrived where it was exported; absent: none, and for what is recorded. */
  readonly copies?: number;
}

/** Says whether an event keeps its contract, and gives the event where it is JSON. */
export type Judge = (
  body: Uint8Array,
  routingKey: string | undefined,
) => { readonly valid: boolean; readonly violations: readonly Violation[]; readonly event: unknown };

const NONE: readonly never[] = [];

/** By the contracts. */
export function contractJudge(catalog: Catalog): Judge {
  return (body, routingKey) => {
    const verdict = catalog.validateBytes(body, routingKey);
    return verdict.valid
      ? { valid: true, violations: NONE, event: verdict.event }
      : { valid: false, violations: verdict.violations, event: verdict.event };
  };
}

/** Without contracts: an event is an object with an id and a type. */
export const shapeJudge: Judge = (body) => {
  const event = judgedBody(body);
  if (event === undefined)
    return { valid: false, violations: [broken("", "json", "The body is not JSON.")], event };
  const { event_id, event_type } = asRecord(event);
  const violations: Violation[] = [];
  if (typeof event_id !== "string")
    violations.push(broken("/event_id", "required", "The event has no event_id."));
  if (typeof event_type !== "string")
    violations.push(broken("/event_type", "required", "The event has no event_type."));
  return { valid: violations.length === 0, violations, event };
};

/** Never throws: what is broken is stored as well, with an id made from its bytes where it has none. */
export function draftOf(delivery: Delivery, judge: Judge): Draft {
  const { body, headers, properties, receivedAt } = delivery;
  const exchange = withoutZeros(delivery.exchange);
  const routingKey = withoutZeros(delivery.routingKey);
  // Through the default exchange the routing key is a queue's name and says nothing of the type.
  const { valid, violations, event: parsed } = judge(body, exchange === "" ? undefined : delivery.routingKey);
  const event = asRecord(parsed);
  const id = idOf(event.event_id, delivery);
  const type = short(event.event_type) ?? short(properties.type) ?? routingKey;
  const app = short(asRecord(event.source).app) ?? short(properties.appId) ?? "";
  const conversation = short(properties.correlationId);
  return {
    id,
    type,
    version: short(event.version) ?? "",
    app,
    exchange,
    routingKey,
    valid,
    causes: causesOf(event.correlation_ids),
    conversation: conversation === undefined || conversation === "" ? undefined : otherThan(id, conversation),
    receivedAt,
    sentAt: event.timestamp,
    facts: encodeFacts({ properties, headers, violations }, { id, type, app }),
    body,
    replayed: headers["x-replay-id"] !== undefined,
  };
}

/** Undefined for the event that the conversation is named after. */
function otherThan(id: string, conversation: string): string | undefined {
  const canonical = canonicalId(conversation);
  return canonical === id ? undefined : canonical;
}

function idOf(id: unknown, { body, exchange, routingKey, properties }: Delivery): string {
  if (isId(id)) return canonicalId(id);
  // The same bytes delivered again get the same id: a UUID of version 8 from their digest.
  const digest = createHash("sha256")
    .update(JSON.stringify([exchange, routingKey, properties.messageId ?? null]))
    .update(body)
    .digest();
  digest[6] = 0x80 | (digest[6]! & 0x0f);
  digest[8] = 0x80 | (digest[8]! & 0x3f);
  const hex = digest.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20, 32)}`;
}

function causesOf(value: unknown): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) return NONE;
  if (value.length === 1) return isId(value[0]) ? [canonicalId(value[0])] : NONE;
  return [...new Set(value.filter(isId).map(canonicalId))];
}

const isId = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && value.length <= LONGEST_ID;

const short = (value: unknown): string | undefined =>
  typeof value === "string"
    ? withoutZeros(value.length > LONGEST_ID ? value.slice(0, LONGEST_ID) : value)
    : undefined;

const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};

const broken = (pointer: string, keyword: string, message: string): Violation => ({
  pointer,
  keyword,
  message,
});
