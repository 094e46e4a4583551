import fc from "fast-check";
import { expect, test } from "vitest";
import { topicMatcher } from "../src/index.js";

const word = fc.constantFrom("a", "b", "");
const key = fc.array(word, { minLength: 1, maxLength: 6 });
const pattern = fc.array(fc.oneof(word, fc.constantFrom("*", "#")), { minLength: 1, maxLength: 6 });

/** The definition, word for word: each `#` tries every number of words. */
function defined(p: readonly string[], k: readonly string[]): boolean {
  const [first, ...rest] = p;
  if (first === undefined) return k.length === 0;
  if (first === "#") return k.some((_, n) => defined(rest, k.slice(n))) || defined(rest, []);
  return k.length > 0 && (first === "*" || first === k[0]) && defined(rest, k.slice(1));
}

test("a pattern matches what its definition says", () => {
  fc.assert(
    fc.property(pattern, key, (p, k) => {
      expect(topicMatcher(p.join("."))(k.join("."))).toBe(defined(p, k));
    }),
    { numRuns: 5_000 },
  );
});

test("a pattern full of # ends on a long key that it does not match", () => {
  const long = Array.from({ length: 127 }, () => "a").join(".");
  const hashes = Array.from({ length: 60 }, () => "#.a").join(".");
  expect(topicMatcher(`${hashes}.b`)(long)).toBe(false);
  expect(topicMatcher(hashes)(long)).toBe(true);
});
