/** Schemas that together use every keyword which lint admits, each with values to start mutations from. */
export interface Synthetic {
  readonly name: string;
  readonly schema: Record<string, unknown>;
  readonly seeds: readonly unknown[];
}

const address = {
  type: "object",
  required: ["city"],
  properties: {
    city: { type: "string", minLength: 1 },
    zip: { type: "string", pattern: "^[0-9]{5}$(?!\\n)" },
  },
};

const SCHEMAS: readonly Synthetic[] = [
  {
    name: "strings",
    schema: {
      type: "object",
      required: ["short", "code"],
      properties: {
        short: { type: "string", minLength: 1, maxLength: 3 },
        code: { type: "string", pattern: "^[A-Z]{2}-[0-9]+$(?!\\n)" },
        anywhere: { type: "string", pattern: "b[aeiou]d" },
        loose: { minLength: 2 },
        emoji: { type: "string", pattern: "^[😀-😂]$(?!\\n)" },
      },
    },
    seeds: [{ short: "ab", code: "AB-1", anywhere: "a bad day", loose: 1, emoji: "😀" }],
  },
  ...[
    "date-time",
    "date",
    "time",
    "duration",
    "uuid",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "json-pointer",
  ].map((format) => ({
    name: `format-${format}`,
    schema: {
      type: "object",
      properties: {
        value: { type: "string", format },
        maybe: { type: ["string", "null"], format },
        any: { format },
      },
    },
    seeds: [{ value: "x", maybe: null, any: 1 }],
  })),
  {
    name: "numbers",
    schema: {
      type: "object",
      properties: {
        n: { type: "number", minimum: 0, maximum: 10 },
        open: { type: "number", exclusiveMinimum: -1.5, exclusiveMaximum: 1.5 },
        i: { type: "integer", minimum: 2, maximum: 5 },
        even: { type: "integer", multipleOf: 2 },
        third: { type: "integer", multipleOf: 3 },
        loose: { minimum: 3 },
        both: { type: ["integer", "string"], minimum: 3, minLength: 2 },
      },
    },
    seeds: [{ n: 1, open: 0, i: 3, even: 4, third: 9, loose: 3, both: "ab" }],
  },
  {
    name: "literals",
    schema: {
      type: "object",
      properties: {
        s: { const: "a" },
        n: { const: 1 },
        zero: { const: 0 },
        t: { const: true },
        nil: { const: null },
        o: { const: { a: [1, { b: null }] } },
        e: { enum: ["a", 1, null, true, { x: 1 }, [1]] },
        es: { enum: ["a", "b"] },
        en: { enum: [0, 1] },
        typed: { type: "string", enum: ["a", 1] },
      },
    },
    seeds: [
      {
        s: "a",
        n: 1,
        zero: 0,
        t: true,
        nil: null,
        o: { a: [1, { b: null }] },
        e: { x: 1 },
        es: "b",
        en: 0,
        typed: "a",
      },
    ],
  },
  {
    name: "arrays",
    schema: {
      type: "object",
      properties: {
        list: { type: "array", items: { type: "integer" }, minItems: 1, maxItems: 3 },
        set: { type: "array", uniqueItems: true },
        objects: {
          type: "array",
          uniqueItems: true,
          items: { type: "object", properties: { a: { type: "integer" } } },
        },
        tuple: { type: "array", prefixItems: [{ type: "string" }, { type: "integer" }], items: false },
        rest: { type: "array", prefixItems: [{ type: "string" }], items: { type: "integer" } },
        some: { type: "array", contains: { type: "integer", minimum: 5 }, minContains: 1, maxContains: 2 },
        none: { type: "array", contains: { const: 1 }, minContains: 0 },
        loose: { items: { type: "string" } },
      },
    },
    seeds: [
      {
        list: [1, 2],
        set: [1, "1", true, null],
        objects: [{ a: 1 }, { a: 2 }],
        tuple: ["a", 1],
        rest: ["a", 1, 2],
        some: [1, 5, 6],
        none: [],
        loose: ["a"],
      },
    ],
  },
  {
    name: "objects",
    schema: {
      type: "object",
      required: ["a", "undescribed"],
      properties: {
        a: { type: "string" },
        nested: {
          type: "object",
          minProperties: 1,
          maxProperties: 2,
          additionalProperties: { type: "integer" },
        },
        closed: { type: "object", properties: { x: true }, required: ["x"], additionalProperties: false },
        typed: {
          type: "object",
          properties: { x: { type: "string" } },
          additionalProperties: { type: "integer" },
        },
        empty: { type: "object", additionalProperties: false },
        forbidden: false,
        names: { type: "object", propertyNames: { pattern: "^[a-z]+$(?!\\n)", maxLength: 3 } },
        patterned: {
          type: "object",
          properties: { x_1: { minLength: 2 } },
          patternProperties: { "^x_": { type: "string" }, _n$: { type: "integer" } },
          additionalProperties: { type: "boolean" },
        },
        "we-ird name": { type: "string" },
        class: { type: "string" },
        model_config: { type: "string" },
        _private: { type: "integer" },
        schema: { type: "integer" },
        list: { type: "array", items: { type: "string" } },
      },
    },
    seeds: [
      {
        a: "a",
        undescribed: 1,
        nested: { p: 1 },
        closed: { x: 1 },
        typed: { x: "a", y: 1 },
        empty: {},
        names: { abc: 1 },
        patterned: { x_1: "ab", y_n: 1, z: true },
        "we-ird name": "a",
        class: "a",
        model_config: "a",
        _private: 1,
        schema: 1,
        list: ["a"],
      },
    ],
  },
  {
    name: "prototype-names",
    schema: {
      type: "object",
      required: ["toString", "constructor"],
      properties: {
        toString: { type: "string" },
        constructor: { type: "integer" },
        hasOwnProperty: { type: "boolean" },
        inner: { type: "object", properties: { valueOf: { type: "string" } }, additionalProperties: false },
      },
    },
    seeds: [{ toString: "a", constructor: 1, hasOwnProperty: true, inner: { valueOf: "a" } }],
  },
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

/** With the `$id` and `$schema` that files have. */
export const synthetic: readonly Synthetic[] = SCHEMAS.map(({ name, schema, seeds }) => ({
  name,
  seeds,
  schema: {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: `https://example.com/synthetic/${name}.schema.json`,
    ...schema,
  },
}));
