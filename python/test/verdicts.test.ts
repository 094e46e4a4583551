/** Python and TypeScript give the same verdict on the same event: code, places, keywords and sentences. */
import { fileURLToPath } from "node:url";
import { eventId } from "@33god/bloodbank";
import { loadCatalog, type Verdict } from "@33god/holyfields";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { FORMATS } from "../../holyfields/src/formats/formats.js";
import { broken } from "./support/broken.js";
import { Judge, type Judged } from "./support/judge.js";
import { interpreter, runPython } from "./support/python.js";
import { scribbled } from "./support/scribbled.js";
import { everyKeyword } from "./support/synthetic.js";

const catalog = loadCatalog();

const places = (violations: readonly { pointer: string; keyword: string; message: string }[]) =>
  violations.map(({ pointer, keyword, message }) => `${pointer} ${keyword}: ${message}`).sort();

const ours = (verdict: Verdict) =>
  verdict.valid
    ? { valid: true, code: "", places: [], nearest: [] }
    : { valid: false, code: verdict.code, places: places(verdict.violations), nearest: verdict.nearest };

const theirs = ({ valid, code, violations, nearest }: Judged) => ({
  valid,
  code,
  places: places(violations),
  nearest,
});

describe.skipIf(interpreter === undefined)("the verdict of event_producers (Python)", () => {
  const judge = new Judge();
  beforeAll(() => judge.start());
  afterAll(() => judge.stop());
  const ask = <T>(question: object) => judge.ask<T>(question);

  test("is about the same contracts", async () => {
    expect(await ask({ types: true })).toEqual(
      catalog.contracts.map(({ eventType, version }) => `${eventType} ${version}`),
    );
  });

  test("reads formats as Holyfields defines them", async () => {
    const formats = await ask<Record<string, object>>({ formats: true });
    const expected = Object.fromEntries(
      Object.entries(FORMATS).map(([name, { meaning, pattern, calendar = false, maxLength = null }]) => [
        name,
        { meaning, pattern, calendar, max_length: maxLength },
      ]),
    );
    expect(formats).toEqual(expected);
  });

  test("is yes for every example of every contract", async () => {
    const asked = catalog.contracts.flatMap(({ examples, eventType }) =>
      examples.map((event) => ({ event, routing_key: eventType })),
    );
    const judged = await judge.askAll<Judged>(asked);
    for (const [index, { event }] of asked.entries())
      expect(theirs(judged[index]!)).toEqual(ours(catalog.validate(event)));
  });

  test("is the same for everything that can be wrong with an event", async () => {
    let refused = 0;
    for (const [index, { examples }] of catalog.contracts.entries()) {
      // The envelope is the same in all: it is broken once.
      const events = [...broken(examples[0]!, index === 0 ? undefined : "payload")];
      const judged = await judge.askAll<Judged>(events.map((event) => ({ event })));
      for (const [index, event] of events.entries()) {
        const expected = JSON.stringify(ours(catalog.validate(event)));
        const verdict = JSON.stringify(theirs(judged[index]!));
        if (verdict !== expected) expect(verdict, JSON.stringify(event)).toBe(expected);
        if (!judged[index]!.valid) refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(4_000);
  });

  test("is the same for bytes that are no event", async () => {
    const event = JSON.stringify(catalog.contracts[0]!.examples[0]);
    const bodies = [
      "",
      " ",
      "{",
      "nul",
      "[]",
      "null",
      '"text"',
      "1",
      "{}",
      '{"event_type":1}',
      "NaN",
      '{"a":Infinity}',
      `\ufeff${event}`,
      event.slice(0, -1),
      `${"[".repeat(200)}${"]".repeat(200)}`,
      event.replace(/"payload":\{/, `"payload":{"deep":${"[".repeat(130)}${"]".repeat(130)},`),
      event.replace(/"payload":\{/, `"payload":{"long":${"9".repeat(5000)},`),
      event,
    ].map((text) => Buffer.from(text));
    bodies.push(Buffer.from([0x7b, 0xff, 0x7d]), Buffer.from([0xc0, 0x80]));
    for (const body of bodies) {
      const expected = catalog.validateBytes(body);
      const judged = await ask<Judged>({ body: body.toString("base64") });
      expect({ valid: judged.valid, code: judged.code }, body.toString().slice(0, 60)).toEqual({
        valid: expected.valid,
        code: expected.valid ? "" : expected.code,
      });
      if (!expected.valid)
        expect(judged.violations.map(({ pointer, keyword }) => pointer + keyword).sort()).toEqual(
          expected.violations.map(({ pointer, keyword }) => pointer + keyword).sort(),
        );
    }
  });

  test("is the same for random changes of bytes", async () => {
    const bodies = fc.sample(scribbled, 3_000);
    const judged = await judge.askAll<Judged>(bodies.map((body) => ({ body: body.toString("base64") })));
    const codes = new Set<string>();
    for (const [index, body] of bodies.entries()) {
      const verdict = theirs(judged[index]!);
      const expected = ours(catalog.validateBytes(body));
      // Each parser has words of its own for what is no JSON, and Python shows a number as it was written.
      const told = ({ valid, code, places }: typeof verdict) => ({
        valid,
        code,
        places: code === "MALFORMED_JSON" ? [] : places.map((one) => one.replace(/,? but .*/s, "")),
      });
      expect(told(verdict), body.toString()).toEqual(told(expected));
      codes.add(expected.code);
    }
    expect([...codes].sort()).toEqual(["", "CONTRACT_VIOLATION", "MALFORMED_JSON", "UNKNOWN_EVENT_TYPE"]);
  });

  test("names the nearest type, another version and another routing key alike", async () => {
    const [event] = catalog.get("artifact.created")!.examples;
    const cases = [
      { event: { ...event, event_type: "artifact.craeted" } },
      { event: { ...event, event_type: "nothing.at.all.like" } },
      { event: { ...event, event_type: "Artifact Created\n" } },
      { event: { ...event, version: "v99" } },
      { event: { ...event, version: 1 } },
      { event, routing_key: "artifact.updated" },
      { event: { ...event, payload: {} }, routing_key: "artifact.updated" },
    ];
    for (const asked of cases) {
      const expected = catalog.validate(asked.event, asked.routing_key);
      const judged = await ask<Judged>(asked);
      expect(theirs(judged)).toEqual(ours(expected));
      expect(judged.message).toBe(expected.valid ? "" : expected.message);
    }
  });

  test("ids that are derived from a natural key are the same in both languages", async () => {
    const keys: unknown[] = [
      "a",
      'ä€😀\u2028\u0007\n"\\',
      "half \ud800 and \udfff",
      { "\udc00": 1, "\ud800\udc00": 2, "\uffff": 3 },
      null,
      true,
      0,
      -0,
      1,
      1.5,
      -12.25,
      1e21,
      1e20,
      123456789012345680000,
      1e-6,
      1e-7,
      5e-324,
      1.7976931348623157e308,
      0.1,
      100,
      { b: 1, a: [1, { "😀": 1, "\uffff": 2, Z: null }], "": "" },
      [],
      {},
    ];
    const derived = await judge.askAll<string>(keys.map((key) => ({ type: "artifact.created", key })));
    for (const [index, key] of keys.entries())
      expect(derived[index], JSON.stringify(key)).toBe(eventId("artifact.created", key));
  });

  test("is the same for every keyword that a contract may use", async () => {
    const { folder, events, remove } = everyKeyword();
    const synthetic = loadCatalog({ schemasDir: folder });
    const other = new Judge(folder);
    other.start();
    try {
      const judged = await other.askAll<Judged>(events.map((event) => ({ event })));
      const refused = new Set<string>();
      for (const [index, event] of events.entries()) {
        const verdict = synthetic.validate(event);
        expect(judged[index]!.valid, JSON.stringify(event)).toBe(verdict.valid);
        if (!verdict.valid) for (const { keyword } of verdict.violations) refused.add(keyword);
      }
      expect([...refused].sort()).toEqual(
        expect.arrayContaining([
          "additionalProperties",
          "const",
          "contains",
          "dependentRequired",
          "enum",
          "multipleOf",
          "not",
          "oneOf",
          "propertyNames",
          "unevaluatedProperties",
          "uniqueItems",
        ]),
      );
    } finally {
      await other.stop();
      remove();
    }
  });
});

describe.skipIf(interpreter === undefined)("the envelope's schema (Python)", () => {
  test("is one file that jsonschema's validate takes alone", async () => {
    const program = `
import json, sys
from jsonschema import ValidationError, validate
schema = json.load(open(sys.argv[1]))
event = json.loads(sys.argv[2])
validate(instance=event, schema=schema)
event["agent_context"] = {"mcp_servers": 3}
try:
    validate(instance=event, schema=schema)
except ValidationError as error:
    print(list(error.absolute_path))
`;
    const file = fileURLToPath(
      new URL("../../holyfields/schemas/core/event-envelope.v1.schema.json", import.meta.url),
    );
    const event = loadCatalog().contracts[0]?.examples[0];
    expect(await runPython(["-c", program, file, JSON.stringify(event)])).toBe(
      "['agent_context', 'mcp_servers']",
    );
  });
});
