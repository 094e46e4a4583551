/** Numbers: bounds, fractions, multiples. */
import { numbersOf } from "./instances.js";
import type { Conjunction, Limit } from "./normal-form.js";
import type { Report } from "./obstacle.js";

export function compareNumbers(a: Conjunction, b: Conjunction, report: Report): void {
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
    report("RANGE_NARROWED", lowB.pointer, `can be less than ${lowB.value}`, () => beyond(lowB, -1));
  if (highB !== undefined && (high === undefined || isAbove(high, highB, a.integer !== undefined)))
    report("RANGE_NARROWED", highB.pointer, `can be more than ${highB.value}`, () => beyond(highB, 1));
  if (
    b.integer !== undefined &&
    a.integer === undefined &&
    !a.multiples.some(({ value }) => Number.isInteger(value))
  )
    report("TYPE_NARROWED", b.integer, "can have a fraction", () =>
      [...numbersOf(a)].flatMap((n) => [n, n + 0.5, n - 0.5, n + 0.25]),
    );
  for (const factor of b.multiples)
    if (
      !a.multiples.some(({ value }) => Number.isInteger(value / factor.value)) &&
      !(a.integer !== undefined && Number.isInteger(1 / factor.value))
    )
      report("MULTIPLE_NARROWED", factor.pointer, `can be no multiple of ${factor.value}`, () =>
        [...numbersOf(a)].flatMap((n) => [n, n + (a.multiples[0]?.value ?? 1)]),
      );
}

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
