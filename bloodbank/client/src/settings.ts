/**
 * Numbers that a program was given, often from its environment. One that is none (`Number(undefined)`) compares false
 * with everything: nothing would ever be handled, or sent, and nobody would say so.
 */

/** What `setTimeout` can wait: it takes more for one millisecond. */
export const LONGEST_WAIT = 2_147_483_647;

/** @throws RangeError unless it was left out or lies in the range */
export function refuseOutside(name: string, value: number | undefined, least: number, most: number): void {
  if (value === undefined || (typeof value === "number" && value >= least && value <= most)) return;
  const range = most === Number.POSITIVE_INFINITY ? `at least ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`${name} must be a number ${range}, but is ${typeof value} ${String(value)}.`);
}
