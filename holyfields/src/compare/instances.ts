/**
 * Values that satisfy a schema: one to start from, and others near its edges. They are proposals: whoever shows one
 * to a person has checked it with ajv.
 */
import { isObject } from "../json/value.js";
import { textFromPattern } from "../schema/text-from-pattern.js";
import { type All, type Conjunction, itemAll, memberAll, type NormalForms } from "./normal-form.js";

const FORMAT_SAMPLES: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T09:00:00Z",
  date: "2026-01-31",
  time: "09:00:00Z",
  duration: "PT1H",
  uuid: "0190f5c4-7b1e-7c3a-8f00-000000000000",
  email: "zoe@example.com",
  hostname: "example.com",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  uri: "https://example.com/a",
  "uri-reference": "/a",
  "json-pointer": "/a",
};

const DEEPEST = 12;

export type Accepts = (all: All, value: unknown) => boolean;

export class Instances {
  readonly #forms: NormalForms;
  readonly #accepts: Accepts;

  constructor(forms: NormalForms, accepts: Accepts) {
    this.#forms = forms;
    this.#accepts = accepts;
  }

  /** One value that all these schemas accept, or undefined where none was found. */
  one(all: All, depth = 0): { readonly value: unknown } | undefined {
    if (depth > DEEPEST) return undefined;
    for (const { schema } of all)
      if (isObject(schema))
        for (const example of [
          ...((schema.examples as unknown[]) ?? []),
          ...("default" in schema ? [schema.default] : []),
        ])
          if (this.#accepts(all, example)) return { value: example };
    // Strings say most to a reader; null says least.
    const preference = ["object", "string", "number", "array", "boolean", "null"];
    const union = [...this.#forms.of(all)].sort(
      (a, b) => preference.indexOf(a.kind) - preference.indexOf(b.kind),
    );
    for (const conjunction of union)
      for (const value of this.of(conjunction, depth)) if (this.#accepts(all, value)) return { value };
    return undefined;
  }

  /** Values of one conjunction, likely ones first; without its conditions. */
  *of(c: Conjunction, depth = 0): Generator<unknown> {
    if (c.values !== undefined) {
      yield* c.values;
      return;
    }
    switch (c.kind) {
      case "number":
        yield* numbersOf(c);
        break;
      case "string":
        yield* textsOf(c);
        break;
      case "array":
        yield* this.#arraysOf(c, depth);
        break;
      case "object":
        yield* this.#objectsOf(c, depth);
        break;
      default:
    }
  }

  *#arraysOf(c: Conjunction, depth: number): Generator<unknown[]> {
    const lengths = [
      c.sizeFrom?.value ?? 0,
      (c.sizeFrom?.value ?? 0) + 1,
      1,
      2,
      ...(c.sizeTo ? [c.sizeTo.value] : []),
    ];
    for (const length of new Set(lengths)) {
      if (length > 200) continue;
      const items: unknown[] = [];
      for (let index = 0; index < length; index += 1) {
        const found = this.#distinct(itemAll(c, index), c.unique === undefined ? 0 : index, depth);
        if (found === undefined) break;
        items.push(found.value);
      }
      if (items.length === length) yield items;
    }
  }

  /** The n-th value of a schema, so that the items of a set differ. */
  #distinct(all: All, n: number, depth: number): { readonly value: unknown } | undefined {
    if (n === 0) return this.one(all, depth + 1);
    const found: unknown[] = [];
    for (const conjunction of this.#forms.of(all))
      for (const value of this.of(conjunction, depth + 1)) {
        if (this.#accepts(all, value)) found.push(value);
        if (found.length > n) return { value: found[n] };
      }
    const text = `${String(found[0] ?? "a")}${n}`;
    return this.#accepts(all, text) ? { value: text } : this.#accepts(all, n) ? { value: n } : undefined;
  }

  *#objectsOf(c: Conjunction, depth: number): Generator<Record<string, unknown>> {
    const declared = [...new Set(c.objects.flatMap(({ properties }) => [...properties.keys()]))];
    const member = (name: string) => this.one(memberAll(c, name), depth + 1);
    const minimal: Record<string, unknown> = {};
    for (const name of c.required.keys()) {
      const found = member(name);
      if (found === undefined) return;
      set(minimal, name, found.value);
    }
    const optional = declared.filter((name) => !c.required.has(name));
    for (const name of optional) {
      if (Object.keys(minimal).length >= (c.sizeFrom?.value ?? 0)) break;
      const found = member(name);
      if (found !== undefined) set(minimal, name, found.value);
    }
    for (let n = 1; Object.keys(minimal).length < (c.sizeFrom?.value ?? 0) && n < 200; n += 1) {
      const found = member(`member${n}`);
      if (found !== undefined) set(minimal, `member${n}`, found.value);
    }
    yield minimal;
    if (depth > 4) return;
    const full = { ...minimal };
    for (const name of optional) {
      const found = member(name);
      if (found === undefined) continue;
      yield withMember(minimal, name, found.value);
      set(full, name, found.value);
    }
    yield full;
    for (const name of optional) {
      const { [name]: _, ...rest } = full;
      yield rest;
    }
    // Every value of members that have few: what conditions turn on.
    for (const name of declared)
      for (const { values } of this.#forms.of(memberAll(c, name)))
        for (const value of values ?? []) {
          yield withMember(minimal, name, value);
          yield withMember(full, name, value);
        }
  }
}

export const set = (object: Record<string, unknown>, name: string, value: unknown): void => {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
};

export const withMember = (object: object, name: string, value: unknown): Record<string, unknown> => {
  const copy: Record<string, unknown> = { ...object };
  set(copy, name, value);
  return copy;
};

export function* numbersOf(c: Conjunction): Generator<number> {
  const step = c.multiples.reduce((all, { value }) => lcm(all, value), c.integer === undefined ? 0 : 1);
  const edges = [c.least?.value, c.most?.value, c.above?.value, c.below?.value].filter(
    (n) => n !== undefined,
  );
  const grid = (n: number) => (step === 0 ? [n] : [Math.ceil(n / step) * step, Math.floor(n / step) * step]);
  const near = step === 0 ? 0.5 : step;
  const found = new Set<number>();
  for (const n of [
    0,
    1,
    ...edges.flatMap((edge) => [edge, edge + near, edge - near]),
    step,
    -1,
    0.5,
    1.5,
    1000,
    -1000,
  ])
    for (const candidate of grid(n)) found.add(candidate === 0 ? 0 : candidate);
  for (const n of found)
    if (
      !(n < (c.least?.value ?? n)) &&
      !(n > (c.most?.value ?? n)) &&
      (c.above === undefined || n > c.above.value) &&
      (c.below === undefined || n < c.below.value)
    )
      yield n;
}

function lcm(a: number, b: number): number {
  if (a === 0 || b === 0 || !Number.isInteger(a) || !Number.isInteger(b)) return a || b;
  const gcd = (x: number, y: number): number => (y === 0 ? x : gcd(y, x % y));
  return Math.abs(a * b) / gcd(a, b);
}

export function* textsOf(c: Conjunction): Generator<string> {
  const proposals = [
    ...[...c.formats.keys()].map((format) => FORMAT_SAMPLES[format] ?? "a"),
    ...[...c.patterns.keys()].flatMap((pattern) => [
      textFromPattern(pattern),
      textFromPattern(pattern, 1),
      textFromPattern(pattern, 8),
    ]),
  ];
  if (c.formats.size + c.patterns.size === 0) proposals.push("a", "", "b", "A", "0", " ", "ab", "é");
  const least = c.sizeFrom?.value ?? 0;
  const most = c.sizeTo?.value ?? Number.POSITIVE_INFINITY;
  const lengths = [least, ...(Number.isFinite(most) ? [most] : [])].filter((n) => n <= 10_000);
  for (const text of new Set([...proposals, ...lengths.map((n) => "a".repeat(n))])) {
    const length = [...text].length;
    if (length > most) continue;
    yield length < least ? text + (text.at(-1) ?? "a").repeat(least - length) : text;
  }
}
