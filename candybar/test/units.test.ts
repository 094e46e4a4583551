import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { doubtsOf, loadContracts } from "../src/api/contracts.js";
import { storedEvent } from "../src/api/schemas.js";
import { eventStreamParser } from "../src/api/server-events.js";
import { formFields, valueAt, withValue } from "../src/contracts/form-fields.js";
import { fieldsOf, typeMatches } from "../src/contracts/schema-fields.js";
import { asBb, asCurl, quoted } from "../src/event/copy-as.js";
import { verdictOf } from "../src/health/verdict-of.js";
import { RowElements } from "../src/live/row-elements.js";
import { summarize, telling } from "../src/live/summary.js";
import { compact, counted, rate } from "../src/shell/counted.js";
import { ago, duration } from "../src/shell/time.js";
import { contracts } from "./fixture-contracts.mjs";
import { FixtureServer } from "./fixture-server.mjs";

const stored = storedEvent.parse({
  position: 1,
  event_id: "a",
  event_type: "artifact.created",
  received_at: "2026-01-01T00:00:00Z",
  valid: true,
  event: { payload: { title: "It's here", size_bytes: 3 } },
});

describe("the elements of the rows in sight", () => {
  it("stay with their events while any of these is still in sight", () => {
    const elements = new RowElements();
    const [c, b, a] = elements.keysFor([3, 2, 1], false);
    const [d, ...rest] = elements.keysFor([4, 3, 2], false);
    expect(rest).toEqual([c, b]);
    expect([a, b, c]).not.toContain(d);
  });

  it("are used again, in their order, where all events are others; what more are needed are new", () => {
    const elements = new RowElements();
    const before = elements.keysFor([2, 1], false);
    const after = elements.keysFor([9, 8, 7], false);
    expect(after.slice(0, 2)).toEqual(before);
    expect(new Set(after).size).toBe(3);
    expect(elements.keysFor([9, 8, 7], false)).toEqual(after);
  });

  it("never become another event's while somebody is at one of them", () => {
    const elements = new RowElements();
    const before = elements.keysFor([2, 1], false);
    expect(elements.keysFor([9, 8], true).filter((key) => before.includes(key))).toEqual([]);
  });
});

describe("the event stream", () => {
  it("is read the same in whatever pieces it arrives", () => {
    const text = ": hello\r\n\r\nid: 7\nevent: message\ndata: {\ndata: }\n\nid: 8\ndata:x\n\n";
    const whole = eventStreamParser()(text);
    const parse = eventStreamParser();
    const pieces = [...text].flatMap((letter) => parse(letter));
    expect(pieces).toEqual(whole);
    expect(whole).toEqual([
      { id: "7", event: "message", data: "{\n}" },
      { id: "8", event: "message", data: "x" },
    ]);
  });
});

describe("a row", () => {
  it("shows the payload's telling values", () => {
    expect(summarize(stored).text).toBe("It's here · size_bytes 3");
    expect(telling({ session_id: "s-1" })).toBe("session_id s-1");
    expect(telling(null)).toBe("");
    expect(telling("text")).toBe("");
  });
  it("shows the first violation of an invalid event", () => {
    const broken = {
      ...stored,
      valid: false,
      violations: [{ pointer: "", keyword: "", message: "is not JSON" }],
    };
    expect(summarize(broken).text).toBe("/ is not JSON");
  });
});

describe("the page's own check of what arrives", () => {
  const event = (contract: ReturnType<typeof contracts>[number], change: object = {}) =>
    storedEvent.parse({
      position: 1,
      event_id: "a",
      event_type: contract.event_type,
      version: contract.version,
      received_at: "2026-01-01T00:00:00Z",
      valid: true,
      event: { ...contract.examples[0], ...change },
    });

  it("knows nothing before the contracts are loaded, and then has no doubt about any contract's example", async () => {
    const all = contracts();
    expect(all.map((contract) => doubtsOf(event(contract)))).toEqual(all.map(() => undefined));
    await loadContracts();
    expect(all.flatMap((contract) => doubtsOf(event(contract)))).toEqual([]);
  });
  it("agrees with what the fixture server calls valid", async () => {
    await loadContracts();
    const server = new FixtureServer();
    server.populate();
    expect(
      server.events.flatMap((one) => (doubtsOf(one) ?? []).map((doubt) => [one.event_type, doubt])),
    ).toEqual([]);
  });
  it("doubts what the platform calls valid and is not, with the place", async () => {
    await loadContracts();
    const created = contracts().find(({ event_type }) => event_type === "artifact.created")!;
    expect(doubtsOf(event(created, { payload: { artifact_type: "code", file_path: 7 } }))).toMatchObject([
      { pointer: "/payload/file_path", keyword: "invalid_type" },
    ]);
    const told = { ...event(created, { payload: {} }), valid: false };
    expect(doubtsOf(told)).toBeUndefined();
  });
  it("holds a type or version that it does not know against the envelope", async () => {
    await loadContracts();
    const [contract] = contracts();
    const younger = { ...event(contract!, { version: "v9", payload: {} }), version: "v9" };
    expect(doubtsOf(younger)).toEqual([]);
    const strange = event({ ...contract!, event_type: "toString" }, { event_type: "x.y", source: null });
    expect(doubtsOf(strange)).toMatchObject([{ pointer: "/source" }]);
  });
});

describe("a copied command", () => {
  it("is safe in a shell whatever the payload says", () => {
    expect(quoted("it's $(rm)")).toBe(`'it'\\''s $(rm)'`);
    expect(asCurl(stored, "http://localhost:8682")).toContain(
      `'http://localhost:8682/events/artifact.created' -H 'content-type: application/json' -d '{"title":"It'\\''s here"`,
    );
  });
});

describe("a copied command for a payload that is longer than an argument may be", () => {
  const text = `It's ${"ü".repeat(150_000)}`;
  const long = storedEvent.parse({ ...stored, event: { payload: { text } } });
  const run = (command: string, program: string) =>
    spawnSync("sh", {
      input: `${program}() { shift "$(($# - 1))"; echo "$1"; cat; }\n${command}\n`,
      encoding: "utf8",
    }).stdout;

  it("gives it to the program as standard input", () => {
    expect(run(asCurl(long, "http://localhost:8682"), "curl")).toBe(`@-\n${JSON.stringify({ text })}\n`);
    expect(run(asBb(long), "npx")).toBe(`-\n${JSON.stringify({ text })}\n`);
  });
});

describe("a contract as a form", () => {
  const schema = {
    properties: {
      payload: {
        type: "object",
        required: ["name", "kind"],
        properties: {
          name: { type: "string", description: "What it is called." },
          kind: { enum: ["a", "b"] },
          size: { type: ["integer", "null"] },
          ready: { type: "boolean" },
          made: { $ref: "#/$defs/made" },
          tags: { type: "array", items: { type: "string" } },
          either: { anyOf: [{ type: "string" }, { type: "number" }] },
          far: { $ref: "other.json#/x" },
          always: { const: 1 },
        },
      },
    },
    $defs: {
      made: {
        type: "object",
        required: ["by"],
        properties: { by: { type: "string" }, "at/on": { type: "string" } },
      },
    },
  };

  it("has a field a member, of the kind that its type asks for, and JSON for what is no single value", () => {
    const fields = formFields(schema, { payload: { name: "x", further: [1] } });
    expect(fields.map(({ name, kind, required }) => [name, kind, required])).toEqual([
      ["name", "text", true],
      ["kind", "choice", true],
      ["size", "number", false],
      ["ready", "flag", false],
      ["made", "group", false],
      ["tags", "json", false],
      ["either", "json", false],
      ["far", "json", false],
      ["always", "fixed", false],
      ["further", "json", false],
    ]);
    const made = fields.find(({ name }) => name === "made");
    expect(made?.members.map(({ pointer, required }) => [pointer, required])).toEqual([
      ["/payload/made/by", true],
      ["/payload/made/at~1on", false],
    ]);
  });
  it("changes nothing but the member that is filled, and takes away what is emptied", () => {
    const event = { event_id: "1", payload: { name: "x", size: 3 } };
    const changed = withValue(event, ["payload", "name"], "y");
    expect(JSON.stringify(changed)).toBe('{"event_id":"1","payload":{"name":"y","size":3}}');
    expect(withValue(event, ["payload", "made", "by"], "me")).toEqual({
      event_id: "1",
      payload: { name: "x", size: 3, made: { by: "me" } },
    });
    expect(withValue(event, ["payload", "size"], undefined)).toEqual({
      event_id: "1",
      payload: { name: "x" },
    });
    expect(event.payload.size).toBe(3);
    expect(valueAt(event, ["payload", "made", "by"])).toBeUndefined();
  });
  it("is none where the contract does not name the members", () => {
    for (const payload of [{ type: "object" }, true, { $ref: "#/nowhere" }, { properties: {} }])
      expect(formFields({ properties: { payload } }, {})).toEqual([]);
  });
});

describe("a contract", () => {
  it("is rows with names, rules and what is required, into arrays and choices", () => {
    const rows = fieldsOf({
      properties: {
        payload: {
          required: ["id"],
          properties: {
            id: { type: "string", minLength: 1, maxLength: 9 },
            list: {
              type: "array",
              items: { type: "object", required: ["x"], properties: { x: { enum: ["a", "b"] } } },
            },
          },
        },
      },
    });
    expect(rows.map((row) => [row.path, row.required, row.type, row.rule])).toEqual([
      ["/id", true, "string", "1 to 9 characters"],
      ["/list", false, "object[]", ""],
      ["/list/x", true, '"a" | "b"', ""],
    ]);
  });
  it.each([
    ["#", "a.b", true],
    ["llm.*", "llm.prompt", true],
    ["llm.*", "llm.a.b", false],
    ["a.#.c", "a.c", true],
    ["a.#.c", "a.b.b.c", true],
    ["a.b", "a.b.c", false],
  ])("%s binds %s: %s", (pattern, type, expected) => expect(typeMatches(pattern, type)).toBe(expected));
});

describe("health", () => {
  it("reads the usual ways of saying well", () => {
    expect(
      [true, "ok", { status: "up" }, { ok: false }, { status: "down" }, { status: "degraded" }, 7].map(
        verdictOf,
      ),
    ).toEqual(["ok", "ok", "ok", "bad", "bad", "warn", "unknown"]);
  });
});

describe("counts", () => {
  it("are written with their word, and as short as there is room for", () => {
    expect([1, 2, 0].map((count) => counted(count, "event", "events"))).toEqual([
      "1 event",
      "2 events",
      "0 events",
    ]);
    expect([0, 0.42, 9.96, 41.2, 1204].map(rate)).toEqual(["0/s", "0.4/s", "10/s", "41/s", "1,204/s"]);
    expect([7, 9_999, 48_211].map(compact)).toEqual(["7", "9,999", "48K"]);
  });
});

describe("times", () => {
  it("are written as people read them", () => {
    expect([70, 1250, 65_000, 7_500_000].map(duration)).toEqual([
      "70 ms",
      "1.25 s",
      "1 min 5 s",
      "2 h 5 min",
    ]);
    expect([0, 12_000, 240_000, 10_800_000].map((past) => ago(0, past))).toEqual([
      "now",
      "12 s",
      "4 min",
      "3 h",
    ]);
  });
});
