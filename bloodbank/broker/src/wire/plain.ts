/**
 * Tables as plain values for what is not AMQP: admission, the management API, definitions files. The way out loses the widths of
 * numbers; the way back picks them as RabbitMQ's management does.
 */
import { Buffer } from "node:buffer";
import type { Field, Table } from "./table.js";

export function plainTable(table: Table): Record<string, unknown> {
  const out: Record<string, unknown> = Object.create(null);
  for (const [name, field] of table) out[name] = plain(field);
  return out;
}

/** Timestamps become seconds, decimals the number they stand for, 64-bit integers numbers as long as they are safe. */
function plain(field: Field): unknown {
  switch (field.tag) {
    case "l":
    case "T":
      return Number.isSafeInteger(Number(field.value)) ? Number(field.value) : field.value;
    case "D":
      return field.value.unscaled / 10 ** field.value.scale;
    case "A":
      return field.value.map(plain);
    case "F":
      return plainTable(field.value);
    default:
      return field.value;
  }
}

/** The way into JSON, which has neither big integers nor bytes. */
export function jsonTable(table: Table): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, field] of table)
    Object.defineProperty(out, name, { value: jsonField(field), enumerable: true });
  return out;
}

function jsonField(field: Field): unknown {
  if (field.tag === "A") return field.value.map(jsonField);
  if (field.tag === "F") return jsonTable(field.value);
  const value = plain(field);
  if (typeof value === "bigint") return Number(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1");
  if (typeof value === "number" && !Number.isFinite(value)) return null;
  return value;
}

/** Plain values as a table: integers become 64-bit, other numbers doubles. `undefined` is left out. */
export function tableOf(values: Readonly<Record<string, unknown>>): Table {
  const fields = new Map<string, Field>();
  for (const [name, value] of Object.entries(values)) {
    if (value !== undefined) fields.set(name, fieldOf(value));
  }
  return fields;
}

function fieldOf(value: unknown): Field {
  switch (typeof value) {
    case "string":
      return { tag: "S", value };
    case "boolean":
      return { tag: "t", value };
    case "bigint":
      return { tag: "l", value };
    case "number":
      return Number.isSafeInteger(value) ? { tag: "l", value: BigInt(value) } : { tag: "d", value };
  }
  if (value === null || value === undefined) return { tag: "V", value: null };
  if (value instanceof Uint8Array) return { tag: "x", value };
  if (value instanceof Date) return { tag: "T", value: BigInt(Math.floor(value.getTime() / 1000)) };
  if (Array.isArray(value)) return { tag: "A", value: value.map(fieldOf) };
  if (typeof value === "object") return { tag: "F", value: tableOf(value as Record<string, unknown>) };
  throw new TypeError(`a table cannot hold a ${typeof value}`);
}
