/** Random schemas of every keyword that lint admits, values that have to do with them, and changes of a schema. */
import fc from "fast-check";
import { follow } from "../../src/json/pointer.js";
import { isObject } from "../../src/json/value.js";
import { type SchemaObject, subschemas } from "../../src/schema/walk.js";

const small = fc.integer({ min: 0, max: 3 });
const scalar = fc.oneof(
  fc.constantFrom("", "a", "b", "ab", "abc", null, true, false),
  fc.constantFrom("2026-01-31", "2026-01-31T09:00:00Z", "a@b.c", "https://a.b/c"),
  fc.integer({ min: -2, max: 4 }),
  fc.constant(1.5),
);
const member = fc.constantFrom("a", "b", "x_1");

export const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
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

const without = (object: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(object).filter(([, one]) => one !== undefined));

/** `leaves`: schemas beside the scalar ones that nest no further. */
const schemas = (...leaves: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.letrec((tie) => {
    const inner = tie("schema");
    const sub = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 2 });
    const numbers = fc.record({
      type: fc.constantFrom("number", "integer"),
      minimum: sub(small),
      maximum: sub(small),
      exclusiveMinimum: sub(small),
      multipleOf: sub(fc.constantFrom(1, 2, 3)),
    });
    const strings = fc.record({
      type: fc.constantFrom<string | string[]>("string", ["string", "null"], ["string", "integer"]),
      minLength: sub(small),
      maxLength: sub(small),
      pattern: sub(fc.constantFrom("^a", "b$(?!\\n)", "^[a-c]*$(?!\\n)")),
    });
    const formats = fc.record({
      type: sub(fc.constantFrom<string | string[]>("string", ["string", "null"])),
      format: fc.constantFrom("date", "date-time", "email", "uri"),
      minLength: sub(small),
    });
    const objects = fc.record({
      type: sub(fc.constant("object")),
      properties: sub(fc.dictionary(member, inner, { maxKeys: 2, noNullPrototype: true })),
      patternProperties: sub(
        fc.dictionary(fc.constantFrom("^x_", "1$(?!\\n)"), inner, {
          minKeys: 1,
          maxKeys: 2,
          noNullPrototype: true,
        }),
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
        fc.constantFrom<unknown>(true, { type: "null" }, { type: "boolean" }, { const: null }, ...leaves),
        fc.uniqueArray(scalar, { minLength: 1, maxLength: 3 }).map((values) => ({ enum: values })),
        numbers.map(without),
        strings.map(without),
        formats.map(without),
        objects.map(without),
        arrays.map(without),
        combined.map(without),
      ),
    };
  }).schema;

export const schema = schemas();

/** A schema with two others beside it, all of which may refer to one another, and to themselves. */
export const referring: fc.Arbitrary<SchemaObject> = fc
  .tuple(...[0, 1, 2].map(() => schemas({ $ref: "#/$defs/d" }, { $ref: "#/$defs/e" })))
  .map(([root, d, e]) => ({ ...(isObject(root) ? root : { allOf: [root] }), $defs: { d, e } }));

/** What a schema becomes by one change somewhere: a keyword less, or those of another beside its own. */
export const changed = (root: SchemaObject, place: number, keyword: number, other: unknown): SchemaObject => {
  const copy = structuredClone(root);
  const places = [...subschemas(copy)].filter((one) =>
    Object.keys(one.schema).some((name) => name !== "$defs"),
  );
  const { pointer } = places[place % places.length] ?? { pointer: "" };
  const target = follow(copy, pointer) as Record<string, unknown>;
  const names = Object.keys(target).filter((name) => name !== "$defs");
  if (isObject(other)) Object.assign(target, other);
  else if (names.length > 0) delete target[names[keyword % names.length]!];
  return copy;
};
