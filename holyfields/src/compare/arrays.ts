/** Arrays: sizes, uniqueness, each item. */
import { type Conjunction, itemAll } from "./normal-form.js";
import { type Obstacle, type Proof, type Report, wrap } from "./obstacle.js";
import { compareSizes } from "./sizes.js";

export function compareArrays(
  { wide, obstacles }: Proof,
  a: Conjunction,
  b: Conjunction,
  path: string,
  report: Report,
): readonly Obstacle[] {
  const list = (length: number) => {
    const items: unknown[] = [];
    for (let i = 0; i < Math.min(length, 2000); i += 1) {
      const found = wide.instances.one(itemAll(a, i));
      if (found === undefined) return undefined;
      items.push(a.unique === undefined ? found.value : distinct(found.value, i));
    }
    return items;
  };
  compareSizes(a, b, "items", report, (n) => [list(n) ?? [], ...wide.instances.of(a)]);
  if (b.unique !== undefined && a.unique === undefined && (a.sizeTo?.value ?? 2) > 1)
    report("UNIQUE_ADDED", b.unique, "can have an item twice", () => {
      const items = list(Math.max(2, a.sizeFrom?.value ?? 0)) ?? [];
      return [items, [items[0], items[0]], [1, 1], ["a", "a"]];
    });
  const longest = Math.max(0, ...[...a.arrays, ...b.arrays].map(({ prefix }) => prefix.length));
  const found: Obstacle[] = [];
  for (let index = 0; index <= longest; index += 1) {
    if (a.sizeTo !== undefined && index >= a.sizeTo.value) break;
    const inner = obstacles(itemAll(a, index), itemAll(b, index), `${path}/${index < longest ? index : "*"}`);
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

const distinct = (value: unknown, n: number): unknown =>
  n === 0
    ? value
    : typeof value === "string"
      ? `${value}${n}`
      : typeof value === "number"
        ? value + n
        : value;
