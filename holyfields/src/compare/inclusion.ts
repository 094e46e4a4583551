/**
 * Does one schema accept everything that another does? A proof by structure: where it fails, it says at which
 * place and proposes values that would show it.
 *
 * Sound: no obstacle means that the inclusion holds. Not complete: an obstacle for which no proposal stands ajv's
 * test leaves the question open.
 */
import { canonical, shown } from "../json/value.js";
import type { Located, SchemaFile } from "../schema/schema-set.js";
import type { CompatibilityPolicy } from "../tools/contract.js";
import { compareArrays } from "./arrays.js";
import { isImplied, refuters } from "./implication.js";
import { type All, type Conjunction, keyOfAll, memberAll } from "./normal-form.js";
import { compareNumbers } from "./numbers.js";
import { compareObjects } from "./objects.js";
import {
  article,
  first,
  type Obstacle,
  PROPOSALS,
  type Proof,
  place,
  type Side,
  unique,
} from "./obstacle.js";
import { compareStrings } from "./strings.js";

/** Conditions in conditions: beyond this the question is left open. */
const MOST_CONDITIONS_DEEP = 4;

export class Inclusion implements Proof {
  readonly wide: Side;
  readonly narrow: Side;
  readonly policy: CompatibilityPolicy;
  /** Pairs that are proven or being proven: a recursive schema meets itself again. */
  readonly #assumed = new Set<string>();
  readonly #depth: number;

  /** `wide` is what must be accepted, `narrow` what must accept it. */
  constructor(wide: Side, narrow: Side, policy: CompatibilityPolicy, depth = 0) {
    this.wide = wide;
    this.narrow = narrow;
    this.policy = policy;
    this.#depth = depth;
  }

  why(a: All, b: All): readonly Obstacle[] | undefined {
    return this.#deeper(this.wide, this.narrow, a, b);
  }

  whyBack(b: All, a: All): readonly Obstacle[] | undefined {
    return this.#deeper(this.narrow, this.wide, b, a);
  }

  /** A proof of its own: what is assumed here may not be assumed behind a `not`. */
  #deeper(wide: Side, narrow: Side, a: All, b: All): readonly Obstacle[] | undefined {
    return this.#depth < MOST_CONDITIONS_DEEP
      ? new Inclusion(wide, narrow, "strict", this.#depth + 1).obstacles(a, b)
      : undefined;
  }

  readonly obstacles = (a: All, b: All, path = ""): readonly Obstacle[] => {
    const key = `${keyOfAll(a)} ⊆ ${keyOfAll(b)}`;
    if (this.#assumed.has(key)) return [];
    const before = this.#assumed.size;
    this.#assumed.add(key);
    const wide = this.wide.forms.of(a);
    const narrow = this.narrow.forms.of(b);
    const found = wide.flatMap((one) => this.#anyOf(one, narrow, a, b, path));
    // What was proven meanwhile may stand on what now turned out to be wrong.
    if (found.length > 0) for (const later of [...this.#assumed].slice(before)) this.#assumed.delete(later);
    return unique(found);
  };

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
          message: `${place(path)} can be ${article(one.kind)}`,
          proposals: () => first(this.wide.instances.of(one), PROPOSALS),
        },
      ];
    let best: readonly Obstacle[] | undefined;
    const all: Obstacle[] = [];
    for (const other of rivals) {
      const found = this.#one(a, one, other, path);
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
          message: `no alternative takes all that ${place(path)} can be: ${merged.message}`,
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
      const union = this.wide.forms.of(memberAll(one, name));
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
      (value) => this.wide.accepts(a, value) && !this.narrow.accepts(b, value),
    );
    if (refused.length === 0) return [];
    const at = this.narrow.forms.of(b).find(({ kind }) => kind === one.kind)?.valuesAt ?? b[0]?.pointer ?? "";
    return [
      {
        rule: "VALUES_NARROWED",
        pointer: at,
        message: `${place(path)} can be ${refused.slice(0, 3).map(shown).join(", ")}`,
        proposals: () => refused,
      },
    ];
  }

  #one(all: All, a: Conjunction, b: Conjunction, path: string): readonly Obstacle[] {
    const found: Obstacle[] = [];
    const instances = () => first(this.wide.instances.of(a), PROPOSALS);
    const report = (
      rule: string,
      pointer: string,
      message: string,
      proposals: () => Iterable<unknown> = instances,
    ) => found.push({ rule, pointer, message: `${place(path)} ${message}`, proposals });
    if (b.values !== undefined) {
      const texts = new Set(b.values.map(canonical));
      report(
        "VALUES_NARROWED",
        b.valuesAt,
        `can be other than ${b.values.slice(0, 3).map(shown).join(", ")}`,
        () =>
          [...first(this.wide.instances.of(a), PROPOSALS), "other", -7].filter(
            (value) => !texts.has(canonical(value)),
          ),
      );
    }
    for (const condition of b.conditions.values())
      if (!isImplied(this, all, a, condition))
        report(
          "CONDITION_ADDED",
          condition.pointer,
          `is under no such condition (${condition.keyword})`,
          () => refuters(this, all, a, condition),
        );
    if (a.kind === "number") compareNumbers(a, b, report);
    if (a.kind === "string") compareStrings(a, b, report);
    if (a.kind === "array") found.push(...compareArrays(this, a, b, path, report));
    if (a.kind === "object") found.push(...compareObjects(this, a, b, path, report));
    return found;
  }
}

/** A schema of ours that stands in no file: its pointer begins with a sign that no pointer has. */
const constant = (file: SchemaFile, value: unknown): Located => ({
  file,
  pointer: `!const ${canonical(value)}`,
  schema: { const: value },
});
