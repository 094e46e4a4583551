/**
 * Whether what the wider side says implies a condition of the narrower one. Sound, as the whole proof is: `true` means
 * that it does. Conditions are asked about strictly, whatever the policy: behind a `not`, lenient would be severe.
 */
import { escapeToken } from "../json/pointer.js";
import { isObject } from "../json/value.js";
import type { Located } from "../schema/schema-set.js";
import { edges } from "./conditions.js";
import { withMember } from "./instances.js";
import { type All, below, type Condition, type Conjunction, memberAll } from "./normal-form.js";
import { first, type Obstacle, PROPOSALS, type Proof } from "./obstacle.js";

/** `all` and `a` are one: all schemas that hold on the wider side, and the conjunction of them that is looked at. */
export function isImplied(proof: Proof, all: All, a: Conjunction, condition: Condition): boolean {
  if (a.conditions.has(condition.text)) return true;
  const rivals = [...a.conditions.values()].filter(({ keyword }) => keyword === condition.keyword);
  switch (condition.keyword) {
    case "not":
      return excludes(proof, a, rivals, part(condition, "not"));
    case "contains":
      return holdsAsMany(proof, rivals, condition);
    case "propertyNames": {
      const names = part(condition, "propertyNames");
      return rivals.some((rival) => holds(proof, [part(rival, "propertyNames"), text(rival)], [names]));
    }
    case "dependentRequired":
      return Object.entries(member(condition, "dependentRequired")).every(([name, needed]) =>
        (needed as readonly string[]).every((other) => requires(proof, a, rivals, name, other)),
      );
    case "dependentSchemas":
      return Object.keys(member(condition, "dependentSchemas")).every(
        (name) =>
          neverHas(proof, a, name) ||
          holds(
            proof,
            [...all, ...rivals.flatMap((rival) => dependent(rival, name))],
            [...dependent(condition, name)],
          ),
      );
    case "if":
      return branches(proof, all, rivals, condition);
    default:
      return false;
  }
}

const holds = (proof: Proof, a: All, b: All): boolean => proof.why(a, b)?.length === 0;
const holdsBack = (proof: Proof, b: All, a: All): boolean => proof.whyBack(b, a)?.length === 0;

/** Values that may show that a condition is not implied: those that the failed proofs of its parts propose come first. */
export function* refuters(proof: Proof, all: All, a: Conjunction, condition: Condition): Generator<unknown> {
  const rivals = [...a.conditions.values()].filter(({ keyword }) => keyword === condition.keyword);
  const { keyword } = condition;
  if (keyword === "not") {
    const refused = part(condition, "not");
    yield* refuting(
      proof.whyBack(
        [refused],
        rivals.map((rival) => part(rival, "not")),
      ),
    );
    for (const one of proof.narrow.forms.of([refused]))
      yield* first(proof.narrow.instances.of(one), PROPOSALS);
  }
  if (keyword === "contains") yield* lists(proof, rivals, condition);
  if (keyword === "propertyNames")
    for (const name of refuting(
      proof.why(
        [text(condition), ...rivals.map((rival) => part(rival, keyword))],
        [part(condition, keyword)],
      ),
    ))
      if (typeof name === "string")
        for (const object of first(proof.wide.instances.of(a), FEW))
          yield withMember(object as object, name, 1);
  if (keyword === "dependentSchemas")
    for (const name of Object.keys(member(condition, keyword)))
      for (const value of refuting(
        proof.why([...all, ...rivals.flatMap((rival) => dependent(rival, name))], dependent(condition, name)),
      ))
        if (isObject(value))
          for (const inner of [...values(proof, memberAll(a, name)), 1]) yield withMember(value, name, inner);
  if (keyword === "if")
    for (const choice of ["then", "else"] as const)
      for (const rival of [undefined, ...rivals])
        yield* refuting(
          proof.why(
            [...all, ...(rival === undefined ? [] : branch(rival, choice))],
            branch(condition, choice),
          ),
        );
  yield* edges(proof.wide, a, condition);
}

const FEW = 8;

function* refuting(obstacles: readonly Obstacle[] | undefined): Generator<unknown> {
  for (const obstacle of obstacles ?? []) yield* first(obstacle.proposals(), PROPOSALS);
}

const values = ({ wide }: Proof, all: All): readonly unknown[] =>
  wide.forms.of(all).flatMap((one) => [...first(wide.instances.of(one), FEW)]);

/** As many items as one side asks for or takes at most, and one more or less. */
function* lists(proof: Proof, rivals: readonly Condition[], condition: Condition): Generator<unknown> {
  const wanted = part(condition, "contains");
  const sizes = new Set([1]);
  for (const one of [condition, ...rivals])
    for (const n of Object.values(counts(one)))
      for (const size of [n - 1, n, n + 1]) if (size >= 0 && size < 100) sizes.add(size);
  const items = [
    ...rivals.flatMap((rival) => [...refuting(proof.why([part(rival, "contains")], [wanted]))]),
    ...rivals.flatMap((rival) => values(proof, [part(rival, "contains")])),
  ];
  for (const item of items) for (const size of sizes) yield Array.from({ length: size }, () => item);
}

const counts = ({ at }: Condition) => {
  const { minContains = 1, maxContains = Number.POSITIVE_INFINITY } = at.schema as Record<string, number>;
  return { least: minContains, most: maxContains };
};

const member = (condition: Condition, keyword: string): Readonly<Record<string, unknown>> => {
  const said = (condition.at.schema as Record<string, unknown>)[keyword];
  return isObject(said) ? said : {};
};

const part = ({ at }: Condition, keyword: string): Located =>
  below(at, `/${keyword}`, (at.schema as Record<string, unknown>)[keyword]);

const dependent = (condition: Condition, name: string): readonly Located[] => {
  const schemas = member(condition, "dependentSchemas");
  return Object.hasOwn(schemas, name)
    ? [below(condition.at, `/dependentSchemas/${escapeToken(name)}`, schemas[name])]
    : [];
};

/** The names of members are texts. */
const text = ({ at }: Condition): Located => ({
  file: at.file,
  pointer: "!text",
  schema: { type: "string" },
});

const neverHas = ({ wide }: Proof, a: Conjunction, name: string): boolean =>
  wide.forms.of(memberAll(a, name)).length === 0;

/** Nothing of `a` is of the schema: it has no value of that kind, or something wider is excluded already. */
function excludes(proof: Proof, a: Conjunction, rivals: readonly Condition[], refused: Located): boolean {
  return (
    proof.narrow.forms.of([refused]).every(({ kind }) => kind !== a.kind) ||
    rivals.some((rival) => holdsBack(proof, [refused], [part(rival, "not")]))
  );
}

function holdsAsMany(proof: Proof, rivals: readonly Condition[], condition: Condition): boolean {
  const asked = counts(condition);
  const wanted = part(condition, "contains");
  const enough =
    asked.least === 0 ||
    rivals.some(
      (rival) => counts(rival).least >= asked.least && holds(proof, [part(rival, "contains")], [wanted]),
    );
  const notTooMany =
    asked.most === Number.POSITIVE_INFINITY ||
    rivals.some(
      (rival) => counts(rival).most <= asked.most && holdsBack(proof, [wanted], [part(rival, "contains")]),
    );
  return enough && notTooMany;
}

function requires(
  proof: Proof,
  a: Conjunction,
  rivals: readonly Condition[],
  name: string,
  other: string,
): boolean {
  return (
    name === other ||
    a.required.has(other) ||
    neverHas(proof, a, name) ||
    rivals.some((rival) => {
      const needed = member(rival, "dependentRequired")[name];
      return Array.isArray(needed) && needed.includes(other);
    })
  );
}

const branch = (of: Condition, keyword: "then" | "else"): readonly Located[] =>
  keyword in (of.at.schema as object) ? [part(of, keyword)] : [];

/** By an `if` that is the same, and branches that say as much; or by branches that hold anyway. */
function branches(proof: Proof, all: All, rivals: readonly Condition[], condition: Condition): boolean {
  const both = (rival: Condition | undefined) =>
    (["then", "else"] as const).every((keyword) => {
      const asked = branch(condition, keyword);
      return (
        asked.length === 0 ||
        holds(proof, [...all, ...(rival === undefined ? [] : branch(rival, keyword))], asked)
      );
    });
  const question = part(condition, "if");
  return (
    both(undefined) ||
    rivals.some(
      (rival) =>
        holds(proof, [part(rival, "if")], [question]) &&
        holdsBack(proof, [question], [part(rival, "if")]) &&
        both(rival),
    )
  );
}
