/** Schemas made of others: applicators, references and what they leave unevaluated, with values to start mutations from. */
import type { Synthetic } from "./synthetic.js";

const address = {
  type: "object",
  required: ["city"],
  properties: {
    city: { type: "string", minLength: 1 },
    zip: { type: "string", pattern: "^[0-9]{5}$(?!\\n)" },
  },
};

export const composed: readonly Synthetic[] = [
  {
    name: "combined",
    schema: {
      type: "object",
      properties: {
        any: { anyOf: [{ type: "string", maxLength: 2 }, { type: "integer", minimum: 3 }, { type: "null" }] },
        one: {
          oneOf: [
            { type: "integer", multipleOf: 2 },
            { type: "integer", multipleOf: 3 },
          ],
        },
        all: {
          allOf: [
            { type: "string", minLength: 1 },
            { type: "string", maxLength: 3 },
          ],
        },
        clash: { allOf: [{ pattern: "^a" }, { type: "string", pattern: "b$(?!\\n)" }] },
        not: { not: { type: "string" } },
        noEmpty: { type: "object", not: { required: ["a"] } },
        shapes: {
          oneOf: [
            {
              type: "object",
              required: ["kind"],
              properties: { kind: { const: "a" }, size: { type: "integer" } },
            },
            {
              type: "object",
              required: ["kind"],
              properties: { kind: { const: "b" }, size: { type: "string" } },
            },
          ],
        },
        merged: {
          type: "object",
          properties: { a: { type: "integer" } },
          allOf: [
            { type: "object", required: ["a"], properties: { a: { minimum: 3 }, b: { type: "string" } } },
          ],
        },
      },
    },
    seeds: [
      {
        any: "ab",
        one: 2,
        all: "ab",
        clash: "ab",
        not: 1,
        noEmpty: {},
        shapes: { kind: "a", size: 1 },
        merged: { a: 3, b: "x" },
      },
      { any: null, one: 3, shapes: { kind: "b", size: "x" }, merged: { a: 6 } },
    ],
  },
  {
    name: "conditional",
    schema: {
      type: "object",
      required: ["kind"],
      properties: { kind: { type: "string" }, amount: { type: "number" }, reason: { type: "string" } },
      if: { properties: { kind: { const: "refund" } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { required: ["reason"], properties: { amount: { maximum: 0 } } },
      else: { properties: { amount: { minimum: 0 } } },
      dependentRequired: { amount: ["currency"] },
      dependentSchemas: { currency: { properties: { currency: { enum: ["EUR", "USD"] } } } },
    },
    seeds: [
      { kind: "refund", amount: -1, reason: "x", currency: "EUR" },
      { kind: "sale", amount: 1, currency: "USD" },
    ],
  },
  {
    name: "references",
    schema: {
      type: "object",
      required: ["home"],
      properties: {
        home: { $ref: "#/$defs/address" },
        work: { $ref: "#/$defs/address", required: ["zip"] },
        tree: { $ref: "#/$defs/node" },
        other: { $ref: "strings.schema.json#/properties/short" },
      },
      $defs: {
        address,
        node: {
          type: "object",
          required: ["value"],
          properties: {
            value: { type: "integer" },
            children: { type: "array", items: { $ref: "#/$defs/node" } },
          },
        },
      },
    },
    seeds: [
      {
        home: { city: "A", zip: "12345" },
        work: { city: "B", zip: "54321" },
        tree: { value: 1, children: [{ value: 2, children: [] }, { value: 3 }] },
        other: "abc",
      },
    ],
  },
  {
    name: "unevaluated",
    schema: {
      type: "object",
      allOf: [{ properties: { a: { type: "string" } } }],
      properties: {
        b: { type: "integer" },
        items: { type: "array", prefixItems: [{ type: "string" }], unevaluatedItems: false },
      },
      anyOf: [
        { required: ["c"], properties: { c: { type: "string" } } },
        { properties: { d: { type: "string" } } },
      ],
      unevaluatedProperties: { type: "boolean" },
    },
    seeds: [
      { a: "x", b: 1, c: "c", d: "d", extra2: true, items: ["a"] },
      { b: 1, d: "x" },
    ],
  },
  {
    name: "contains-anything",
    schema: {
      type: "object",
      properties: {
        any: { type: "array", prefixItems: [{ type: "string" }], contains: true },
        few: { type: "array", prefixItems: [true], contains: {}, minContains: 0, maxContains: 2 },
        not: { not: { type: "array", prefixItems: [{ type: "string" }], contains: { type: "boolean" } } },
      },
    },
    seeds: [
      { any: ["a"], few: [], not: [] },
      { any: [], few: [1, 2, 3], not: ["a", true] },
    ],
  },
  {
    name: "unevaluated-after-conditions",
    schema: {
      type: "object",
      if: { required: ["a"], properties: { a: { const: 1 } } },
      else: { properties: { b: { type: "string" } } },
      properties: {
        list: { type: "array", contains: { type: "integer" }, unevaluatedItems: { type: "string" } },
        either: { type: "array", anyOf: [{ items: { type: "string" } }, true], unevaluatedItems: false },
        tail: {
          type: "array",
          prefixItems: [true],
          allOf: [{ contains: { const: "x" } }],
          unevaluatedItems: false,
        },
      },
      unevaluatedProperties: false,
    },
    seeds: [
      { a: 1, list: [1, "a", 2], either: ["a"], tail: [1, "x"] },
      { b: "x", list: [1], either: [], tail: [null, "x", "x"] },
    ],
  },
  {
    name: "closed-by-unevaluated",
    schema: {
      $ref: "#/$defs/base",
      properties: { own: { type: "string" } },
      unevaluatedProperties: false,
      $defs: { base: { type: "object", required: ["id"], properties: { id: { type: "integer" } } } },
    },
    seeds: [{ id: 1, own: "x" }],
  },
  {
    name: "annotations",
    schema: {
      title: "Annotated",
      description: 'Says "much" and \\ asserts little.',
      type: "object",
      deprecated: true,
      properties: {
        a: { type: "string", default: "x", readOnly: true, $comment: "nothing", examples: ["a"] },
        b: { type: "array", items: { type: "integer" }, default: [], writeOnly: true },
        c: { type: "string", contentEncoding: "base64", contentMediaType: "text/plain" },
      },
    },
    seeds: [{ a: "a", b: [1], c: "eA==" }],
  },
  {
    name: "scalar",
    schema: { type: ["string", "integer", "null"], maxLength: 3, maximum: 7 },
    seeds: ["abc", 7, null],
  },
];
