/**
 * A schema as a union of conjunctions, each about one kind of value. Keywords that say something about one value
 * at a time become bounds and facets; the rest (`not`, `if`, `contains`, …) is kept as conditions, of which
 * `implication.ts` says what implies them. Nothing is lost: a conjunction says what its schemas say, or more loosely
 * with its conditions beside it.
 */

import { escapeToken } from "../json/pointer.js";
import { canonical, isObject } from "../json/value.js";
import { embed } from "../schema/embed.js";
import type { Located, SchemaFile, SchemaSet } from "../schema/schema-set.js";
import { subschemas } from "../schema/walk.js";

/** Several schemas that must all hold of a value. None: anything. */
export type All = readonly Located[];

export const KINDS = ["null", "boolean", "number", "string", "array", "object"] as const;
export type Kind = (typeof KINDS)[number];

const kindOf = (value: unknown): Kind =>
  value === null ? "null" : Array.isArray(value) ? "array" : (typeof value as Kind);

/** A number with the place that demands it. */
export interface Limit {
  readonly value: number;
  readonly pointer: string;
}

/** What one schema says about members. */
export interface ObjectFacet {
  readonly properties: ReadonlyMap<string, Located>;
  readonly patterns: ReadonlyMap<string, Located>;
  readonly additional: Located | undefined;
}

/** What one schema says about items. */
export interface ArrayFacet {
  readonly prefix: readonly Located[];
  readonly items: Located | undefined;
}

/** A keyword that no bound and no facet says. */
export interface Condition {
  readonly keyword: string;
  readonly pointer: string;
  /** The schema that it stands in. */
  readonly at: Located;
  /** The same for conditions that say the same, in two files as well. */
  readonly text: string;
}

export interface Conjunction {
  readonly kind: Kind;
  /** The schemas that it came from. */
  readonly pointer: string;
  /** The only values, where there are finitely many. */
  readonly values: readonly unknown[] | undefined;
  readonly valuesAt: string;
  readonly integer: string | undefined;
  readonly least: Limit | undefined;
  readonly most: Limit | undefined;
  readonly above: Limit | undefined;
  readonly below: Limit | undefined;
  readonly multiples: readonly Limit[];
  /** Length, items or members. */
  readonly sizeFrom: Limit | undefined;
  readonly sizeTo: Limit | undefined;
  readonly patterns: ReadonlyMap<string, string>;
  readonly formats: ReadonlyMap<string, string>;
  readonly unique: string | undefined;
  readonly required: ReadonlyMap<string, string>;
  readonly objects: readonly ObjectFacet[];
  readonly arrays: readonly ArrayFacet[];
  /** By their text. */
  readonly conditions: ReadonlyMap<string, Condition>;
}

const fresh = (kind: Kind, pointer: string): Conjunction => ({
  kind,
  pointer,
  values: kind === "null" ? [null] : kind === "boolean" ? [true, false] : undefined,
  valuesAt: pointer,
  integer: undefined,
  least: undefined,
  most: undefined,
  above: undefined,
  below: undefined,
  multiples: [],
  sizeFrom: undefined,
  sizeTo: undefined,
  patterns: new Map(),
  formats: new Map(),
  unique: undefined,
  required: new Map(),
  objects: [],
  arrays: [],
  conditions: new Map(),
});

const CONDITIONS: Readonly<Record<string, Kind | "any">> = {
  not: "any",
  contains: "array",
  unevaluatedItems: "array",
  propertyNames: "object",
  unevaluatedProperties: "object",
  dependentRequired: "object",
  dependentSchemas: "object",
};

const SIZES: Partial<Record<Kind, readonly [string, string]>> = {
  string: ["minLength", "maxLength"],
  array: ["minItems", "maxItems"],
  object: ["minProperties", "maxProperties"],
};

/** Alternatives beyond this many are kept as a condition. */
const MOST_CONJUNCTIONS = 128;

const larger = (a: Limit | undefined, b: Limit | undefined) =>
  a && b ? (b.value > a.value ? b : a) : (a ?? b);
const smaller = (a: Limit | undefined, b: Limit | undefined) =>
  a && b ? (b.value < a.value ? b : a) : (a ?? b);
const added = <T>(map: ReadonlyMap<string, T>, key: string, value: T) =>
  map.has(key) ? map : new Map(map).set(key, value);

/** A schema inside another. */
export const below = (at: Located, pointer: string, schema: unknown): Located => ({
  file: at.file,
  pointer: at.pointer + pointer,
  schema: schema as boolean,
});

export class NormalForms {
  readonly #schemas: SchemaSet;
  readonly #known = new Map<string, readonly Conjunction[]>();

  constructor(schemas: SchemaSet) {
    this.#schemas = schemas;
  }

  /** The union that all these schemas together are. */
  of(all: All): readonly Conjunction[] {
    const key = keyOfAll(all);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    let union = KINDS.map((kind) => fresh(kind, all[0]?.pointer ?? ""));
    for (const at of all) union = union.flatMap((conjunction) => this.#restrict(conjunction, at));
    this.#known.set(key, union);
    return union;
  }

  #restrict(conjunction: Conjunction, at: Located): Conjunction[] {
    const { schema } = at;
    if (schema === true) return [conjunction];
    if (schema === false || !isObject(schema)) return [];
    let own = this.#keywords(conjunction, at, schema);
    if (own === undefined) return [];
    own = this.#conditions(own, at, schema);
    let union: Conjunction[] = [own];
    const through = (parts: readonly Located[]) => {
      for (const part of parts) union = union.flatMap((one) => this.#restrict(one, part));
    };
    if (typeof schema.$ref === "string") {
      const target = this.#schemas.resolve(at.file, schema.$ref);
      if (target !== undefined) through([target]);
    }
    if (Array.isArray(schema.allOf)) through(schema.allOf.map((part, i) => below(at, `/allOf/${i}`, part)));
    for (const keyword of ["anyOf", "oneOf"] as const) {
      const options = schema[keyword];
      if (!Array.isArray(options)) continue;
      const parts = options.map((option, i) => below(at, `/${keyword}/${i}`, option));
      const split = union.flatMap((one) => parts.flatMap((part) => this.#restrict(one, part)));
      const exact = keyword === "anyOf" || this.#disjoint(parts, conjunction.kind);
      const tooMany = split.length > MOST_CONJUNCTIONS;
      const parted = tooMany ? union : split;
      if (exact && !tooMany) union = parted;
      else {
        const condition = this.#condition(at, keyword, options);
        union = parted.map((one) => ({
          ...one,
          conditions: added(one.conditions, condition.text, condition),
        }));
      }
    }
    return union;
  }

  #keywords(c: Conjunction, at: Located, schema: Record<string, unknown>): Conjunction | undefined {
    const place = (keyword: string) => `${at.pointer}/${keyword}`;
    const limit = (keyword: string): Limit | undefined =>
      typeof schema[keyword] === "number"
        ? { value: schema[keyword] as number, pointer: place(keyword) }
        : undefined;
    let out: Conjunction = c;
    if (schema.not === true || (isObject(schema.not) && Object.keys(schema.not).length === 0))
      return undefined;
    if (schema.type !== undefined) {
      const types = [schema.type].flat() as string[];
      const whole = c.kind === "number" && types.includes("integer") && !types.includes("number");
      if (!types.includes(c.kind) && !whole) return undefined;
      if (whole) out = { ...out, integer: out.integer ?? place("type") };
    }
    for (const keyword of ["const", "enum"] as const) {
      if (!(keyword in schema)) continue;
      const admitted = (keyword === "const" ? [schema.const] : (schema.enum as unknown[])).filter(
        (value) => kindOf(value) === c.kind,
      );
      const texts = new Set(admitted.map(canonical));
      const values =
        out.values === undefined ? admitted : out.values.filter((value) => texts.has(canonical(value)));
      if (values.length === 0) return undefined;
      out = { ...out, values, valuesAt: place(keyword) };
    }
    const [from, to] = SIZES[c.kind] ?? [];
    if (from !== undefined && to !== undefined)
      out = { ...out, sizeFrom: larger(out.sizeFrom, limit(from)), sizeTo: smaller(out.sizeTo, limit(to)) };
    switch (c.kind) {
      case "number": {
        const factor = limit("multipleOf");
        out = {
          ...out,
          least: larger(out.least, limit("minimum")),
          most: smaller(out.most, limit("maximum")),
          above: larger(out.above, limit("exclusiveMinimum")),
          below: smaller(out.below, limit("exclusiveMaximum")),
          multiples: factor === undefined ? out.multiples : [...out.multiples, factor],
        };
        break;
      }
      case "string":
        if (typeof schema.pattern === "string")
          out = { ...out, patterns: added(out.patterns, schema.pattern, place("pattern")) };
        if (typeof schema.format === "string")
          out = { ...out, formats: added(out.formats, schema.format, place("format")) };
        break;
      case "array":
        out = {
          ...out,
          unique: schema.uniqueItems === true ? (out.unique ?? place("uniqueItems")) : out.unique,
          arrays: [...out.arrays, ...arrayFacet(at, schema)],
        };
        break;
      case "object":
        for (const name of (schema.required ?? []) as string[])
          out = { ...out, required: added(out.required, name, place("required")) };
        out = { ...out, objects: [...out.objects, ...objectFacet(at, schema)] };
        break;
      default:
    }
    return isEmpty(out) ? undefined : out;
  }

  #conditions(c: Conjunction, at: Located, schema: Record<string, unknown>): Conjunction {
    let { conditions } = c;
    const add = (keyword: string, said: unknown) => {
      const condition = this.#condition(at, keyword, said);
      conditions = added(conditions, condition.text, condition);
    };
    for (const [keyword, kind] of Object.entries(CONDITIONS)) {
      if (!(keyword in schema) || (kind !== "any" && kind !== c.kind)) continue;
      // What is evaluated depends on everything beside it.
      add(
        keyword,
        keyword.startsWith("unevaluated") ? schema : pick(schema, keyword, "minContains", "maxContains"),
      );
    }
    if ("if" in schema && ("then" in schema || "else" in schema))
      add("if", pick(schema, "if", "then", "else"));
    return conditions === c.conditions ? c : { ...c, conditions };
  }

  /** With all that it refers to in its text: equal texts say the same, also in two files. */
  #condition(at: Located, keyword: string, said: unknown): Condition {
    const referred = new Map<string, unknown>();
    const anonymous = (file: SchemaFile) => (file === at.file ? "" : file.id);
    const follow = (file: SchemaFile, schema: unknown) => {
      for (const { schema: one } of subschemas(schema)) {
        const target = typeof one.$ref === "string" ? this.#schemas.resolve(file, one.$ref) : undefined;
        if (target === undefined) continue;
        const id = anonymous(target.file);
        if (referred.has(`${id}#${target.pointer}`)) continue;
        referred.set(`${id}#${target.pointer}`, embed(target.schema, { id }));
        follow(target.file, target.schema);
      }
    };
    for (const one of [said].flat()) follow(at.file, one);
    const own = [said].flat().map((one) => embed(one, { id: "" }));
    const all = [...referred].sort(([a], [b]) => (a < b ? -1 : 1));
    return { keyword, pointer: `${at.pointer}/${keyword}`, at, text: canonical([keyword, own, all]) };
  }

  /** No value of this kind fits two of the alternatives, as far as can be seen from kinds, values and tags. */
  #disjoint(parts: readonly Located[], kind: Kind): boolean {
    const unions = parts.map((part) => this.of([part]).filter((one) => one.kind === kind));
    return unions.every((a, i) =>
      unions.slice(i + 1).every((b) => a.every((one) => b.every((other) => this.#apart(one, other)))),
    );
  }

  #apart(a: Conjunction, b: Conjunction): boolean {
    if (a.values !== undefined && b.values !== undefined) {
      const texts = new Set(a.values.map(canonical));
      return !b.values.some((value) => texts.has(canonical(value)));
    }
    if (a.kind !== "object") return false;
    return [...a.required.keys()].some((name) => {
      if (!b.required.has(name)) return false;
      const tag = (one: Conjunction) =>
        this.of(memberAll(one, name)).flatMap(({ values }) => values ?? [undefined]);
      const [left, right] = [tag(a), tag(b)];
      const texts = new Set(left.map(canonical));
      return (
        left.length > 0 &&
        right.length > 0 &&
        ![...left, ...right].includes(undefined) &&
        !right.some((value) => texts.has(canonical(value)))
      );
    });
  }
}

export const keyOfAll = (all: All): string => all.map((at) => `${at.file.id}#${at.pointer}`).join(" ");

const pick = (schema: Record<string, unknown>, ...names: string[]) =>
  Object.fromEntries(names.filter((name) => name in schema).map((name) => [name, schema[name]]));

function arrayFacet(at: Located, schema: Record<string, unknown>): ArrayFacet[] {
  if (!("items" in schema) && !("prefixItems" in schema)) return [];
  const prefix = Array.isArray(schema.prefixItems) ? schema.prefixItems : [];
  return [
    {
      prefix: prefix.map((one, i) => below(at, `/prefixItems/${i}`, one)),
      items: "items" in schema ? below(at, "/items", schema.items) : undefined,
    },
  ];
}

function objectFacet(at: Located, schema: Record<string, unknown>): ObjectFacet[] {
  if (!("properties" in schema) && !("patternProperties" in schema) && !("additionalProperties" in schema))
    return [];
  const map = (keyword: string) =>
    new Map(
      Object.entries((schema[keyword] ?? {}) as object).map(([name, one]) => [
        name,
        below(at, `/${keyword}/${escapeToken(name)}`, one),
      ]),
    );
  return [
    {
      properties: map("properties"),
      patterns: map("patternProperties"),
      additional:
        "additionalProperties" in schema
          ? below(at, "/additionalProperties", schema.additionalProperties)
          : undefined,
    },
  ];
}

/** Nothing can satisfy it. */
function isEmpty(c: Conjunction): boolean {
  if (c.sizeFrom && c.sizeTo && c.sizeFrom.value > c.sizeTo.value) return true;
  const low = Math.max(
    c.least?.value ?? Number.NEGATIVE_INFINITY,
    c.above?.value ?? Number.NEGATIVE_INFINITY,
  );
  const high = Math.min(
    c.most?.value ?? Number.POSITIVE_INFINITY,
    c.below?.value ?? Number.POSITIVE_INFINITY,
  );
  if (low > high || (low === high && (c.above?.value === low || c.below?.value === high))) return true;
  if (c.integer === undefined || !Number.isFinite(low) || !Number.isFinite(high)) return false;
  const first = c.above?.value === low ? Math.floor(low) + 1 : Math.ceil(low);
  const last = c.below?.value === high ? Math.ceil(high) - 1 : Math.floor(high);
  return first > last;
}

/** Everything that must hold of the member of that name. */
export const memberAll = (c: Conjunction, name: string): Located[] =>
  c.objects.flatMap((facet) => {
    const own = facet.properties.get(name);
    const matched = [...facet.patterns]
      .filter(([source]) => new RegExp(source, "u").test(name))
      .map(([, at]) => at);
    const found = own === undefined ? matched : [own, ...matched];
    return found.length > 0 ? found : facet.additional === undefined ? [] : [facet.additional];
  });

/** Everything that must hold of a member that nobody names and no pattern matches. */
export const otherAll = (c: Conjunction): Located[] =>
  c.objects.flatMap(({ additional }) => (additional === undefined ? [] : [additional]));

/** Everything that must hold of the item at that index. */
export const itemAll = (c: Conjunction, index: number): Located[] =>
  c.arrays.flatMap(({ prefix, items }) => {
    const at = prefix[index] ?? items;
    return at === undefined ? [] : [at];
  });
