/**
 * Random schemas, random values: what is said to be compatible is never shown to be otherwise, a witness is always
 * one, and the evaluators that are generated agree with ajv.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { HolyfieldsError } from "../../src/errors.js";
import { formatCheck } from "../../src/formats/formats.js";
import { compareSchemas } from "../../src/tools/index.js";
import { newAjv } from "../../src/verdict/compiler.js";
import { evaluate, type Schema, type World } from "../../src/verdict/evaluate.js";
import { changed, referring, schema, value } from "../support/random-schemas.js";

const full = process.env.TEST_FULL === "1";
/** Milliseconds: thousands of pairs, asked in both directions. */
const LONG = 900_000;
const WORLD: World = {
  schemas: () => undefined,
  isFormat: (name, text) => formatCheck(name)?.(text) ?? true,
};
const accepts = (one: unknown) => newAjv().compile(one as object) as (value: unknown) => boolean;

/** Holds what is said of two schemas, in both directions, against values. */
function holds(older: unknown, newer: unknown, values: readonly unknown[]): void {
  const { findings } = compareSchemas(older, newer, { mode: "FULL" });
  const judges = { backward: [accepts(older), accepts(newer)], forward: [accepts(newer), accepts(older)] };
  for (const [direction, [wide, narrow]] of Object.entries(judges)) {
    const found = findings.filter((finding) => finding.direction === direction);
    for (const { verdict, witness } of found)
      if (verdict === "incompatible") expect([wide!(witness), narrow!(witness)]).toEqual([true, false]);
    if (found.length > 0) continue;
    for (const one of values)
      if (wide!(one)) expect([direction, one, narrow!(one)]).toEqual([direction, one, true]);
  }
}

const values = fc.array(value, { minLength: 25, maxLength: 25 });

test("no value refutes what was found compatible, and every witness is one", { timeout: LONG }, () => {
  fc.assert(
    fc.property(
      schema,
      schema,
      fc.constantFrom("other", "anyOf", "allOf"),
      values,
      (a, other, how, tried) => {
        // Mostly pairs that have to do with one another.
        holds(a, how === "other" ? other : { [how]: [a, other] }, tried);
      },
    ),
    { numRuns: full ? 10_000 : 400 },
  );
});

test("nor does one where a schema that refers to itself was changed in one place", { timeout: LONG }, () => {
  fc.assert(
    fc.property(
      referring,
      schema,
      fc.nat(),
      fc.nat(),
      fc.boolean(),
      values,
      (a, other, place, keyword, less, tried) => {
        const b = changed(a, place, keyword, less ? undefined : other);
        try {
          holds(a, b, tried);
        } catch (error) {
          // A reference that leads back without stepping into the value is refused, as it should be.
          if (!(error instanceof HolyfieldsError)) throw error;
          fc.pre(error.code !== "SCHEMA_REF_CYCLIC");
          throw error;
        }
      },
    ),
    { numRuns: full ? 10_000 : 400, maxSkipsPerRun: 1_000 },
  );
});

test("a schema is compatible with itself, or at least never found incompatible", () => {
  fc.assert(
    fc.property(schema, (one) => {
      const { compatible } = compareSchemas(one, structuredClone(one), { mode: "FULL" });
      expect(compatible).not.toBe(false);
    }),
    { numRuns: full ? 5_000 : 200 },
  );
});

test("the evaluator that is generated along with types gives ajv's verdict", () => {
  fc.assert(
    fc.property(schema, fc.array(value, { minLength: 10, maxLength: 10 }), (one, tried) => {
      const judge = accepts(one);
      for (const each of tried)
        expect([each, evaluate(one as Schema, each, WORLD)]).toEqual([each, judge(each)]);
    }),
    { numRuns: full ? 20_000 : 600 },
  );
});
