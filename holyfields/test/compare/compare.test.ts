import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadSchemaSet } from "../../src/catalog/load.js";
import { ownSchemasDir } from "../../src/schema/read-files.js";
import { compareSchemas } from "../../src/tools/index.js";
import { newAjv } from "../../src/verdict/compiler.js";

const str = { type: "string" };
const int = { type: "integer" };
const open = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const closed = (properties: object, more: object = {}) =>
  open(properties, { additionalProperties: false, ...more });

const when = (question: object, yes: object, no?: object) =>
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  open({}, { if: question, then: yes, ...(no !== undefined && { else: no }) });

/** Title, old, new, backward, forward. */
const pairs: readonly (readonly [string, unknown, unknown, boolean | null, boolean | null])[] = [
  ["the same schema", open({ a: str }), open({ a: str }), true, true],
  ["another title", { ...open({ a: str }), title: "A" }, open({ a: str }), true, true],
  ["integer to number", int, { type: "number" }, true, false],
  ["string to number", str, { type: "number" }, false, false],
  ["a type more", str, { type: ["string", "null"] }, true, false],
  ["anything to something", true, str, false, true],
  ["something to nothing", str, false, false, true],
  ["a greater maximum", { ...int, maximum: 5 }, { ...int, maximum: 6 }, true, false],
  ["a lesser minimum", { type: "number", minimum: 5 }, { type: "number", minimum: 4.5 }, true, false],
  [
    "an exclusive bound",
    { type: "number", minimum: 5 },
    { type: "number", exclusiveMinimum: 5 },
    false,
    true,
  ],
  [
    "bounds of integers that say the same",
    { ...int, exclusiveMinimum: 4 },
    { ...int, minimum: 5 },
    true,
    true,
  ],
  ["a coarser multiple", { ...int, multipleOf: 2 }, { ...int, multipleOf: 4 }, false, true],
  ["another multiple", { ...int, multipleOf: 2 }, { ...int, multipleOf: 3 }, false, false],
  ["a longer text", { ...str, maxLength: 5 }, { ...str, maxLength: 10 }, true, false],
  ["a shortest text", str, { ...str, minLength: 1 }, false, true],
  ["a pattern", str, { ...str, pattern: "^[a-z]+$" }, false, true],
  ["another pattern", { ...str, pattern: "^[a-z]+$" }, { ...str, pattern: "^[0-9]+$" }, false, false],
  ["a format", str, { ...str, format: "uuid" }, false, true],
  ["a value more", { enum: ["a", "b"] }, { enum: ["a", "b", "c"] }, true, false],
  ["values instead of any text", str, { enum: ["a", "b"] }, false, true],
  ["a const to the same enum", { const: 1 }, { enum: [1] }, true, true],
  ["boolean to its values", { type: "boolean" }, { enum: [true, false] }, true, true],
  ["an optional member in an open object", open({}), open({ a: str }), false, true],
  ["an optional member of any schema in an open object", open({}), open({ a: true }), true, true],
  ["an optional member in a closed object", closed({ a: str }), closed({ a: str, b: str }), true, false],
  ["a required member", open({ a: str }), open({ a: str }, { required: ["a"] }), false, true],
  ["a member less in an open object", open({ a: str }), open({}), true, false],
  ["a member less in a closed object", closed({ a: str, b: str }), closed({ a: str }), false, true],
  ["a closed object", open({ a: str }), closed({ a: str }), false, true],
  [
    "additional members of a schema",
    open({}, { additionalProperties: int }),
    open({}, { additionalProperties: { type: "number" } }),
    true,
    false,
  ],
  [
    "a member that additional members allowed",
    open({}, { additionalProperties: str }),
    open({ a: str }, { additionalProperties: str }),
    true,
    true,
  ],
  [
    "a pattern of members",
    open({}, { patternProperties: { "^x_": str }, additionalProperties: false }),
    open({}, { patternProperties: { "^x_": { type: ["string", "integer"] } }, additionalProperties: false }),
    true,
    false,
  ],
  ["more members", open({}, { maxProperties: 2 }), open({}, { maxProperties: 3 }), true, false],
  ["a nested change", open({ a: open({ b: int }) }), open({ a: open({ b: str }) }), false, false],
  [
    "items of a wider type",
    { type: "array", items: int },
    { type: "array", items: { type: "number" } },
    true,
    false,
  ],
  ["longer lists", { type: "array", maxItems: 1 }, { type: "array", maxItems: 2 }, true, false],
  ["sets", { type: "array" }, { type: "array", uniqueItems: true }, false, true],
  [
    "a tuple's place",
    { type: "array", prefixItems: [str] },
    { type: "array", prefixItems: [str, int] },
    false,
    true,
  ],
  ["an alternative more", { oneOf: [str, int] }, { oneOf: [str, int, { type: "null" }] }, true, false],
  ["an alternative less", { anyOf: [str, int] }, { anyOf: [str] }, false, true],
  ["alternatives in another order", { anyOf: [str, int] }, { anyOf: [int, str] }, true, true],
  ["a type list as alternatives", { type: ["string", "integer"] }, { anyOf: [str, int] }, true, true],
  [
    "parts joined by allOf",
    { allOf: [open({ a: str }), open({ b: int })] },
    open({ a: str, b: int }),
    true,
    true,
  ],
  [
    "tagged alternatives, one more",
    {
      oneOf: [
        open({ k: { const: "a" } }, { required: ["k"] }),
        open({ k: { const: "b" } }, { required: ["k"] }),
      ],
    },
    {
      oneOf: ["a", "b", "c"].map((tag) => open({ k: { const: tag } }, { required: ["k"] })),
    },
    true,
    false,
  ],
  [
    "a tag with two values, taken apart",
    open({ k: { enum: ["a", "b"] }, v: int }, { required: ["k"] }),
    {
      oneOf: [
        open({ k: { const: "a" }, v: int }, { required: ["k"] }),
        open({ k: { const: "b" }, v: { type: "number" } }, { required: ["k"] }),
      ],
    },
    true,
    false,
  ],
  [
    "a tag with two values, one of them narrowed",
    open({ k: { enum: ["a", "b"] }, v: int }, { required: ["k"] }),
    {
      anyOf: [
        open({ k: { const: "a" }, v: int }, { required: ["k"] }),
        open({ k: { const: "b" }, v: { ...int, minimum: 0 } }, { required: ["k"] }),
      ],
    },
    false,
    true,
  ],
  ["not", {}, { not: str }, false, true],
  ["the same not", { not: str }, { not: str }, true, true],
  ["a not that excludes less", { not: { type: ["string", "null"] } }, { not: str }, true, false],
  [
    "a not of what the same reference now stands for",
    { not: { $ref: "#/$defs/x" }, $defs: { x: str } },
    { not: { $ref: "#/$defs/x" }, $defs: { x: { type: ["string", "number"] } } },
    false,
    true,
  ],
  ["a not of another kind of value", int, { ...int, not: str }, true, true],
  [
    "contains of a wider schema",
    { type: "array", contains: int },
    { type: "array", contains: { type: "number" } },
    true,
    false,
  ],
  [
    "contains fewer",
    { type: "array", contains: int, minContains: 2 },
    { type: "array", contains: int },
    true,
    false,
  ],
  [
    "contains at most more",
    { type: "array", contains: int, maxContains: 2 },
    { type: "array", contains: int, maxContains: 3 },
    true,
    false,
  ],
  [
    "longer names",
    open({}, { propertyNames: { maxLength: 3 } }),
    open({}, { propertyNames: { ...str, maxLength: 5 } }),
    true,
    false,
  ],
  [
    "fewer dependent members",
    open({}, { dependentRequired: { a: ["b", "c"], b: ["c"] } }),
    open({}, { dependentRequired: { a: ["b"] } }),
    true,
    false,
  ],
  [
    "a dependent schema less, and one that takes more",
    open({}, { dependentSchemas: { a: open({ b: int }), c: open({ d: str }) } }),
    open({}, { dependentSchemas: { a: open({ b: { type: "number" } }) } }),
    true,
    false,
  ],
  [
    "a condition whose branches take more",
    when({ required: ["a"] }, { required: ["b", "c"] }, { required: ["d"] }),
    when({ required: ["a"] }, { required: ["b"] }),
    true,
    false,
  ],
  [
    "another condition",
    when({ required: ["a"] }, { required: ["b"] }),
    when({ required: ["b"] }, { required: ["a"] }),
    false,
    false,
  ],
  [
    "a list that contains itself",
    { $ref: "#/$defs/l", $defs: { l: { type: "array", contains: { $ref: "#/$defs/l" }, minContains: 0 } } },
    { $ref: "#/$defs/l", $defs: { l: { type: "array", contains: { $ref: "#/$defs/l" }, minContains: 0 } } },
    true,
    true,
  ],
  [
    "a condition",
    open({ k: str }),
    {
      ...open({ k: str }),
      if: { properties: { k: { const: "x" } }, required: ["k"] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { required: ["y"] },
    },
    false,
    true,
  ],
  ["dependent members", open({}), open({}, { dependentRequired: { a: ["b"] } }), false, true],
  ["contains", { type: "array" }, { type: "array", contains: int }, false, true],
  ["names", open({}), open({}, { propertyNames: { maxLength: 3 } }), false, true],
  [
    "closed by unevaluatedProperties",
    { allOf: [open({ a: str })] },
    { allOf: [open({ a: str })], unevaluatedProperties: false },
    false,
    true,
  ],
  [
    "a reference and what it stands for",
    { $ref: "#/$defs/x", $defs: { x: open({ a: str }) } },
    open({ a: str }),
    true,
    true,
  ],
  [
    "a recursive schema that is the same",
    { $ref: "#/$defs/n", $defs: { n: open({ v: int, next: { $ref: "#/$defs/n" } }) } },
    { $ref: "#/$defs/n", $defs: { n: open({ v: int, next: { $ref: "#/$defs/n" } }) } },
    true,
    true,
  ],
  [
    "a recursive schema that narrows",
    { $ref: "#/$defs/n", $defs: { n: open({ v: { type: "number" }, next: { $ref: "#/$defs/n" } }) } },
    { $ref: "#/$defs/n", $defs: { n: open({ v: int, next: { $ref: "#/$defs/n" } }) } },
    false,
    true,
  ],
  [
    "draft-07's definitions, item lists and dependencies",
    {
      $schema: "http://json-schema.org/draft-07/schema#",
      definitions: { a: int },
      type: "object",
      properties: {
        a: { $ref: "#/definitions/a" },
        l: { type: "array", items: [str], additionalItems: false },
      },
      dependencies: { a: ["l"] },
    },
    {
      $schema: "http://json-schema.org/draft-07/schema#",
      definitions: { a: { type: "number" } },
      type: "object",
      properties: {
        a: { $ref: "#/definitions/a" },
        l: { type: "array", items: [str, int], additionalItems: false },
      },
      dependencies: { a: ["l"] },
    },
    true,
    false,
  ],
  [
    "a pattern that matches the same otherwise written",
    { ...str, pattern: "^a$" },
    { ...str, pattern: "^(a)$" },
    null,
    null,
  ],
];

describe("comparing two schemas", () => {
  for (const [title, older, newer, backward, forward] of pairs)
    for (const [mode, expected, wide, narrow] of [
      ["BACKWARD", backward, older, newer],
      ["FORWARD", forward, newer, older],
    ] as const)
      test(`${title}, ${mode}: ${expected === null ? "undecided" : expected ? "compatible" : "incompatible, with a witness"}`, () => {
        const { compatible, findings } = compareSchemas(older, newer, { mode });
        expect({ compatible, findings: expected === true ? findings : [] }).toEqual({
          compatible: expected,
          findings: [],
        });
        const accepts = (schema: unknown, value: unknown) => newAjv().compile(schema as object)(value);
        for (const finding of findings) {
          expect(finding.advice).toMatch(/\.$/);
          if (finding.verdict !== "incompatible") continue;
          if (JSON.stringify(older).includes("draft-07")) continue;
          expect(accepts(wide, finding.witness)).toBe(true);
          expect(accepts(narrow, finding.witness)).toBe(false);
        }
      });

  const deep = () => {
    let schema: unknown = true;
    for (let i = 0; i < 10_000; i += 1) schema = { items: schema };
    return schema;
  };
  test.each([
    ["refers to nothing", { $ref: "#/$defs/x" }, "SCHEMA_REF_UNRESOLVED"],
    ["refers in a circle", { $ref: "#" }, "SCHEMA_REF_CYCLIC"],
    ["has a pattern that never ends", { pattern: "^(a+)+$" }, "SCHEMA_PATTERN_INVALID"],
    ["is no schema", { type: "text" }, "SCHEMA_INVALID"],
    ["nests without end", deep(), "SCHEMA_TOO_DEEP"],
  ])("a schema that %s is a clear error", (_, schema, code) => {
    expect(() => compareSchemas(schema, {})).toThrow(expect.objectContaining({ code }));
    expect(() => compareSchemas({}, schema)).toThrow(expect.objectContaining({ code }));
  });

  test("a format that nobody checks leaves the question open", () => {
    expect(compareSchemas(str, { ...str, format: "isbn" }).compatible).toBeNull();
  });

  test("FULL asks both ways, NONE asks nothing", () => {
    expect(compareSchemas(int, { type: "number" }, { mode: "FULL" }).compatible).toBe(false);
    expect(compareSchemas(int, str, { mode: "NONE" })).toEqual({
      compatible: true,
      mode: "NONE",
      policy: "strict",
      findings: [],
    });
  });

  test("the policy lenient lets an optional member be declared that nobody declared before, and nothing else", () => {
    const lenient = (older: unknown, newer: unknown) =>
      compareSchemas(older, newer, { mode: "FULL", policy: "lenient" }).compatible;
    expect(lenient(open({ a: str }), open({ a: str, b: int }))).toBe(true);
    expect(lenient(open({ a: str }), open({ a: str, b: int }, { required: ["b"] }))).toBe(false);
    expect(lenient(open({ a: str, b: str }), open({ a: str, b: int }))).toBe(false);
    expect(
      lenient(open({}, { additionalProperties: str }), open({ b: int }, { additionalProperties: str })),
    ).toBe(false);
  });

  test("a finding points into the schema that refuses, and its witness is a whole event", () => {
    const file = loadSchemaSet().files.find(({ name }) => name === "artifact/created.v1.schema.json")!;
    const older = JSON.parse(readFileSync(path.join(ownSchemasDir, file.name), "utf8"));
    const newer = structuredClone(older);
    newer.properties.payload.required.push("title");
    const context = { older: loadSchemaSet().files.filter(({ name }) => name.startsWith("core/")) };
    const { findings } = compareSchemas(older, newer, { mode: "FULL", policy: "lenient", context });
    expect(findings).toMatchObject([
      {
        rule: "REQUIRED_ADDED",
        direction: "backward",
        verdict: "incompatible",
        pointer: "/properties/payload/required",
        witness: {
          event_type: "artifact.created",
          payload: expect.not.objectContaining({ title: expect.anything() }),
        },
      },
    ]);
  });

  test("every contract is fully compatible with itself", () => {
    const { files } = loadSchemaSet();
    for (const { schema } of files)
      expect(compareSchemas(schema, schema, { mode: "FULL", context: { older: files } }).findings).toEqual(
        [],
      );
  });
});
