/**
 * Field tables (AMQP 0-9-1 §4.2.5) with RabbitMQ's type letters, which differ from the specification's.
 *
 * A table keeps each field's type beside its value, so that what a client sent leaves with the same bytes: a
 * header that was a 64-bit integer is one again after dead-lettering, and a queue argument is compared by type.
 */

/** RabbitMQ's letters: `t`rue/false, `b`/`B` 8, `s`/`u` 16, `I`/`i` 32, `l` 64 bits (lower case `u`, `i` and `B` unsigned). */
export type Field =
  | { readonly tag: "t"; readonly value: boolean }
  | { readonly tag: "b" | "B" | "s" | "u" | "I" | "i" | "f" | "d"; readonly value: number }
  | { readonly tag: "l"; readonly value: bigint }
  /** Seconds since the epoch. */
  | { readonly tag: "T"; readonly value: bigint }
  | { readonly tag: "D"; readonly value: Decimal }
  /** Long strings are bytes by AMQP and text by habit; bytes that are no UTF-8 stay bytes. */
  | { readonly tag: "S"; readonly value: string | Uint8Array }
  | { readonly tag: "x"; readonly value: Uint8Array }
  | { readonly tag: "A"; readonly value: readonly Field[] }
  | { readonly tag: "F"; readonly value: Table }
  | { readonly tag: "V"; readonly value: null };

export type FieldTag = Field["tag"];

/** `unscaled × 10^-scale` */
export interface Decimal {
  readonly scale: number;
  readonly unscaled: number;
}

/** Names in the order in which they came. */
export type Table = ReadonlyMap<string, Field>;

export const EMPTY_TABLE: Table = new Map();

/** RabbitMQ's names of the types, as its error messages give them. */
export const TYPE_NAMES: Readonly<Record<FieldTag, string>> = {
  t: "bool",
  b: "byte",
  B: "unsignedbyte",
  s: "short",
  u: "unsignedshort",
  I: "signedint",
  i: "unsignedint",
  l: "long",
  f: "float",
  d: "double",
  D: "decimal",
  S: "longstr",
  x: "binary",
  A: "array",
  F: "table",
  T: "timestamp",
  V: "void",
};

/** The number in a numeric field, whatever its width; `undefined` for every other type. */
export function integerOf(field: Field | undefined): number | undefined {
  switch (field?.tag) {
    case "b":
    case "B":
    case "s":
    case "u":
    case "I":
    case "i":
      return field.value;
    case "l":
      return Number(field.value);
    default:
      return undefined;
  }
}

/** The text in a long string field; `undefined` for every other type. */
export function textOf(field: Field | undefined): string | undefined {
  return field?.tag === "S" && typeof field.value === "string" ? field.value : undefined;
}

export const text = (value: string): Field => ({ tag: "S", value });
export const long = (value: number | bigint): Field => ({ tag: "l", value: BigInt(value) });
export const int = (value: number): Field => ({ tag: "I", value });
export const bool = (value: boolean): Field => ({ tag: "t", value });
export const seconds = (value: number | bigint): Field => ({ tag: "T", value: BigInt(value) });
export const array = (value: readonly Field[]): Field => ({ tag: "A", value });
export const table = (value: Table | Readonly<Record<string, Field>>): Field => ({
  tag: "F",
  value: value instanceof Map ? (value as Table) : new Map(Object.entries(value)),
});
