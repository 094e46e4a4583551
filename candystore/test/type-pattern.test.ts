import { topicMatcher } from "@33god/bloodbank";
import fc from "fast-check";
import { expect, it } from "vitest";
import { typeMatcher } from "../src/query/type-pattern.js";

const words = fc.array(fc.constantFrom("a", "b"), { minLength: 1, maxLength: 6 });
const pattern = fc.array(fc.constantFrom("a", "b", "*", "#"), { minLength: 1, maxLength: 6 });

it("matches what a topic exchange matches", () => {
  fc.assert(
    fc.property(pattern, words, (p, t) => {
      expect(typeMatcher(p.join("."))(t.join("."))).toBe(topicMatcher(p.join("."))(t.join(".")));
    }),
    { numRuns: 5_000 },
  );
});

it("ends, whatever is asked of whatever was published", () => {
  const type = Array.from({ length: 127 }, () => "a").join(".");
  const evil = Array.from({ length: 60 }, () => "#.a").join(".");
  expect(typeMatcher(`${evil}.b`)(type)).toBe(false);
});
