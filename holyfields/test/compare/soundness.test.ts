/**
 * Random schemas, random values: what is said to be compatible is never shown to be otherwise, a witness is always
 * one, and the evaluators that are generated agree with ajv.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { evaluate } from "../../generated/typescript/runtime.js";
import { compareSchemas } from "../../src/tools/index.js";
import { newAjv } from "../../src/verdict/compiler.js";

const full = process.env.TEST_FULL === "1";
const small = fc.integer({ min: 0, max: 3 });
const scalar = fc.oneof(
  fc.constantFrom("", "a", "b", "ab", "abc", null, true, false),
  fc.integer({ min: -2, max: 4 }),
  fc.constant(1.5),
);
const member = fc.constantFrom("a", "b", "x_1");

const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    { weight: 3, arbitrary: scalar },
    {
      weight: 2,
      arbitrary: fc.dictionary(fc.constantFrom("a", "b", "c", "x_1", "x_2"), tie("value"), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 3 }) },
  ),
})).value;

const schema: fc.Arbitrary<unknown> = fc.letrec((tie) => {
  const inner = tie("schema");
  const sub = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
  const clean = (object: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(object).filter(([, one]) => one !== undefined));
  const numbers = fc.record({
    type: fc.constantFrom("number", "integer"),
    minimum: sub(small),
    maximum: sub(small),
    exclusiveMinimum: sub(small),
    multipleOf: sub(fc.constantFrom(1, 2, 3)),
  });
  const strings = fc.record({
    type: fc.constant("string"),
    minLength: sub(small),
    maxLength: sub(small),
    pattern: sub(fc.constantFrom("^a", "b$(?!\\n)", "^[a-c]*$(?!\\n)")),
  });
  const objects = fc.record({
    type: sub(fc.constant("object")),
    properties: sub(fc.dictionary(member, inner, { maxKeys: 2, noNullPrototype: true })),
    patternProperties: sub(
      fc.dictionary(fc.constant("^x_"), inner, { minKeys: 1, maxKeys: 1, noNullPrototype: true }),
    ),
    required: sub(fc.uniqueArray(member, { maxLength: 2 })),
    additionalProperties: sub(inner),
    minProperties: sub(fc.integer({ min: 0, max: 2 })),
    maxProperties: sub(small),
    propertyNames: sub(fc.constant({ maxLength: 1 })),
    dependentRequired: sub(fc.constantFrom({ a: ["b"] }, { a: ["b", "x_1"] }, { a: ["b"], b: ["x_1"] })),
    dependentSchemas: sub(fc.dictionary(member, inner, { maxKeys: 2, noNullPrototype: true })),
  });
  const arrays = fc.record({
    type: fc.constant("array"),
    items: sub(inner),
    prefixItems: sub(fc.array(inner, { minLength: 1, maxLength: 2 })),
    minItems: sub(small),
    maxItems: sub(small),
    uniqueItems: sub(fc.boolean()),
    contains: sub(inner),
    minContains: sub(small),
    maxContains: sub(small),
  });
  const combined = fc.record({
    allOf: sub(fc.array(inner, { minLength: 1, maxLength: 2 })),
    anyOf: sub(fc.array(inner, { minLength: 1, maxLength: 2 })),
    oneOf: sub(fc.array(inner, { minLength: 1, maxLength: 2 })),
    not: sub(inner),
    if: sub(inner),
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: sub(inner),
    else: sub(inner),
    unevaluatedProperties: sub(inner),
    unevaluatedItems: sub(inner),
  });
  return {
    schema: fc.oneof(
      { depthSize: "small", maxDepth: 3 },
      fc.constantFrom<unknown>(true, { type: "null" }, { type: "boolean" }, { type: ["string", "null"] }),
      fc.uniqueArray(scalar, { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
      numbers.map(clean),
      strings.map(clean),
      objects.map(clean),
      arrays.map(clean),
      combined.map(clean),
    ),
  };
}).schema;

const accepts = (one: unknown) => newAjv().compile(one as object) as (value: unknown) => boolean;

test("no value refutes what was found compatible, and every witness is one", () => {
  fc.assert(
    fc.property(
      schema,
      schema,
      fc.boolean(),
      fc.array(value, { minLength: 25, maxLength: 25 }),
      (a, other, grow, values) => {
        // Mostly pairs that have to do with one another.
        const b = grow ? { anyOf: [a, other] } : other;
        const { compatible, findings } = compareSchemas(a, b);
        const [old, now] = [accepts(a), accepts(b)];
        for (const finding of findings) {
          if (finding.verdict !== "incompatible") continue;
          expect(old(finding.witness)).toBe(true);
          expect(now(finding.witness)).toBe(false);
        }
        if (compatible !== true) return;
        for (const one of values) if (old(one)) expect([one, now(one)]).toEqual([one, true]);
      },
    ),
    { numRuns: full ? 20_000 : 400 },
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
    fc.property(schema, fc.array(value, { minLength: 10, maxLength: 10 }), (one, values) => {
      const judge = accepts(one);
      for (const each of values)
        expect([each, evaluate(one as Parameters<typeof evaluate>[0], each)]).toEqual([each, judge(each)]);
    }),
    { numRuns: full ? 20_000 : 600 },
  );
});
