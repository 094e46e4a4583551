/** Objects: what is required, sizes, each member, and the members that nobody names. */
import { textFromPattern } from "../schema/text-from-pattern.js";
import { set, withMember } from "./instances.js";
import { type All, type Conjunction, memberAll, otherAll } from "./normal-form.js";
import { first, type Obstacle, type Proof, place, type Report, wrap } from "./obstacle.js";
import { compareSizes } from "./sizes.js";

export function compareObjects(
  proof: Proof,
  a: Conjunction,
  b: Conjunction,
  path: string,
  report: Report,
): readonly Obstacle[] {
  const { wide, policy, obstacles } = proof;
  const bases = () => [...first(wide.instances.of(a), 12)] as Record<string, unknown>[];
  for (const [name, pointer] of b.required)
    if (!a.required.has(name))
      report("REQUIRED_ADDED", pointer, `can be without ${JSON.stringify(name)}`, () =>
        bases().map((base) => Object.fromEntries(Object.entries(base).filter(([member]) => member !== name))),
      );
  compareSizes(a, b, "members", report, (n) => [
    ...bases(),
    ...bases().map((base) => {
      const grown = { ...base };
      for (let i = 1; Object.keys(grown).length < n && i < 2000; i += 1) {
        const found = wide.instances.one(memberAll(a, `member${i}`));
        if (found !== undefined) set(grown, `member${i}`, found.value);
      }
      return grown;
    }),
  ]);
  const found: Obstacle[] = [];
  const inMember = (name: string, inner: readonly Obstacle[]) => {
    found.push(
      ...wrap(inner, function* (value) {
        for (const base of bases()) yield withMember(base, name, value);
      }),
    );
  };
  const names = new Set([...a.objects, ...b.objects].flatMap(({ properties }) => [...properties.keys()]));
  for (const name of names) {
    const [mine, theirs] = [memberAll(a, name), memberAll(b, name)];
    if (isNothing(proof, mine)) continue;
    if (policy === "lenient" && isNewlyDeclared(a, name)) continue;
    const inner = obstacles(mine, theirs, `${path}/${name}`);
    const undeclared = !a.objects.some(({ properties }) => properties.has(name));
    const forbidden = theirs.some(({ schema }) => schema === false);
    inMember(
      name,
      inner.map((obstacle) =>
        undeclared && obstacle.pointer.startsWith(theirs[0]?.pointer ?? "")
          ? {
              ...obstacle,
              rule: "PROPERTY_ADDED_TO_OPEN",
              message: `${place(`${path}/${name}`)} is not declared, and an open object can hold anything there`,
            }
          : forbidden
            ? {
                ...obstacle,
                rule: "PROPERTY_FORBIDDEN",
                message: `${place(`${path}/${name}`)} can be there`,
              }
            : obstacle,
      ),
    );
  }
  compareUnnamed(proof, a, b, path, names, inMember);
  return found;
}

/** Members that nobody names: those that patterns match, and the others. */
function compareUnnamed(
  proof: Proof,
  a: Conjunction,
  b: Conjunction,
  path: string,
  names: ReadonlySet<string>,
  inMember: (name: string, obstacles: readonly Obstacle[]) => void,
) {
  const patternsOf = (c: Conjunction) => new Set(c.objects.flatMap(({ patterns }) => [...patterns.keys()]));
  const mine = patternsOf(a);
  const patterns = [...new Set([...mine, ...patternsOf(b)])];
  let other = "other";
  while (names.has(other) || patterns.some((p) => new RegExp(p, "u").test(other))) other = `${other}_`;
  const pairs: [string, All, All][] = [[other, otherAll(a), otherAll(b)]];
  for (const pattern of patterns) {
    // A name that matches this pattern of theirs may match any of mine, or none.
    const possible = mine.has(pattern)
      ? [matchingAll(a, pattern)]
      : [otherAll(a), ...[...mine].map((own) => matchingAll(a, own))];
    for (const wide of possible) pairs.push([textFromPattern(pattern), wide, matchingAtWorst(b, pattern)]);
  }
  for (const [name, wide, narrow] of pairs) {
    if (isNothing(proof, wide)) continue;
    const inner = proof.obstacles(wide, narrow, `${path}/*`);
    const closed = narrow.some(({ schema }) => schema === false);
    inMember(
      name,
      closed
        ? inner.map((obstacle) => ({
            ...obstacle,
            rule: "CLOSED",
            message: `${place(path)} can hold members that are not declared`,
          }))
        : inner,
    );
  }
}

/** What certainly holds of a member that nobody names, and whose name matches the pattern. */
const matchingAll = (c: Conjunction, pattern: string): All =>
  c.objects.flatMap(({ patterns, additional }) => {
    const at = patterns.get(pattern) ?? (patterns.size === 0 ? additional : undefined);
    return at === undefined ? [] : [at];
  });

/** All that may hold of it: where no other pattern of that schema matches as well, its `additionalProperties` do. */
const matchingAtWorst = (c: Conjunction, pattern: string): All =>
  c.objects.flatMap(({ patterns, additional }) => {
    const at = patterns.get(pattern) ?? additional;
    return at === undefined ? [] : [at];
  });

const isNothing = ({ wide }: Proof, all: All): boolean => wide.forms.of(all).length === 0;

/**
 * Declared by the narrower side alone, where the wider side is open: what `lenient` lets pass. Whether it is required
 * is another question, and asked elsewhere.
 */
const isNewlyDeclared = (a: Conjunction, name: string) =>
  !a.objects.some(({ properties }) => properties.has(name)) && memberAll(a, name).length === 0;
