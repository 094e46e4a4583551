/**
 * What the generated schemas stand on: the checks that Zod has no exact form for, and an evaluator of JSON Schema
 * 2020-12 for what no type can say. Generated along with them; do not edit.
 */
import * as z from "zod";
import { FORMATS, SCHEMAS } from "./schemas.js";

type Schema = boolean | { readonly [keyword: string]: unknown };

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Equal values have equal texts: members sorted, `1.0` as `1`, `-0` as `0`. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isObject(value))
    return `{${Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
      .join(",")}}`;
  return value === 0 ? "0" : (JSON.stringify(value) ?? "null");
}

const lengthOf = (text: string): number => {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
};

const patterns = new Map<string, RegExp>();
const patternOf = (source: string): RegExp => {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const made = new RegExp(source, "u");
  patterns.set(source, made);
  return made;
};

const daysOf = (year: number, month: number): number =>
  month === 2
    ? (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
      ? 29
      : 28
    : [4, 6, 9, 11].includes(month)
      ? 30
      : 31;

/** Whether a text is of a format. */
export function isFormat(name: string, text: string): boolean {
  const format = FORMATS[name];
  if (format === undefined) return true;
  if (format.maxLength !== undefined && lengthOf(text) > format.maxLength) return false;
  const match = patternOf(`^(?:${format.pattern})$`).exec(text);
  if (match === null || format.calendar !== true) return match !== null;
  const year = Number(match[1]);
  return year > 0 && Number(match[3]) <= daysOf(year, Number(match[2]));
}

/** Length in characters (code points), as JSON Schema counts. */
export const characters = (min: number, max: number = Number.POSITIVE_INFINITY) =>
  z.refine<string>(
    (text) => {
      const length = lengthOf(text);
      return length >= min && length <= max;
    },
    `must have ${max === Number.POSITIVE_INFINITY ? `at least ${min}` : `${min} to ${max}`} characters`,
  );

export const format = (name: string) =>
  z.refine<string>((text) => isFormat(name, text), `must be of the format ${name}`);

/** `1.0` is an integer, `1.5` is none. */
export const integer = () => z.refine<number>((value) => Number.isInteger(value), "must be an integer");

export const multipleOf = (factor: number) =>
  z.refine<number>((value) => Number.isInteger(value / factor), `must be a multiple of ${factor}`);

export const unique = () =>
  z.refine<unknown[]>(
    (items) => new Set(items.map(canonical)).size === items.length,
    "must have no item twice",
  );

/** Anything, but there. */
export const present = <Shape extends z.ZodType>(shape: Shape) =>
  z
    .unknown()
    .refine((value): boolean => value !== undefined, "is required")
    .pipe(shape) as z.ZodPipe<z.ZodUnknown, Shape>;

/** Shaped like `shape`, and kept by a whole schema, which sees the value before Zod touches it. */
export const keeps = <Shape extends z.ZodType>(schema: Schema, shape: Shape) =>
  z
    .unknown()
    .refine((value): boolean => value !== undefined && evaluate(schema, value), "does not keep the schema")
    .pipe(shape) as z.ZodPipe<z.ZodUnknown, Shape>;

/** Zod passes over a member named `__proto__`; this looks at it. */
export const protoIs = <Shape extends z.ZodType>(other: z.ZodType, shape: Shape) =>
  z
    .unknown()
    .refine(
      (value) =>
        !isObject(value) ||
        !Object.hasOwn(value, "__proto__") ||
        other.safeParse(Object.getOwnPropertyDescriptor(value, "__proto__")?.value).success,
      "has a member __proto__ that is not admitted",
    )
    .pipe(shape) as z.ZodPipe<z.ZodUnknown, Shape>;

/** Which members and items a schema has spoken about, for `unevaluatedProperties` and `unevaluatedItems`. */
interface Seen {
  readonly names: Set<string>;
  readonly items: Set<number>;
}

const nothing = (): Seen => ({ names: new Set(), items: new Set() });

function referred(ref: string): Schema {
  const hash = ref.indexOf("#");
  let schema: unknown = SCHEMAS[ref.slice(0, hash)];
  for (const token of ref
    .slice(hash + 1)
    .split("/")
    .slice(1))
    schema = (schema as Record<string, unknown>)[token.replaceAll("~1", "/").replaceAll("~0", "~")];
  return schema as Schema;
}

const isType = (type: string, value: unknown): boolean => {
  switch (type) {
    case "null":
      return value === null;
    case "array":
      return Array.isArray(value);
    case "object":
      return isObject(value);
    case "integer":
      return Number.isInteger(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    default:
      return typeof value === type;
  }
};

/** The verdict of JSON Schema 2020-12 on a JSON value. */
export function evaluate(schema: Schema, value: unknown, seen: Seen = nothing()): boolean {
  if (typeof schema === "boolean") return schema;
  const s = schema as Record<string, never>;
  const mine = nothing();
  const valid =
    scalar(s, value) &&
    combined(s, value, mine) &&
    (!Array.isArray(value) || list(s, value, mine)) &&
    (!isObject(value) || record(s, value, mine));
  if (valid) {
    for (const name of mine.names) seen.names.add(name);
    for (const index of mine.items) seen.items.add(index);
  }
  return valid;
}

function scalar(s: Record<string, never>, value: unknown): boolean {
  if ("type" in s && ![s.type as string | string[]].flat().some((type) => isType(type, value))) return false;
  if ("const" in s && canonical(s.const) !== canonical(value)) return false;
  if ("enum" in s) {
    const text = canonical(value);
    if (!(s.enum as unknown[]).some((one) => canonical(one) === text)) return false;
  }
  if (typeof value === "number")
    return (
      !(value < s.minimum!) &&
      !(value > s.maximum!) &&
      !(value <= s.exclusiveMinimum!) &&
      !(value >= s.exclusiveMaximum!) &&
      (!("multipleOf" in s) || Number.isInteger(value / s.multipleOf!))
    );
  if (typeof value !== "string") return true;
  if ("minLength" in s && lengthOf(value) < s.minLength!) return false;
  if ("maxLength" in s && lengthOf(value) > s.maxLength!) return false;
  if ("pattern" in s && !patternOf(s.pattern!).test(value)) return false;
  return !("format" in s) || isFormat(s.format!, value);
}

function combined(s: Record<string, never>, value: unknown, mine: Seen): boolean {
  const holds = (schema: Schema) => evaluate(schema, value, mine);
  // All alternatives are tried, because each that holds speaks about members of its own.
  const holding = (schemas: Schema[]) => schemas.filter((schema) => holds(schema)).length;
  if ("$ref" in s && !holds(referred(s.$ref!))) return false;
  if ("allOf" in s && holding(s.allOf!) < (s.allOf as Schema[]).length) return false;
  if ("anyOf" in s && holding(s.anyOf!) === 0) return false;
  if ("oneOf" in s && holding(s.oneOf!) !== 1) return false;
  if ("not" in s && evaluate(s.not!, value)) return false;
  if ("if" in s) {
    const branch = holds(s.if!) ? "then" : "else";
    if (branch in s && !holds(s[branch]!)) return false;
  }
  return true;
}

function list(s: Record<string, never>, items: readonly unknown[], mine: Seen): boolean {
  if (items.length < s.minItems! || items.length > s.maxItems!) return false;
  if (s.uniqueItems === (true as never) && new Set(items.map(canonical)).size < items.length) return false;
  const prefix = ("prefixItems" in s ? s.prefixItems : []) as Schema[];
  for (const [index, item] of items.entries()) {
    const schema = prefix[index] ?? s.items;
    if (schema === undefined) continue;
    if (!evaluate(schema, item)) return false;
    mine.items.add(index);
  }
  if ("contains" in s) {
    const found = [...items.keys()].filter((index) => evaluate(s.contains!, items[index]));
    if (found.length < (s.minContains ?? 1) || found.length > (s.maxContains ?? Number.POSITIVE_INFINITY))
      return false;
    for (const index of found) mine.items.add(index);
  }
  if ("unevaluatedItems" in s)
    for (const [index, item] of items.entries()) {
      if (mine.items.has(index)) continue;
      if (!evaluate(s.unevaluatedItems!, item)) return false;
      mine.items.add(index);
    }
  return true;
}

function record(s: Record<string, never>, value: Record<string, unknown>, mine: Seen): boolean {
  const names = Object.keys(value);
  const has = (name: string) => Object.hasOwn(value, name);
  if (names.length < s.minProperties! || names.length > s.maxProperties!) return false;
  if ("required" in s && !(s.required as string[]).every(has)) return false;
  for (const [name, needed] of Object.entries((s.dependentRequired ?? {}) as Record<string, string[]>))
    if (has(name) && !needed.every(has)) return false;
  for (const [name, schema] of Object.entries((s.dependentSchemas ?? {}) as Record<string, Schema>))
    if (has(name) && !evaluate(schema, value, mine)) return false;
  const properties = (s.properties ?? {}) as Record<string, Schema>;
  const matching = Object.entries((s.patternProperties ?? {}) as Record<string, Schema>);
  for (const name of names) {
    if ("propertyNames" in s && !evaluate(s.propertyNames!, name)) return false;
    const judges = matching.filter(([source]) => patternOf(source).test(name)).map(([, schema]) => schema);
    if (Object.hasOwn(properties, name)) judges.push(properties[name]!);
    if (judges.length === 0 && "additionalProperties" in s) judges.push(s.additionalProperties!);
    if (!judges.every((schema) => evaluate(schema, value[name]))) return false;
    if (judges.length > 0) mine.names.add(name);
  }
  if ("unevaluatedProperties" in s)
    for (const name of names) {
      if (mine.names.has(name)) continue;
      if (!evaluate(s.unevaluatedProperties!, value[name])) return false;
      mine.names.add(name);
    }
  return true;
}
