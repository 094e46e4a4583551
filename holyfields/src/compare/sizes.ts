/** How much there may be: characters, items or members. */
import type { Conjunction } from "./normal-form.js";
import type { Report } from "./obstacle.js";

/** `ofSize` proposes values of about that size. */
export function compareSizes(
  a: Conjunction,
  b: Conjunction,
  unit: string,
  report: Report,
  ofSize: (n: number) => Iterable<unknown>,
): void {
  const from = a.sizeFrom?.value ?? 0;
  const to = a.sizeTo?.value ?? Number.POSITIVE_INFINITY;
  if (b.sizeFrom !== undefined && b.sizeFrom.value > from)
    report("SIZE_NARROWED", b.sizeFrom.pointer, `can have fewer than ${b.sizeFrom.value} ${unit}`, () =>
      ofSize(Math.max(from, b.sizeFrom!.value - 1)),
    );
  if (b.sizeTo !== undefined && b.sizeTo.value < to)
    report("SIZE_NARROWED", b.sizeTo.pointer, `can have more than ${b.sizeTo.value} ${unit}`, () =>
      ofSize(Math.min(to, b.sizeTo!.value + 1)),
    );
}
