/**
 * The facts of a delivery, its AMQP properties and headers, as one short text.
 *
 * Our publishers set most properties to what the event says anyway. Those are one bit each; only what differs is
 * spelled out. The text is `[bits, properties?, headers?, violations?]`; bytes in it are `{"$base64": "…"}`.
 */
import { Buffer } from "node:buffer";
import type { Violation } from "@33god/holyfields";

export interface Facts {
  readonly properties: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly violations: readonly Violation[];
}

/** What the event itself says, that its properties usually repeat. */
export interface Implied {
  readonly id: string;
  readonly type: string;
  readonly app: string;
}

/** The properties that usually repeat it, and the bit of each. */
const BITS = {
  contentType: 1,
  deliveryMode: 2,
  messageId: 4,
  correlationId: 8,
  type: 16,
  appId: 32,
} as const;
type Repeating = keyof typeof BITS;
const REPEATING = Object.keys(BITS) as readonly Repeating[];

/** Undefined for a property that repeats nothing. */
function impliedValue(name: string, { id, type, app }: Implied): string | number | undefined {
  switch (name) {
    case "contentType":
      return "application/json";
    case "deliveryMode":
      return 2;
    case "messageId":
    case "correlationId":
      return id;
    case "type":
      return type;
    case "appId":
      return app;
    default:
      return undefined;
  }
}

export function encodeFacts({ properties, headers, violations }: Facts, implied: Implied): string {
  let bits = 0;
  let others: Record<string, unknown> | undefined;
  let count = 0;
  for (const name in properties) {
    const value = properties[name];
    if (value === undefined) continue;
    if (value === impliedValue(name, implied)) bits |= BITS[name as Repeating];
    else {
      others ??= {};
      others[name] = value;
      count++;
    }
  }
  let hasHeaders = false;
  for (const _ in headers) {
    hasHeaders = true;
    break;
  }
  if (violations.length > 0) return text([bits, others ?? 0, hasHeaders ? headers : 0, violations]);
  if (hasHeaders) return text([bits, others ?? 0, headers]);
  if (others === undefined) return `[${bits}]`;
  // Of most events: a writer of JSON takes ten times as long.
  if (count === 1 && Number.isSafeInteger(others.timestamp))
    return `[${bits},{"timestamp":${others.timestamp as number}}]`;
  return text([bits, others]);
}

export function decodeFacts(encoded: string, implied: Implied): Facts {
  // A reviver is called for every value: only where there are bytes.
  const revive = encoded.includes("$base64") ? reviveBytes : undefined;
  const [bits, others, headers, violations] = JSON.parse(encoded, revive) as [
    number,
    (Record<string, unknown> | 0)?,
    (Record<string, unknown> | 0)?,
    Violation[]?,
  ];
  const properties: Record<string, unknown> = {};
  for (const name of REPEATING) if ((bits & BITS[name]) !== 0) properties[name] = impliedValue(name, implied);
  return {
    properties: Object.assign(properties, others || undefined),
    headers: headers || {},
    violations: violations ?? [],
  };
}

/** A replacer is called for every value, and makes writing three times as slow: only where something needs it. */
const text = (value: unknown): string =>
  isPlain(value, 0) ? JSON.stringify(value) : JSON.stringify(value, spellBytes);

const DEEPEST_PLAIN = 6;

function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "bigint") return false;
  if (typeof value !== "object" || value === null) return true;
  if (value instanceof Uint8Array || isBufferJson(value) || depth > DEEPEST_PLAIN) return false;
  for (const name in value) {
    const part = (value as Record<string, unknown>)[name];
    if ((typeof part === "object" || typeof part === "bigint") && !isPlain(part, depth + 1)) return false;
  }
  return true;
}

/** `toJSON` of a Buffer ran before this sees it; an import has read it from there. */
function spellBytes(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return { $base64: Buffer.from(value).toString("base64") };
  if (isBufferJson(value)) return { $base64: Buffer.from(value.data).toString("base64") };
  return value;
}

function isBufferJson(value: unknown): value is { data: number[] } {
  return (
    typeof value === "object" &&
    value !== null &&
    (value as { type?: unknown }).type === "Buffer" &&
    Array.isArray((value as { data?: unknown }).data)
  );
}

function reviveBytes(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const encoded = (value as { $base64?: unknown }).$base64;
  return typeof encoded === "string" ? Buffer.from(encoded, "base64") : value;
}
