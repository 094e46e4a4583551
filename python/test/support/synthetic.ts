/** A contract that uses every keyword that contracts may use, and events that keep and break each. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const core = fileURLToPath(new URL("../../../holyfields/schemas/core", import.meta.url));

/** One member of the payload each; all may be left out. */
const members: Readonly<Record<string, object>> = {
  constant: { const: { a: [1, true] } },
  one: { const: 1 },
  yes: { const: true },
  choice: { enum: [0, "a", null, [1], { b: 1.5 }] },
  exclusive: { oneOf: [{ type: "integer" }, { type: "number", minimum: 10 }] },
  either: {
    anyOf: [
      { type: "string", maxLength: 3 },
      { type: "array", maxItems: 2 },
    ],
  },
  never: { not: { type: ["string", "null"] } },
  step: { multipleOf: 0.5 },
  even: { multipleOf: 2 },
  between: { exclusiveMinimum: 0, exclusiveMaximum: 1 },
  tuple: {
    type: "array",
    prefixItems: [{ type: "string" }, { type: "integer" }],
    items: { type: "boolean" },
  },
  holds: { type: "array", contains: { const: 1 }, minContains: 1, maxContains: 2 },
  different: { type: "array", uniqueItems: true },
  word: { type: "string", pattern: "^[a-z]{2,4}$(?!\\n)", minLength: 3 },
  named: { type: "object", propertyNames: { maxLength: 3 }, minProperties: 1, maxProperties: 2 },
  closed: {
    type: "object",
    properties: { a: true },
    patternProperties: { "^x_": { type: "integer" } },
    additionalProperties: false,
  },
  strict: { allOf: [{ properties: { a: { type: "integer" } } }], unevaluatedProperties: false },
  needs: { dependentRequired: { a: ["b"] }, dependentSchemas: { c: { required: ["d"] } } },
  when: {
    if: { properties: { kind: { const: 1 } }, required: ["kind"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, not a promise
    then: { required: ["x"] },
    else: { required: ["y"] },
  },
  far: { $ref: "#/$defs/tree" },
};

const values: readonly unknown[] = [
  null,
  true,
  false,
  0,
  1,
  2,
  0.5,
  0.75,
  10,
  10.5,
  1e300,
  "",
  "a",
  "abc",
  "abcd\n",
  "ABC",
  [],
  [1],
  [1, 1, 1],
  ["a", 1, true],
  ["a", 1, 1],
  [1, true],
  [1, 1.0],
  [
    { a: 1, b: 2 },
    { b: 2, a: 1 },
  ],
  {},
  { a: 1 },
  { a: "text", b: 1 },
  { a: [1, true] },
  { a: [true, 1] },
  { b: 1.5 },
  { c: 1 },
  { c: 1, d: 1 },
  { x_1: 1 },
  { x_1: "a" },
  { kind: 1 },
  { kind: 1, x: 1 },
  { kind: true, y: 1 },
  { abcd: 1 },
  { a: 1, b: 2, c: 3 },
  { children: [{ children: [] }] },
  { children: [{ children: [1] }] },
];

export function everyKeyword(): { folder: string; events: readonly object[]; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), "bloodbank-python-schemas-"));
  cpSync(core, path.join(folder, "core"), { recursive: true });
  mkdirSync(path.join(folder, "test"));
  writeFileSync(
    path.join(folder, "test", "every.keyword.v1.schema.json"),
    JSON.stringify({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $id: "https://33god.dev/schemas/test/every.keyword.v1.schema.json",
      title: "TestEveryKeyword",
      description: "Uses every keyword.",
      allOf: [{ $ref: "../core/event-envelope.v1.schema.json" }],
      type: "object",
      properties: {
        event_type: { const: "test.every.keyword" },
        version: { const: "v1" },
        payload: { type: "object", properties: members },
      },
      required: ["event_type", "version", "payload"],
      $defs: {
        tree: {
          type: "object",
          properties: { children: { type: "array", items: { $ref: "#/$defs/tree" } } },
        },
      },
    }),
  );
  const envelope = {
    event_id: "0190f5c4-7b1e-7c3a-8f00-00000000000d",
    event_type: "test.every.keyword",
    timestamp: "2026-05-13T03:15:03.000Z",
    version: "v1",
    source: { host: "h", type: "system", app: "a" },
  };
  const events = Object.keys(members).flatMap((name) =>
    values.map((value) => ({ ...envelope, payload: { [name]: value } })),
  );
  return { folder, events, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
