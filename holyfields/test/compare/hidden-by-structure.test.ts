/** What the structure of a schema can hide from a proof: the same pattern in several parts, and references that come back. */
import { expect, test } from "vitest";
import { compareSchemas } from "../../src/tools/index.js";

const str = { type: "string" };
const int = { type: "integer" };
const patterned = (schema: object, more: object = {}) => ({
  type: "object",
  patternProperties: { "^x_": schema },
  ...more,
});

test("every part that speaks of a pattern counts, not the last one alone", () => {
  const parts = [patterned({ minimum: 3 }), patterned(int)];
  expect(compareSchemas(patterned(int), { allOf: parts })).toMatchObject({
    compatible: false,
    findings: [{ rule: "RANGE_NARROWED" }],
  });
  expect(compareSchemas({ allOf: parts }, patterned({ ...int, minimum: 3 }), { mode: "FULL" })).toMatchObject(
    {
      compatible: true,
      findings: [],
    },
  );
});

test("a part that knows no pattern speaks of its names as of all others", () => {
  const older = patterned(int, { additionalProperties: str });
  const newer = { allOf: [patterned(int), { type: "object", additionalProperties: str }] };
  expect(compareSchemas(older, newer).compatible).toBe(false);
  expect(compareSchemas(newer, older).compatible).toBe(true);
});

test("what was proven on the way to a failure is not taken for proven", () => {
  const older = {
    $ref: "#/$defs/node",
    $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" } } } },
  };
  // That `first` takes a node was proven while `stays` was thought to: it asks for z, two steps on.
  const newer = {
    anyOf: [{ $ref: "#/$defs/stays" }, { $ref: "#/$defs/first" }],
    $defs: {
      stays: { type: "object", properties: { next: { $ref: "#/$defs/more" } } },
      more: { $ref: "#/$defs/first", required: ["z"] },
      first: { type: "object", properties: { next: { $ref: "#/$defs/stays" } } },
    },
  };
  expect(compareSchemas(older, newer).compatible).not.toBe(true);
  const { compatible } = compareSchemas(newer, older);
  expect(compatible).toBe(true);
});
