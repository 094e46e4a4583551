import path from "node:path";
import { describe, expect, test } from "vitest";
import { LINT_RULES, lintSchemas, scaffoldSchema, writeScaffold } from "../../src/tools/index.js";
import { contract, event, temporaryFolder, write } from "../support/temporary.js";

const NAME = "shop/order.placed.v1.schema.json";
const lint = (schema: unknown, name = NAME) =>
  lintSchemas({ schemasDir: write(temporaryFolder(), { [name]: schema }) });
const payload = (properties: unknown, more: object = {}) =>
  contract(undefined, {}, { properties, required: [], ...more });
const id = { type: "string", description: "Which one." };

describe("lintSchemas", () => {
  test("has nothing to say about the package's own contracts", () => {
    expect(lintSchemas()).toEqual([]);
  });

  test("has nothing to say about a sound contract", () => {
    expect(lint(contract())).toEqual([]);
  });

  test("a file that can't be read hides nothing that is wrong with another", () => {
    const schemasDir = write(temporaryFolder(), {
      "shop/broken.v1.schema.json": "{",
      [NAME]: { ...contract(), title: "Wrong" },
    });
    expect(lintSchemas({ schemasDir }).map(({ rule }) => rule)).toEqual(["readable", "title"]);
  });

  const { title: _, ...untitled } = contract();
  const { "x-owner": __, ...unowned } = contract();
  const { "x-stability": ___, ...unstable } = contract();
  test.each([
    ["readable", "{", ""],
    ["sound", payload({ id: { ...id, format: "isbn" } }), "/properties/payload/properties/id/format"],
    ["name", { ...contract(), $id: "https://33god.dev/schemas/shop/other.v1.schema.json" }, "/$id"],
    ["draft", { ...contract(), $schema: "http://json-schema.org/draft-07/schema#" }, "/$schema"],
    [
      "valid-schema",
      payload({ id: { ...id, minLength: "1" } }),
      "/properties/payload/properties/id/minLength",
    ],
    [
      "known-keywords",
      payload({ id: { ...id, $dynamicRef: "#x" } }),
      "/properties/payload/properties/id/$dynamicRef",
    ],
    [
      "known-keywords",
      payload({ id: { type: "number", description: "x", multipleOf: 0.1 } }),
      "/properties/payload/properties/id/multipleOf",
    ],
    ["envelope", { ...contract(), allOf: [] }, "/allOf"],
    ["title", untitled, "/title"],
    ["description", payload({ id: { type: "string" } }), "/properties/payload/properties/id"],
    ["owner", unowned, "/x-owner"],
    ["stability", unstable, "/x-stability"],
    ["lifecycle", contract(undefined, { "x-stability": "deprecated" }), "/x-deprecated-since"],
    ["examples", contract(undefined, { examples: [event("shop.order.placed", { id: "a" })] }), "/examples"],
    [
      "examples",
      contract(undefined, {
        examples: [event("shop.order.placed", { id: "a" }), event("shop.order.placed", {})],
      }),
      "/examples/1/payload/id",
    ],
    [
      "invalid-examples",
      contract(undefined, { "x-invalid-examples": [event("shop.order.placed", { id: "a" })] }),
      "/x-invalid-examples/0",
    ],
    ["compatibility", contract(undefined, { "x-compatibility": "SIDEWARD" }), "/x-compatibility"],
    [
      "open-enum",
      payload({ id: { description: "x", anyOf: [{ enum: ["a"], type: "string" }, { type: "string" }] } }),
      "/properties/payload/properties/id/anyOf/0",
    ],
    ["unsatisfiable-required", payload({ id }, { required: ["other"] }), "/properties/payload/required/0"],
    [
      "typed-enum",
      payload({ id: { description: "x", enum: ["a"] } }),
      "/properties/payload/properties/id/enum",
    ],
    [
      "known-keywords",
      payload({ tags: { ...id, type: "array", additionalItems: false } }),
      "/properties/payload/properties/tags/additionalItems",
    ],
    [
      "known-keywords",
      payload({ tags: { ...id, $id: "https://example.com/tags" } }),
      "/properties/payload/properties/tags/$id",
    ],
    [
      "known-keywords",
      payload({ id }, { dependentRequired: JSON.parse('{"__proto__": ["id"]}') }),
      "/properties/payload/dependentRequired/__proto__",
    ],
    [
      "portable-pattern",
      payload({ id }, { patternProperties: { "\\.": { description: "x" }, "^.x": { description: "x" } } }),
      "/properties/payload/patternProperties/^.x",
    ],
    [
      "portable-pattern",
      payload({ id: { ...id, pattern: "^\\d+" } }),
      "/properties/payload/properties/id/pattern",
    ],
    ["open-payload", payload({ id }, { additionalProperties: false }), "/properties/payload"],
    ["ignored-rule", { ...contract(), "x-lint-ignore": { title: "" } }, "/x-lint-ignore/title"],
    ["ignored-rule", { ...contract(), "x-lint-ignore": { tytle: "because" } }, "/x-lint-ignore/tytle"],
  ])("%s: says where and what to write instead", (rule, schema, pointer) => {
    const findings = lint(schema);
    const found = findings.find((finding) => finding.rule === rule && finding.pointer === pointer);
    expect(found, JSON.stringify(findings)).toMatchObject({
      file: expect.stringContaining(path.normalize(NAME)),
      severity: LINT_RULES[rule as keyof typeof LINT_RULES].severity,
      message: expect.stringMatching(/\S/),
      hint: expect.stringMatching(/\S/),
    });
  });

  test("every rule has a case here", () => {
    // Read from the table above by running it: a rule without a case would be a rule without a proof.
    const tried = [
      "readable",
      "sound",
      "name",
      "draft",
      "valid-schema",
      "known-keywords",
      "envelope",
      "title",
      "description",
      "owner",
      "stability",
      "lifecycle",
      "compatibility",
      "examples",
      "invalid-examples",
      "unsatisfiable-required",
      "typed-enum",
      "open-enum",
      "portable-pattern",
      "open-payload",
      "ignored-rule",
    ];
    expect(tried.sort()).toEqual(Object.keys(LINT_RULES).sort());
  });

  test("a file switches a rule off with a reason", () => {
    const closed = {
      ...payload({ id }, { additionalProperties: false }),
      "x-lint-ignore": { "open-payload": "Signed as a whole." },
    };
    expect(lint(closed)).toEqual([]);
  });

  test.each([
    ["^[a-z]+$", "$(?!\\n)"],
    ["\\w", "[A-Za-z0-9_]"],
    ["a.b", "[^\\n]"],
    ["(?<=a)b", "allOf"],
    ["(?<n>a)", "(?:"],
    ["\\p{L}", "ranges"],
  ])("the pattern %s is told how to be written portably", (pattern, advice) => {
    const finding = lint(payload({ id: { ...id, pattern } })).find(({ rule }) => rule === "portable-pattern");
    expect(finding?.hint).toContain(advice);
  });

  test("patterns that repeat repetitions are refused, those with something between are not", () => {
    const verdict = (pattern: string) =>
      lint(payload({ id: { ...id, pattern } })).some(({ rule }) => rule === "sound");
    for (const slow of [
      "(a*)*",
      "(a+)+b",
      "((a|b)+)*",
      "(?:a*b*)*",
      "([a-z]+){20}",
      "(a|aa)*",
      "(x|[a-z])+",
      "(a|a)*b",
    ])
      expect([slow, verdict(slow)]).toEqual([slow, true]);
    for (const fine of ["a*b*", "^[a-z]+(-[a-z]+)*", "(ab)*", "(a|b)*", "(ab|a)*", "(a+b){2}", "x{1,5}y{2,}"])
      expect([fine, verdict(fine)]).toEqual([fine, false]);
  });
});

describe("scaffoldSchema", () => {
  test("writes a contract that lints, for two to four words", () => {
    for (const eventType of ["shop.opened", "shop.order.placed", "shop.order.item_line.added"]) {
      const schemasDir = temporaryFolder();
      const scaffold = scaffoldSchema({ eventType, schemasDir });
      writeScaffold(scaffold);
      expect(scaffold.version).toBe("v1");
      expect(lintSchemas({ schemasDir })).toEqual([]);
    }
  });

  test("makes the next version from the last, as a draft, and it lints", () => {
    const ended = { "x-stability": "deprecated", "x-deprecated-since": "2026-01-31" };
    const invalid = { "x-invalid-examples": [event("shop.order.placed", {})] };
    const schemasDir = write(temporaryFolder(), {
      [NAME]: contract("shop.order.placed", { ...ended, ...invalid }),
    });
    const scaffold = scaffoldSchema({ eventType: "shop.order.placed", schemasDir });
    expect(path.relative(schemasDir, writeScaffold(scaffold))).toBe(
      path.normalize("shop/order.placed.v2.schema.json"),
    );
    expect(lintSchemas({ schemasDir })).toEqual([]);
    const made = JSON.parse(scaffold.text);
    expect(made).toMatchObject({ "x-stability": "draft", "x-invalid-examples": [{ version: "v2" }] });
    expect(made).not.toHaveProperty("x-deprecated-since");
  });

  test("refuses a name of no form, and a file that is there", () => {
    const schemasDir = write(temporaryFolder(), { [NAME]: contract() });
    expect(() => scaffoldSchema({ eventType: "Shop.Order", schemasDir })).toThrow(
      expect.objectContaining({ code: "EVENT_TYPE_INVALID" }),
    );
    expect(() => scaffoldSchema({ eventType: "shop.order.placed", version: "v1", schemasDir })).toThrow(
      expect.objectContaining({ code: "FILE_EXISTS" }),
    );
  });
});
