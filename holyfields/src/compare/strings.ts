/** Strings: sizes, patterns, formats. */
import { textFromPattern } from "../schema/text-from-pattern.js";
import { textsOf } from "./instances.js";
import type { Conjunction } from "./normal-form.js";
import type { Report } from "./obstacle.js";
import { compareSizes } from "./sizes.js";

export function compareStrings(a: Conjunction, b: Conjunction, report: Report): void {
  compareSizes(a, b, "characters", report, (n) => [
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
    if (!a.patterns.has(pattern)) report("PATTERN_ADDED", pointer, `need not match ${pattern}`, texts);
  for (const [format, pointer] of b.formats)
    if (!a.formats.has(format)) report("FORMAT_ADDED", pointer, `need not be of the format ${format}`, texts);
}
