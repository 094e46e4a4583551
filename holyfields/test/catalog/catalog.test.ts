import { readFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ERROR_CODES, loadCatalog, type Verdict } from "../../src/index.js";
import { contract, event, temporaryFolder, write } from "../support/temporary.js";

const NAME = "shop/order.placed.v1.schema.json";
const loadedFrom = (files: Readonly<Record<string, unknown>>) =>
  loadCatalog({ schemasDir: write(temporaryFolder(), files) });
const refusal = (verdict: Verdict) => {
  if (verdict.valid) throw new Error("it is valid");
  return verdict;
};

describe("loadCatalog", () => {
  test("loads the package's contracts, sorted, and each keeps its own examples", () => {
    const catalog = loadCatalog({ verify: true });
    expect(catalog.contracts.length).toBeGreaterThanOrEqual(44);
    const names = catalog.contracts.map(({ eventType }) => eventType);
    expect(names).toEqual([...names].sort());
    for (const { examples } of catalog.contracts) expect(examples.length).toBeGreaterThanOrEqual(2);
  });

  test("knows every event type of the specification's data flow", () => {
    const catalog = loadCatalog();
    for (const name of [
      "fireflies.transcript.ready",
      "artifact.created",
      "theboard.meeting.round_completed",
      "llm.prompt",
    ])
      expect(catalog.get(name)).toMatchObject({ eventType: name, version: "v1", stability: "stable" });
    expect(catalog.get("artifact.created", "v9")).toBeUndefined();
    expect(catalog.get("toString")).toBeUndefined();
  });

  test("brings the envelope along for a folder that has none", () => {
    const catalog = loadedFrom({ [NAME]: contract() });
    expect(catalog.contracts.map(({ eventType }) => eventType)).toEqual(["shop.order.placed"]);
    expect(catalog.validate(event("shop.order.placed", { id: "a" })).valid).toBe(true);
  });

  test.each([
    ["no JSON", { [NAME]: "{" }, "SCHEMA_NOT_JSON", undefined],
    ["a list", { [NAME]: [] }, "SCHEMA_NOT_JSON", undefined],
    ["a member twice", { [NAME]: '{"title":"a","title":"b"}' }, "SCHEMA_NOT_JSON", "/title"],
    ["a byte order mark", { [NAME]: "\uFEFF{}" }, "SCHEMA_NOT_JSON", undefined],
    ["bytes that are no UTF-8", { [NAME]: Buffer.from([0x7b, 0xff, 0x7d]) }, "SCHEMA_NOT_JSON", undefined],
    [
      "10,000 levels",
      { [NAME]: `${'{"not":'.repeat(10_000)}true${"}".repeat(10_000)}` },
      "SCHEMA_TOO_DEEP",
      undefined,
    ],
    ["a name of no form", { "shop/Order.schema.json": contract() }, "SCHEMA_MISNAMED", undefined],
    [
      "another folder than its $id",
      { "store/order.placed.v1.schema.json": contract() },
      "SCHEMA_MISNAMED",
      "/$id",
    ],
    [
      "another type than its name",
      { [NAME]: contract("shop.order.placed", { properties: { event_type: { const: "shop.order.paid" } } }) },
      "SCHEMA_MISNAMED",
      "/properties/event_type/const",
    ],
    ["no folder", {}, "SCHEMAS_NOT_FOUND", undefined],
    [
      "a stability of its own",
      { [NAME]: contract(undefined, { "x-stability": "solid" }) },
      "SCHEMA_INVALID",
      "/x-stability",
    ],
    [
      "an example of another event",
      { [NAME]: contract(undefined, { examples: [{}] }) },
      "EXAMPLE_INVALID",
      "/examples/0",
    ],
    [
      "a reference to nothing",
      { [NAME]: contract(undefined, { allOf: [{ $ref: "nowhere.json" }] }) },
      "SCHEMA_REF_UNRESOLVED",
      "/allOf/0/$ref",
    ],
    [
      "a circle of references",
      { [NAME]: contract(undefined, { allOf: [{ $ref: "#" }] }) },
      "SCHEMA_REF_CYCLIC",
      "",
    ],
    [
      "a pattern that is none",
      { [NAME]: contract(undefined, {}, { properties: { id: { type: "string", pattern: "(" } } }) },
      "SCHEMA_PATTERN_INVALID",
      "/properties/payload/properties/id/pattern",
    ],
    [
      "a pattern that never ends",
      { [NAME]: contract(undefined, {}, { properties: { id: { type: "string", pattern: "^(a+)+$" } } }) },
      "SCHEMA_PATTERN_INVALID",
      "/properties/payload/properties/id/pattern",
    ],
    [
      "a format that nobody knows",
      { [NAME]: contract(undefined, {}, { properties: { id: { type: "string", format: "isbn" } } }) },
      "SCHEMA_FORMAT_UNKNOWN",
      "/properties/payload/properties/id/format",
    ],
    [
      "two files of one $id",
      {
        "core/a.schema.json": { $id: "https://x.example/a" },
        "core/b.schema.json": { $id: "https://x.example/a" },
      },
      "SCHEMA_DUPLICATE",
      "/$id",
    ],
  ])("refuses %s with a code, the place and what to do", (_, files, code, pointer) => {
    const folder = write(temporaryFolder(), files);
    const expected = {
      code,
      ...(pointer === undefined ? {} : { pointer }),
      hint: expect.stringMatching(/\S/),
    };
    expect(() => loadCatalog({ schemasDir: folder })).toThrow(expect.objectContaining(expected));
    expect(Object.keys(ERROR_CODES)).toContain(code);
  });

  test("verifies examples when asked", () => {
    const broken = contract(undefined, { examples: [event("shop.order.placed", { id: 1 })] });
    const folder = write(temporaryFolder(), { [NAME]: broken });
    expect(loadCatalog({ schemasDir: folder }).contracts).toHaveLength(1);
    expect(() => loadCatalog({ schemasDir: folder, verify: true })).toThrow(
      expect.objectContaining({ code: "EXAMPLE_INVALID", pointer: "/examples/0" }),
    );
  });

  test("takes the newest version that is not retired", () => {
    const catalog = loadedFrom({
      [NAME]: contract(undefined, { "x-stability": "deprecated" }),
      "shop/order.placed.v2.schema.json": contract("shop.order.placed", {}, {}, "v2"),
      "shop/order.placed.v10.schema.json": contract(
        "shop.order.placed",
        { "x-stability": "retired" },
        {},
        "v10",
      ),
    });
    expect(catalog.get("shop.order.placed")?.version).toBe("v2");
    expect(catalog.contracts.map(({ version }) => version)).toEqual(["v1", "v2", "v10"]);
    expect(
      refusal(catalog.validate(event("shop.order.placed", { id: "a" }, "v10"))).violations,
    ).toMatchObject([
      { pointer: "/version", keyword: "retired", message: expect.stringContaining("publish v2") },
    ]);
  });
});

describe("the verdict", () => {
  const catalog = loadCatalog();
  const good = catalog.get("artifact.created")!.examples[0]!;
  const bytes = (text: string) => Buffer.from(text);

  test.each([
    ["artifact.created", "agent", { artifact_type: "transcript", file_path: "/path/to/file.md" }],
    [
      "feature.brainstorm.requested",
      "manual",
      { feature_name: "a", feature_description: "b", requirements: [], constraints: [] },
    ],
  ])("on the specification's own %s is good", (event_type, type, payload) => {
    const envelope = {
      ...event(event_type, payload),
      source: { host: "my-service", type, app: "my-service" },
    };
    expect(catalog.validate(envelope, event_type)).toMatchObject({ valid: true });
  });

  test("on a good event is its contract", () => {
    const verdict = catalog.validateBytes(bytes(JSON.stringify(good)), "artifact.created");
    expect(verdict).toMatchObject({ valid: true, contract: { eventType: "artifact.created" }, event: good });
  });

  test("lists every place, with the value in a plain sentence", () => {
    const verdict = refusal(
      catalog.validate({
        ...good,
        event_id: "x",
        source: { host: 1, type: "robot" },
        agent_context: 3,
        payload: { artifact_type: "", size_bytes: -1 },
      }),
    );
    expect(verdict.code).toBe("CONTRACT_VIOLATION");
    const told = verdict.violations.map(({ pointer, message }) => `${pointer} ${message}`).sort();
    expect(told).toEqual([
      "/agent_context must be an object or null, but is 3",
      '/event_id must be a UUID, such as 0190f5c4-7b1e-7c3a-8f00-000000000000, but is "x"',
      '/payload/artifact_type must have at least 1 character, but "" has 0',
      "/payload/file_path is required, but is missing",
      "/payload/size_bytes must be at least 0, but is -1",
      "/source/app is required, but is missing",
      "/source/host must be a string, but is 1",
      '/source/type must be "webhook", "agent", "manual" or "system", but is "robot"',
    ]);
  });

  test("on an unknown type names the nearest ones, best first", () => {
    expect(refusal(catalog.validate({ ...good, event_type: "artifact.craeted" }))).toMatchObject({
      code: "UNKNOWN_EVENT_TYPE",
      nearest: ["artifact.created", "artifact.updated"],
      message: expect.stringContaining("Did you mean artifact.created"),
      violations: [{ pointer: "/event_type", keyword: "event_type" }],
    });
    expect(refusal(catalog.validate({ ...good, event_type: "zzz.zzz" })).nearest).toEqual([]);
  });

  test("on an unknown version of a known type says which there are", () => {
    expect(refusal(catalog.validate({ ...good, version: "v7" })).violations).toEqual([
      {
        pointer: "/version",
        keyword: "version",
        message: 'artifact.created has no version "v7"; there is v1',
      },
    ]);
  });

  test("on a routing key that differs is a mismatch, and still lists the rest", () => {
    const verdict = refusal(catalog.validate({ ...good, payload: {} }, "artifact.updated"));
    expect(verdict.code).toBe("ROUTING_KEY_MISMATCH");
    expect(verdict.violations.map(({ keyword }) => keyword)).toEqual(["routing_key", "required", "required"]);
  });

  test.each([
    ["empty", "", "json", /empty/],
    ["cut off", '{"a":', "json", /end/],
    ["a comma too many", '{"a":1,}', "json", /near/],
    ["NaN", '{"a":NaN}', "json", /not JSON/],
    ["a byte order mark", "\uFEFF{}", "json", /byte order mark/],
    ["too deep", "[".repeat(100_000), "depth", /deeper than 128/],
  ])("on a body that is %s is MALFORMED_JSON", (_, text, keyword, message) => {
    const verdict = refusal(catalog.validateBytes(bytes(text)));
    expect(verdict).toMatchObject({ code: "MALFORMED_JSON", violations: [{ keyword }] });
    expect(verdict.message).toMatch(message);
  });

  test("on bytes that are no UTF-8 is MALFORMED_JSON", () => {
    expect(refusal(catalog.validateBytes(Uint8Array.of(0x22, 0xc3, 0x28, 0x22)))).toMatchObject({
      code: "MALFORMED_JSON",
      violations: [{ keyword: "utf8" }],
    });
  });

  test.each([
    ["a member twice", '{"a":{"b":[0,{"c":1,"c":1}]}}', "/a/b/1/c"],
    ["a member twice, once escaped", '{"a":1,"\\u0061":1}', "/a"],
    ["an integer that is rounded", '{"a":9007199254740993}', "/a"],
    ["a number beyond all", '{"a":1e999}', "/a"],
    ["half of a pair", '{"a":"\\ud83d"}', "/a"],
  ])("refuses %s only where it is asked to be strict", (_, text, pointer) => {
    const strict = refusal(catalog.validateBytes(bytes(text), undefined, { strict: true }));
    expect(strict).toMatchObject({ code: "MALFORMED_JSON", violations: [{ pointer, keyword: "json" }] });
    expect(refusal(catalog.validateBytes(bytes(text))).code).toBe("CONTRACT_VIOLATION");
  });

  test("takes no infinity for a number, which 1e400 is read as", () => {
    const said = catalog.get("llm.response")!.examples[0]!;
    const lasting = (cost: string) =>
      catalog.validateBytes(
        bytes(
          JSON.stringify({ ...said, payload: { ...said.payload, duration_ms: 1 } }).replace(
            '"duration_ms":1',
            `"duration_ms":${cost}`,
          ),
        ),
      );
    expect(lasting("1e300").valid).toBe(true);
    expect(refusal(lasting("1e400")).violations).toMatchObject([
      { pointer: "/payload/duration_ms", keyword: "type" },
    ]);
  });

  test("is strict about nothing else: whole pairs, large fractions and colons in strings pass", () => {
    const event = {
      ...good,
      payload: { ...good.payload, title: 'a:"b\\":😀', metadata: { big: 1e300, x: 1.5 } },
    };
    const text = JSON.stringify(event).replace("😀", "\\ud83d\\ude00");
    expect(catalog.validateBytes(bytes(text), undefined, { strict: true }).valid).toBe(true);
  });

  test.each([null, true, 1, "x", [], {}, { event_type: 1 }, { event_type: null }, { event_type: "" }])(
    "on %j is a refusal that says why",
    (value) => {
      const verdict = refusal(catalog.validate(value));
      expect(verdict.violations.length).toBeGreaterThan(0);
      expect(verdict.message).toMatch(/\.|\?$/);
    },
  );

  test("is not upset by members named as those of every object", () => {
    const names = '{"__proto__":1,"valueOf":1,"toString":1,"constructor":1,"hasOwnProperty":1}';
    const text = JSON.stringify({ ...good, payload: { ...good.payload, metadata: "@" } }).replace(
      '"@"',
      names,
    );
    expect(catalog.validateBytes(bytes(text), undefined, { strict: true }).valid).toBe(true);
    const started = catalog.get("theboard.meeting.started")!.examples[0]!;
    const agents = [{ valueOf: 1 }, { valueOf: 1 }];
    expect(
      catalog.validate({ ...started, payload: { ...started.payload, selected_agents: agents } }).valid,
    ).toBe(false);
  });

  test("of a value too deep for the stack is a verdict", () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200_000; i += 1) deep = [deep];
    const agents = { ...catalog.get("theboard.meeting.started")!.examples[0]! };
    expect(catalog.validate({ ...agents, payload: { selected_agents: [deep, deep] } }).valid).toBe(false);
  });

  test("is given where ajv's own account of what was evaluated does not run", () => {
    const odd = {
      if: { oneOf: [{ patternProperties: { "^x_": true } }], not: true },
      else: { type: "string" },
    };
    const shop = loadedFrom({ [NAME]: contract(undefined, {}, { properties: { id: odd }, required: [] }) });
    expect(shop.validate(event("shop.order.placed", { id: "a" })).valid).toBe(true);
    expect(refusal(shop.validate(event("shop.order.placed", { id: 1 }))).violations).toMatchObject([
      { pointer: "/payload/id", keyword: "type" },
    ]);
  });

  test("is never thrown, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (body, strict) => {
        const verdict = catalog.validateBytes(body, "a.b", { strict });
        return verdict.valid || verdict.violations.length > 0;
      }),
    );
    const text = JSON.stringify(good);
    fc.assert(
      fc.property(fc.nat(text.length), fc.string({ maxLength: 4 }), fc.nat(5), (at, put, cut) => {
        const changed = text.slice(0, at) + put + text.slice(at + cut);
        const lenient = catalog.validateBytes(bytes(changed));
        const strict = catalog.validateBytes(bytes(changed), undefined, { strict: true });
        return lenient.valid || !strict.valid;
      }),
      { numRuns: 500 },
    );
  });

  test("of strict reading is that of a reader who keeps every member", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const { valid, ...rest } = catalog.validateBytes(bytes(text), undefined, { strict: true });
        if (valid || !("code" in rest) || rest.code !== "MALFORMED_JSON") return true;
        return /twice|pair|2\^53|larger/.test(rest.message);
      }),
    );
  });
});

test("the benchmark's own event is a good one of 537 bytes", async () => {
  const file = path.resolve(import.meta.dirname, "../../../bench/load/body.mjs");
  expect(readFileSync(file, "utf8")).toContain("537");
  const { eventBody } = (await import(file)) as { eventBody: Buffer };
  expect(eventBody.length).toBe(537);
  expect(loadCatalog().validateBytes(eventBody, "artifact.created", { strict: true }).valid).toBe(true);
});
