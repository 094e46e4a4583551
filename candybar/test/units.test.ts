import { describe, expect, it } from "vitest";
import { doubtsOf, loadContracts } from "../src/api/contracts.js";
import type { Trace, TraceNode } from "../src/api/schemas.js";
import { deadLetters, storedEvent } from "../src/api/schemas.js";
import { eventStreamParser } from "../src/api/server-events.js";
import { formFields, valueAt, withValue } from "../src/contracts/form-fields.js";
import { fieldsOf, typeMatches } from "../src/contracts/schema-fields.js";
import { asCurl, quoted } from "../src/event/copy-as.js";
import { happeningsOf } from "../src/event/happenings.js";
import { traceLines } from "../src/event/trace-order.js";
import { verdictOf } from "../src/health/verdict-of.js";
import { summarize, telling } from "../src/live/summary.js";
import { ago, duration } from "../src/shell/time.js";
import { graphOf, neighbourhood } from "../src/topology/graph.js";
import { foldedByLayer } from "../src/topology/layers.js";
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

describe("a trace", () => {
  const node = (event_id: string, causes: string[], effects: string[], second: number): TraceNode => ({
    event_id,
    missing: false,
    event_type: "artifact.created",
    timestamp: new Date(second * 1000).toISOString(),
    position: second,
    causes,
    effects,
  });
  const trace = (roots: string[], nodes: TraceNode[]): Trace => ({
    event_id: "a",
    roots,
    nodes,
    truncated: false,
  });

  it("is drawn from its roots in the order of time, with the time since the cause", () => {
    const { lines, span } = traceLines(
      trace(
        ["a"],
        [
          node("a", [], ["c", "b"], 1),
          node("b", ["a"], ["d"], 2),
          node("c", ["a"], [], 4),
          node("d", ["b"], [], 9),
        ],
      ),
    );
    expect(lines.map((line) => [line.node.event_id, line.depth, line.sinceCause])).toEqual([
      ["a", 0, undefined],
      ["b", 1, 1000],
      ["d", 2, 7000],
      ["c", 1, 3000],
    ]);
    expect(span).toBe(8000);
  });
  it("names further causes where an event has several", () => {
    const { lines } = traceLines(
      trace(["a", "b"], [node("a", [], ["c"], 1), node("b", [], ["c"], 2), node("c", ["a", "b"], [], 3)]),
    );
    expect(lines.map((line) => line.node.event_id)).toEqual(["a", "c", "b"]);
    expect(lines[1]?.alsoCausedBy.map((n) => n.event_id)).toEqual(["b"]);
  });
  it("shows every event once even when broken clients made a cycle", () => {
    const { lines } = traceLines(trace([], [node("a", ["b"], ["b"], 1), node("b", ["a"], ["a"], 2)]));
    expect(lines.map((line) => line.node.event_id)).toEqual(["a", "b"]);
  });
  it("survives a chain that is deeper than the engine's stack", () => {
    const chain = Array.from({ length: 20_000 }, (_, i) =>
      node(`n${i}`, i ? [`n${i - 1}`] : [], [`n${i + 1}`], i),
    );
    // A rail a level makes deep chains quadratic, so this is also a bound on time.
    expect(traceLines(trace(["n0"], chain.slice(0, 3000))).lines).toHaveLength(3000);
  });
});

describe("a row", () => {
  it("shows the payload's telling values", () => {
    expect(summarize(stored).text).toBe("It's here · size_bytes 3");
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

describe("what befell an event", () => {
  const letter = (headers: Record<string, unknown>) =>
    deadLetters.parse({
      dead_letters: [
        {
          id: "q.dlq/1",
          queue: "q",
          event_id: "a",
          reason: "no disk",
          attempts: 3,
          first_at: "2026-01-01T00:00:01Z",
          last_at: "2026-01-01T00:00:09Z",
          headers,
        },
      ],
    }).dead_letters;
  const told = (befell: ReturnType<typeof happeningsOf>) =>
    befell.get("a")?.map(({ kind, at, text }) => `${new Date(at).getUTCSeconds()} ${kind}: ${text}`);

  it("is each failed attempt in its time, the end, and what was done then", () => {
    const act = storedEvent.parse({
      position: 9,
      event_id: "act",
      event_type: "bloodbank.dead_letter.redriven",
      received_at: "2026-01-01T00:00:30Z",
      valid: true,
      event: { payload: { actor: "jane", event_ids: ["a", "b"] } },
    });
    const times = [1, 2, 9].map((second) => `2026-01-01T00:00:0${second}.000Z`).join(" ");
    const befell = happeningsOf(letter({ "x-failed-at": times }), [act]);
    expect(told(befell)).toEqual([
      "1 failed: attempt 1 failed in q",
      "2 failed: attempt 2 failed in q",
      "9 failed: attempt 3 failed in q",
      "9 gave up: given up by q: no disk",
      "30 redriven: redriven by jane",
    ]);
    expect(befell.get("b")?.map(({ act }) => act)).toEqual(["act"]);
  });
  it("is the first and the last attempt where a foreign consumer did not write each down", () => {
    const expected = [
      "1 failed: attempt 1 failed in q",
      "9 failed: attempt 3 failed in q",
      "9 gave up: given up by q: no disk",
    ];
    for (const headers of [{}, { "x-failed-at": "yesterday" }, { "x-failed-at": 7 }])
      expect(told(happeningsOf(letter(headers), []))).toEqual(expected);
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

describe("the topology", () => {
  it("focuses on a node and what it touches, but not on all that the exchange touches", () => {
    const part = (id: string, kind: string) => ({ id, kind, declared: true, observed: true });
    const edge = (from: string, to: string) => ({ from, to, kind: "", declared: true, observed: true });
    const all = {
      layers: [],
      findings: [],
      nodes: [
        part("x", "exchange"),
        part("q", "queue"),
        part("r", "queue"),
        part("s", "service"),
        part("t", "service"),
      ],
      edges: [edge("x", "q"), edge("x", "r"), edge("q", "s"), edge("r", "t")],
    };
    expect(neighbourhood(all, ["s"]).nodes.map((n) => n.id)).toEqual(["x", "q", "s"]);
    const graph = graphOf(all, new Set());
    expect(graph.nodes).toHaveLength(5);
    expect(graph.edges).toHaveLength(4);
  });
  it("is folded by layer where it is large, but what nobody declared stays in sight", () => {
    const part = (id: string, kind: string, more = {}) => ({
      id,
      kind,
      declared: true,
      observed: true,
      ...more,
    });
    const edge = (from: string, to: string, rate = 1) => ({
      from,
      to,
      kind: "",
      declared: true,
      observed: true,
      rate,
    });
    const many = Array.from({ length: 50 }, (_, i) => i);
    const folded = foldedByLayer({
      layers: [],
      findings: [],
      nodes: [
        part("x", "exchange"),
        part("stray", "queue", { declared: false }),
        ...many.map((i) => part(`q${i}`, "queue", { depth: 2 })),
        ...many.map((i) => part(`s${i}`, "service", { layer: "processors", observed: i > 0 })),
        part("door", "service", { layer: "producers" }),
      ],
      edges: [edge("x", "stray"), ...many.flatMap((i) => [edge("x", `q${i}`), edge(`q${i}`, `s${i}`)])],
    });
    expect(folded.nodes.map((n) => [n.label ?? n.id, n.note, n.depth])).toEqual([
      ["x", undefined, undefined],
      ["stray", undefined, undefined],
      ["processors", "50 services, 1 not connected", 100],
      ["producers", "1 service, own queue", 0],
    ]);
    expect(folded.edges.map((e) => e.rate)).toEqual([1, 50]);
  });
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
