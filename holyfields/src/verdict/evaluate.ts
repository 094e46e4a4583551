/**
 * An evaluator of JSON Schema 2020-12, for what no type can say and ajv gets wrong. It refers to nothing: the
 * generators copy this file into the TypeScript that they make, and `templates/python/runtime.py` says the same.
 */

export type Schema = boolean | { readonly [keyword: string]: unknown };

/** @public Used by the generated runtime. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Equal values have equal texts: members sorted, `1.0` as `1`, `-0` as `0`. @public */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (isObject(value))
    return `{${Object.keys(value)
      .sort()
      .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
      .join(",")}}`;
  return value === 0 ? "0" : (JSON.stringify(value) ?? "null");
}

/** In code points. @public */
export const lengthOf = (text: string): number => {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
};

/** The quotient of a whole factor may be rounded to a whole number; the remainder never is. @public */
export const isMultiple = (value: number, factor: number): boolean =>
  Number.isInteger(factor) ? value % factor === 0 : Number.isInteger(value / factor);

const patterns = new Map<string, RegExp>();
/** @public */
export const patternOf = (source: string): RegExp => {
  const known = patterns.get(source);
  if (known !== undefined) return known;
  const made = new RegExp(source, "u");
  patterns.set(source, made);
  return made;
};

/** Which members and items a schema has spoken about, for `unevaluatedProperties` and `unevaluatedItems`. */
export interface Seen {
  readonly names: Set<string>;
  readonly items: Set<number>;
}

/** What a schema does not say itself. */
export interface World {
  /** The schema file of an `$id`. */
  schemas(id: string): unknown;
  /** Whether a text is of a format; every text is of one that nobody knows. */
  isFormat(name: string, text: string): boolean;
}

export const nothing = (): Seen => ({ names: new Set(), items: new Set() });

function referred(ref: string, { schemas }: World): Schema {
  const hash = ref.indexOf("#");
  let schema = schemas(ref.slice(0, hash));
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

/** The verdict of JSON Schema 2020-12 on a JSON value. Every `$ref` is absolute. `seen` is what a valid value was judged by. */
export function evaluate(schema: Schema, value: unknown, world: World, seen: Seen = nothing()): boolean {
  if (typeof schema === "boolean") return schema;
  const s = schema as Record<string, never>;
  const mine = nothing();
  const valid =
    scalar(s, value, world) &&
    combined(s, value, world, mine) &&
    (!Array.isArray(value) || list(s, value, world, mine)) &&
    (!isObject(value) || record(s, value, world, mine));
  if (valid) {
    for (const name of mine.names) seen.names.add(name);
    for (const index of mine.items) seen.items.add(index);
  }
  return valid;
}

function scalar(s: Record<string, never>, value: unknown, world: World): boolean {
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
      (!("multipleOf" in s) || isMultiple(value, s.multipleOf!))
    );
  if (typeof value !== "string") return true;
  if ("minLength" in s && lengthOf(value) < s.minLength!) return false;
  if ("maxLength" in s && lengthOf(value) > s.maxLength!) return false;
  if ("pattern" in s && !patternOf(s.pattern!).test(value)) return false;
  return !("format" in s) || world.isFormat(s.format!, value);
}

function combined(s: Record<string, never>, value: unknown, world: World, mine: Seen): boolean {
  const holds = (schema: Schema) => evaluate(schema, value, world, mine);
  // All alternatives are tried, because each that holds speaks about members of its own.
  const holding = (schemas: Schema[]) => schemas.filter((schema) => holds(schema)).length;
  if ("$ref" in s && !holds(referred(s.$ref!, world))) return false;
  if ("allOf" in s && holding(s.allOf!) < (s.allOf as Schema[]).length) return false;
  if ("anyOf" in s && holding(s.anyOf!) === 0) return false;
  if ("oneOf" in s && holding(s.oneOf!) !== 1) return false;
  if ("not" in s && evaluate(s.not!, value, world)) return false;
  if ("if" in s) {
    const branch = holds(s.if!) ? "then" : "else";
    if (branch in s && !holds(s[branch]!)) return false;
  }
  return true;
}

function list(s: Record<string, never>, items: readonly unknown[], world: World, mine: Seen): boolean {
  if (items.length < s.minItems! || items.length > s.maxItems!) return false;
  if (s.uniqueItems === (true as never) && new Set(items.map(canonical)).size < items.length) return false;
  const prefix = ("prefixItems" in s ? s.prefixItems : []) as Schema[];
  for (const [index, item] of items.entries()) {
    const schema = prefix[index] ?? s.items;
    if (schema === undefined) continue;
    if (!evaluate(schema, item, world)) return false;
    mine.items.add(index);
  }
  if ("contains" in s) {
    const found = [...items.keys()].filter((index) => evaluate(s.contains!, items[index], world));
    if (found.length < (s.minContains ?? 1) || found.length > (s.maxContains ?? Number.POSITIVE_INFINITY))
      return false;
    for (const index of found) mine.items.add(index);
  }
  if ("unevaluatedItems" in s)
    for (const [index, item] of items.entries()) {
      if (mine.items.has(index)) continue;
      if (!evaluate(s.unevaluatedItems!, item, world)) return false;
      mine.items.add(index);
    }
  return true;
}

function record(s: Record<string, never>, value: Record<string, unknown>, world: World, mine: Seen): boolean {
  const names = Object.keys(value);
  const has = (name: string) => Object.hasOwn(value, name);
  if (names.length < s.minProperties! || names.length > s.maxProperties!) return false;
  if ("required" in s && !(s.required as string[]).every(has)) return false;
  for (const [name, needed] of Object.entries((s.dependentRequired ?? {}) as Record<string, string[]>))
    if (has(name) && !needed.every(has)) return false;
  for (const [name, schema] of Object.entries((s.dependentSchemas ?? {}) as Record<string, Schema>))
    if (has(name) && !evaluate(schema, value, world, mine)) return false;
  const properties = (s.properties ?? {}) as Record<string, Schema>;
  const matching = Object.entries((s.patternProperties ?? {}) as Record<string, Schema>);
  for (const name of names) {
    if ("propertyNames" in s && !evaluate(s.propertyNames!, name, world)) return false;
    const judges = matching.filter(([source]) => patternOf(source).test(name)).map(([, schema]) => schema);
    if (Object.hasOwn(properties, name)) judges.push(properties[name]!);
    if (judges.length === 0 && "additionalProperties" in s) judges.push(s.additionalProperties!);
    if (!judges.every((schema) => evaluate(schema, value[name], world))) return false;
    if (judges.length > 0) mine.names.add(name);
  }
  if ("unevaluatedProperties" in s)
    for (const name of names) {
      if (mine.names.has(name)) continue;
      if (!evaluate(s.unevaluatedProperties!, value[name], world)) return false;
      mine.names.add(name);
    }
  return true;
}
