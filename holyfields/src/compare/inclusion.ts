/**
 * Does one schema accept everything that another does? A proof by structure: where it fails, it says at which
 * place and proposes values that would show it.
 *
 * Sound: no obstacle means that the inclusion holds. Not complete: an obstacle for which no proposal stands ajv's
 * test leaves the question open.
 */
import { canonical, shown } from "../json/value.js";
import type { Located, SchemaFile } from "../schema/schema-set.js";
import { textFromPattern } from "../schema/text-from-pattern.js";
import type { CompatibilityPolicy } from "../tools/contract.js";
import { type Instances, numbersOf, set, textsOf, withMember } from "./instances.js";
import {
  type All,
  type Conjunction,
  itemAll,
  keyOfAll,
  type Limit,
  memberAll,
  type NormalForms,
  otherAll,
} from "./normal-form.js";

/** A reason why the inclusion may not hold. */
export interface Obstacle {
  readonly rule: string;
  /** In the narrower schema. */
  readonly pointer: string;
  readonly message: string;
  /** Values of the place under question that may show it. */
  readonly proposals: () => Iterable<unknown>;
}

export interface Side {
  readonly forms: NormalForms;
  readonly instances: Instances;
  readonly accepts: (all: All, value: unknown) => boolean;
}

const PROPOSALS = 40;

function* first<T>(values: Iterable<T>, most: number): Generator<T> {
  let n = 0;
  for (const value of values) {
    if (n >= most) return;
    n += 1;
    yield value;
  }
}

export class Inclusion {
  readonly #wide: Side;
  readonly #narrow: Side;
  readonly #policy: CompatibilityPolicy;
  /** Pairs that are proven or being proven: a recursive schema meets itself again. */
  readonly #assumed = new Set<string>();

  /** `wide` is what must be accepted, `narrow` what must accept it. */
  constructor(wide: Side, narrow: Side, policy: CompatibilityPolicy) {
    this.#wide = wide;
    this.#narrow = narrow;
    this.#policy = policy;
  }

  obstacles(a: All, b: All, path = ""): readonly Obstacle[] {
    const key = `${keyOfAll(a)} ⊆ ${keyOfAll(b)}`;
    if (this.#assumed.has(key)) return [];
    this.#assumed.add(key);
    const wide = this.#wide.forms.of(a);
    const narrow = this.#narrow.forms.of(b);
    const found = wide.flatMap((one) => this.#anyOf(one, narrow, a, b, path));
    if (found.length > 0) this.#assumed.delete(key);
    return unique(found);
  }

  /** One conjunction against a union: by the member that fits best. */
  #anyOf(one: Conjunction, union: readonly Conjunction[], a: All, b: All, path: string): readonly Obstacle[] {
    if (one.values !== undefined) return this.#values(one, a, b, path);
    const rivals = union.filter(({ kind }) => kind === one.kind);
    const at = b[0]?.pointer ?? "";
    if (rivals.length === 0)
      return [
        {
          rule: "TYPE_NARROWED",
          pointer: at,
          message: `${place(path)} could be ${article(one.kind)}, and may not be any more`,
          proposals: () => first(this.#wide.instances.of(one), PROPOSALS),
        },
      ];
    let best: readonly Obstacle[] | undefined;
    const all: Obstacle[] = [];
    for (const other of rivals) {
      const found = this.#one(one, other, path);
      if (found.length === 0) return [];
      all.push(...found);
      if (best === undefined || found.length < best.length) best = found;
    }
    if (rivals.length > 1 && best !== undefined) {
      const parts = this.#split(one);
      if (parts !== undefined) return parts.flatMap((part) => this.#anyOf(part, union, a, b, path));
      const merged = best[0]!;
      return [
        {
          rule: "ALTERNATIVES_NARROWED",
          pointer: at,
          message: `no alternative takes all that ${place(path)} could be: ${merged.message}`,
          proposals: function* () {
            // In turn: what refutes one alternative may fit another.
            for (const obstacle of all) yield* first(obstacle.proposals(), PROPOSALS);
          },
        },
      ];
    }
    return best ?? [];
  }

  /**
   * An object whose tag has several values, as one object for each: each may fit another alternative. Undefined
   * where no required member has a few values.
   */
  #split(one: Conjunction): readonly Conjunction[] | undefined {
    if (one.kind !== "object") return undefined;
    for (const name of one.required.keys()) {
      const union = this.#wide.forms.of(memberAll(one, name));
      const values = union.flatMap(({ values }) => values ?? [undefined]);
      if (values.length < 2 || values.length > 32 || values.includes(undefined)) continue;
      const file =
        one.objects[0]?.additional?.file ?? [...(one.objects[0]?.properties.values() ?? [])][0]?.file;
      if (file === undefined) continue;
      return values.map((value) => ({
        ...one,
        objects: [
          ...one.objects,
          {
            properties: new Map([[name, constant(file, value)]]),
            patterns: new Map(),
            additional: undefined,
          },
        ],
      }));
    }
    return undefined;
  }

  #values(one: Conjunction, a: All, b: All, path: string): readonly Obstacle[] {
    const refused = one.values!.filter(
      (value) => this.#wide.accepts(a, value) && !this.#narrow.accepts(b, value),
    );
    if (refused.length === 0) return [];
    const at =
      this.#narrow.forms.of(b).find(({ kind }) => kind === one.kind)?.valuesAt ?? b[0]?.pointer ?? "";
    return [
      {
        rule: "VALUES_NARROWED",
        pointer: at,
        message: `${place(path)} could be ${refused.slice(0, 3).map(shown).join(", ")}, and may not be any more`,
        proposals: () => refused,
      },
    ];
  }

  #one(a: Conjunction, b: Conjunction, path: string): readonly Obstacle[] {
    const found: Obstacle[] = [];
    const all = () => first(this.#wide.instances.of(a), PROPOSALS);
    const report = (
      rule: string,
      pointer: string,
      message: string,
      proposals: () => Iterable<unknown> = all,
    ) => found.push({ rule, pointer, message: `${place(path)} ${message}`, proposals });
    if (b.values !== undefined) {
      const texts = new Set(b.values.map(canonical));
      report(
        "VALUES_NARROWED",
        b.valuesAt,
        `could be other than ${b.values.slice(0, 3).map(shown).join(", ")}`,
        () =>
          [...first(this.#wide.instances.of(a), PROPOSALS), "other", -7].filter(
            (value) => !texts.has(canonical(value)),
          ),
      );
    }
    for (const [text, pointer] of b.conditions)
      if (!a.conditions.has(text))
        report(
          "CONDITION_ADDED",
          pointer,
          `is under a condition (${text.slice(0, text.indexOf(" "))}) that was not there`,
          () => this.#edges(a, text),
        );
    if (a.kind === "number") this.#numbers(a, b, report);
    if (a.kind === "string") this.#strings(a, b, report);
    if (a.kind === "array") found.push(...this.#arrays(a, b, path, report));
    if (a.kind === "object") found.push(...this.#objects(a, b, path, report));
    return found;
  }

  /** Values all over a conjunction, for what can't be aimed at; with the names and values that a condition mentions. */
  *#edges(a: Conjunction, condition: string): Generator<unknown> {
    const base: unknown[] = [...first(this.#wide.instances.of(a), PROPOSALS)];
    yield* base;
    const { names, values } = mentioned(JSON.parse(condition.slice(condition.indexOf(" ") + 1)));
    yield* values;
    if (a.kind === "object")
      for (const object of first(base as Record<string, unknown>[], 3))
        for (const name of names)
          for (const value of [...values, 1, "a"]) yield withMember(object, name, value);
    if (a.kind === "object")
      for (const object of first(base as Record<string, unknown>[], 8)) {
        yield withMember(object, "other", 1);
        yield withMember(object, "other", "a");
        for (const name of Object.keys(object))
          for (const conjunction of this.#wide.forms.of(memberAll(a, name)))
            for (const value of first(this.#wide.instances.of(conjunction), 12))
              yield withMember(object, name, value);
      }
    if (a.kind === "array")
      for (const items of first(base as unknown[][], 5)) {
        yield [...items, ...items];
        for (const value of [0, 1, "a", "b", null, true]) yield [...items, value];
      }
    if (a.kind === "string") yield* ["", "a", "abc", "0", " ", "a".repeat(300)];
    if (a.kind === "number") yield* [0, 1, -1, 0.5, 7, 1e6];
  }

  #numbers(a: Conjunction, b: Conjunction, report: Report) {
    const [low, high] = [lowOf(a), highOf(a)];
    const [lowB, highB] = [lowOf(b), highOf(b)];
    const beyond = (limit: Limit, sign: number) => {
      const step = a.multiples[0]?.value ?? (a.integer === undefined ? 0.5 : 1);
      const grid =
        a.integer === undefined && a.multiples.length === 0
          ? [limit.value]
          : [Math.floor(limit.value / step) * step, Math.ceil(limit.value / step) * step];
      return [
        ...grid.flatMap((n) => [n, n + sign * step, n + sign * 2 * step]),
        limit.value + sign * 0.25,
        ...numbersOf(a),
      ];
    };
    if (lowB !== undefined && (low === undefined || isBelow(low, lowB, a.integer !== undefined)))
      report("RANGE_NARROWED", lowB.pointer, `could be less than ${lowB.value}`, () => beyond(lowB, -1));
    if (highB !== undefined && (high === undefined || isAbove(high, highB, a.integer !== undefined)))
      report("RANGE_NARROWED", highB.pointer, `could be more than ${highB.value}`, () => beyond(highB, 1));
    if (
      b.integer !== undefined &&
      a.integer === undefined &&
      !a.multiples.some(({ value }) => Number.isInteger(value))
    )
      report("TYPE_NARROWED", b.integer, "could have a fraction", () =>
        [...numbersOf(a)].flatMap((n) => [n, n + 0.5, n - 0.5, n + 0.25]),
      );
    for (const factor of b.multiples)
      if (
        !a.multiples.some(({ value }) => Number.isInteger(value / factor.value)) &&
        !(a.integer !== undefined && Number.isInteger(1 / factor.value))
      )
        report("MULTIPLE_NARROWED", factor.pointer, `could be no multiple of ${factor.value}`, () =>
          [...numbersOf(a)].flatMap((n) => [n, n + (a.multiples[0]?.value ?? 1)]),
        );
  }

  #strings(a: Conjunction, b: Conjunction, report: Report) {
    this.#sizes(a, b, "characters", report, (n) => [
      "a".repeat(n),
      "0".repeat(n),
      ...[...a.patterns.keys()].map((pattern) => textFromPattern(pattern, n)),
      ...textsOf(a),
    ]);
    const texts = function* () {
      yield* textsOf(a);
      yield* ["", "a", "A", "0", "-", " ", "é", "zz", "a b", "not it"];
    };
    for (const [pattern, pointer] of b.patterns)
      if (!a.patterns.has(pattern))
        report("PATTERN_ADDED", pointer, `need not have matched ${pattern}`, texts);
    for (const [format, pointer] of b.formats)
      if (!a.formats.has(format))
        report("FORMAT_ADDED", pointer, `need not have been of the format ${format}`, texts);
  }

  #sizes(
    a: Conjunction,
    b: Conjunction,
    unit: string,
    report: Report,
    ofSize: (n: number) => Iterable<unknown>,
  ) {
    const from = a.sizeFrom?.value ?? 0;
    const to = a.sizeTo?.value ?? Number.POSITIVE_INFINITY;
    if (b.sizeFrom !== undefined && b.sizeFrom.value > from)
      report("SIZE_NARROWED", b.sizeFrom.pointer, `could have fewer than ${b.sizeFrom.value} ${unit}`, () =>
        ofSize(Math.max(from, b.sizeFrom!.value - 1)),
      );
    if (b.sizeTo !== undefined && b.sizeTo.value < to)
      report("SIZE_NARROWED", b.sizeTo.pointer, `could have more than ${b.sizeTo.value} ${unit}`, () =>
        ofSize(Math.min(to, b.sizeTo!.value + 1)),
      );
  }

  #arrays(a: Conjunction, b: Conjunction, path: string, report: Report): Obstacle[] {
    const list = (length: number) => {
      const items: unknown[] = [];
      for (let i = 0; i < Math.min(length, 2000); i += 1) {
        const found = this.#wide.instances.one(itemAll(a, i));
        if (found === undefined) return undefined;
        items.push(a.unique === undefined ? found.value : distinct(found.value, i));
      }
      return items;
    };
    this.#sizes(a, b, "items", report, (n) => [list(n) ?? [], ...this.#wide.instances.of(a)]);
    if (b.unique !== undefined && a.unique === undefined && (a.sizeTo?.value ?? 2) > 1)
      report("UNIQUE_ADDED", b.unique, "could have an item twice", () => {
        const items = list(Math.max(2, a.sizeFrom?.value ?? 0)) ?? [];
        return [items, [items[0], items[0]], [1, 1], ["a", "a"]];
      });
    const longest = Math.max(0, ...[...a.arrays, ...b.arrays].map(({ prefix }) => prefix.length));
    const found: Obstacle[] = [];
    for (let index = 0; index <= longest; index += 1) {
      if (a.sizeTo !== undefined && index >= a.sizeTo.value) break;
      const inner = this.obstacles(
        itemAll(a, index),
        itemAll(b, index),
        `${path}/${index < longest ? index : "*"}`,
      );
      found.push(
        ...wrap(inner, function* (value) {
          const least = Math.max(index + 1, a.sizeFrom?.value ?? 0);
          const items = list(least) ?? list(index + 1);
          const before = list(index);
          if (items !== undefined) yield items.with(index, value);
          else if (before !== undefined) yield [...before, value];
        }),
      );
    }
    return found;
  }

  #objects(a: Conjunction, b: Conjunction, path: string, report: Report): Obstacle[] {
    const bases = () => [...first(this.#wide.instances.of(a), 12)] as Record<string, unknown>[];
    for (const [name, pointer] of b.required)
      if (!a.required.has(name))
        report(
          "REQUIRED_ADDED",
          pointer,
          `could be without ${JSON.stringify(name)}, which is now required`,
          () =>
            bases().map((base) =>
              Object.fromEntries(Object.entries(base).filter(([member]) => member !== name)),
            ),
        );
    this.#sizes(a, b, "members", report, (n) => [
      ...bases(),
      ...bases().map((base) => {
        const grown = { ...base };
        for (let i = 1; Object.keys(grown).length < n && i < 2000; i += 1) {
          const found = this.#wide.instances.one(memberAll(a, `member${i}`));
          if (found !== undefined) set(grown, `member${i}`, found.value);
        }
        return grown;
      }),
    ]);
    const found: Obstacle[] = [];
    const inMember = (name: string, obstacles: readonly Obstacle[]) => {
      found.push(
        ...wrap(obstacles, function* (value) {
          for (const base of bases()) yield withMember(base, name, value);
        }),
      );
    };
    const names = new Set([...a.objects, ...b.objects].flatMap(({ properties }) => [...properties.keys()]));
    for (const name of names) {
      const [mine, theirs] = [memberAll(a, name), memberAll(b, name)];
      if (this.#isNothing(mine)) continue;
      if (this.#policy === "lenient" && isNewlyDeclared(a, name)) continue;
      const inner = this.obstacles(mine, theirs, `${path}/${name}`);
      const undeclared = !a.objects.some(({ properties }) => properties.has(name));
      const forbidden = theirs.some(({ schema }) => schema === false);
      inMember(
        name,
        inner.map((obstacle) =>
          undeclared && obstacle.pointer.startsWith(theirs[0]?.pointer ?? "")
            ? {
                ...obstacle,
                rule: "PROPERTY_ADDED_TO_OPEN",
                message: `${place(`${path}/${name}`)} is declared now, and an open object could hold anything there`,
              }
            : forbidden
              ? {
                  ...obstacle,
                  rule: "PROPERTY_FORBIDDEN",
                  message: `${place(`${path}/${name}`)} could be there, and may not be any more`,
                }
              : obstacle,
        ),
      );
    }
    this.#unnamed(a, b, path, names, inMember);
    return found;
  }

  /** Members that nobody names: those that patterns match, and the others. */
  #unnamed(
    a: Conjunction,
    b: Conjunction,
    path: string,
    names: ReadonlySet<string>,
    inMember: (name: string, obstacles: readonly Obstacle[]) => void,
  ) {
    const patternsOf = (c: Conjunction) => new Map(c.objects.flatMap(({ patterns }) => [...patterns]));
    const [mine, theirs] = [patternsOf(a), patternsOf(b)];
    let other = "other";
    while (names.has(other) || [...mine.keys(), ...theirs.keys()].some((p) => new RegExp(p, "u").test(other)))
      other = `${other}_`;
    const pairs: [string, All, All][] = [[other, otherAll(a), otherAll(b)]];
    for (const [pattern, at] of theirs) {
      const name = textFromPattern(pattern);
      const same = mine.get(pattern);
      pairs.push([name, same === undefined ? otherAll(a) : [same], [at]]);
      for (const [rival, rivalAt] of mine)
        if (rival !== pattern && same === undefined) pairs.push([name, [rivalAt], [at]]);
    }
    for (const [pattern, at] of mine)
      if (!theirs.has(pattern)) pairs.push([textFromPattern(pattern), [at], otherAll(b)]);
    for (const [name, wide, narrow] of pairs) {
      if (this.#isNothing(wide)) continue;
      const inner = this.obstacles(wide, narrow, `${path}/*`);
      const closed = narrow.some(({ schema }) => schema === false);
      inMember(
        name,
        closed
          ? inner.map((obstacle) => ({
              ...obstacle,
              rule: "CLOSED",
              message: `${place(path)} could hold members that are not declared, and may not any more`,
            }))
          : inner,
      );
    }
  }

  #isNothing(all: All): boolean {
    return this.#wide.forms.of(all).length === 0;
  }
}

/** Names of members and constants anywhere in a condition. */
function mentioned(condition: unknown): { names: readonly string[]; values: readonly unknown[] } {
  const names = new Set<string>();
  const values = new Map<string, unknown>();
  const visit = (value: unknown) => {
    if (Array.isArray(value)) value.forEach(visit);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const [keyword, inner] of Object.entries(value)) {
      if (keyword === "const") values.set(canonical(inner), inner);
      if (keyword === "enum") for (const one of inner as unknown[]) values.set(canonical(one), one);
      if (keyword === "required") for (const name of inner as string[]) names.add(name);
      if (["properties", "dependentRequired", "dependentSchemas"].includes(keyword))
        for (const name of Object.keys(inner as object)) names.add(name);
      visit(inner);
    }
  };
  visit(condition);
  return { names: [...names].slice(0, 12), values: [...values.values()].slice(0, 12) };
}

/** A schema of ours that stands in no file: its pointer begins with a sign that no pointer has. */
const constant = (file: SchemaFile, value: unknown): Located => ({
  file,
  pointer: `!const ${canonical(value)}`,
  schema: { const: value },
});

type Report = (rule: string, pointer: string, message: string, proposals?: () => Iterable<unknown>) => void;

const place = (path: string) => (path === "" ? "the value" : path);
const article = (kind: string) =>
  kind === "null" ? "null" : /^[ao]/.test(kind) ? `an ${kind}` : `a ${kind}`;

/**
 * Declared by the narrower side alone, where the wider side is open: what `lenient` lets pass. Whether it is required
 * is another question, and asked elsewhere.
 */
const isNewlyDeclared = (a: Conjunction, name: string) =>
  !a.objects.some(({ properties }) => properties.has(name)) && memberAll(a, name).length === 0;

const wrap = (obstacles: readonly Obstacle[], build: (value: unknown) => Iterable<unknown>): Obstacle[] =>
  obstacles.map((obstacle) => ({
    ...obstacle,
    *proposals() {
      for (const value of obstacle.proposals()) yield* build(value);
    },
  }));

function unique(obstacles: readonly Obstacle[]): readonly Obstacle[] {
  const seen = new Map<string, Obstacle>();
  for (const obstacle of obstacles) {
    const key = `${obstacle.rule} ${obstacle.pointer} ${obstacle.message}`;
    const known = seen.get(key);
    seen.set(
      key,
      known === undefined
        ? obstacle
        : {
            ...known,
            *proposals() {
              yield* known.proposals();
              yield* obstacle.proposals();
            },
          },
    );
  }
  return [...seen.values()];
}

const distinct = (value: unknown, n: number): unknown =>
  n === 0
    ? value
    : typeof value === "string"
      ? `${value}${n}`
      : typeof value === "number"
        ? value + n
        : value;

interface Bound extends Limit {
  readonly exclusive: boolean;
}

function lowOf({ least, above }: Conjunction): Bound | undefined {
  if (above !== undefined && (least === undefined || above.value >= least.value))
    return { ...above, exclusive: true };
  return least && { ...least, exclusive: false };
}

function highOf({ most, below }: Conjunction): Bound | undefined {
  if (below !== undefined && (most === undefined || below.value <= most.value))
    return { ...below, exclusive: true };
  return most && { ...most, exclusive: false };
}

/** The least integer that a bound lets be, or its value. */
const floorOf = ({ value, exclusive }: Bound) => (exclusive ? Math.floor(value) + 1 : Math.ceil(value));
const ceilOf = ({ value, exclusive }: Bound) => (exclusive ? Math.ceil(value) - 1 : Math.floor(value));

const isBelow = (a: Bound, b: Bound, integer: boolean) =>
  integer
    ? floorOf(a) < floorOf(b)
    : a.value < b.value || (a.value === b.value && b.exclusive && !a.exclusive);
const isAbove = (a: Bound, b: Bound, integer: boolean) =>
  integer ? ceilOf(a) > ceilOf(b) : a.value > b.value || (a.value === b.value && b.exclusive && !a.exclusive);
