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
import { graphOf, named, neighbourhood, viewportOf } from "../src/topology/graph.js";
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

describe("the topology", () => {
  it("focuses on a node and what it touches, but not on all that the exchange touches; on a phone as an outline", () => {
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
    const outline = graphOf(all, new Set(), true).nodes.toSorted((a, b) => a.position.y - b.position.y);
    // Which of the two branches is first is dagre's matter.
    expect(["x q s r t", "x r t q s"]).toContain(outline.map(({ id }) => id).join(" "));
    const [exchange, queue, service] = outline.map(({ position }) => position.x);
    expect(queue).toBeGreaterThan(exchange ?? 0);
    expect(service).toBeGreaterThan(queue ?? 0);
  });
  it("looks at the one node that was chosen, and not at those whose names begin like it", () => {
    const part = (id: string, kind: string) => ({ id, kind, declared: true, observed: true });
    const nodes = [
      part("queue:mail", "queue"),
      part("queue:mail.de", "queue"),
      part("service:mail", "service"),
    ];
    expect(named(nodes, "queue:mail")).toEqual(["queue:mail"]);
    expect(named(nodes, "mail")).toEqual(["queue:mail", "queue:mail.de", "service:mail"]);
    expect(named(nodes, "none")).toEqual([]);
  });
  it("draws two bindings of one queue as one line that names both", () => {
    const part = (id: string, kind: string) => ({ id, kind, declared: true, observed: true });
    const bound = (label: string, observed: boolean, rate: number) => ({
      from: "x",
      to: "q",
      kind: "binding",
      label,
      declared: true,
      observed,
      rate,
    });
    const all = { nodes: [part("x", "exchange"), part("q", "queue")] };
    const [line, ...others] = graphOf(
      { ...all, edges: [bound("a.b", true, 0), bound("a.c", true, 0)] },
      new Set(["q"]),
    ).edges;
    expect([line?.label, line?.className, others]).toEqual(["a.b +1", "", []]);
    const { edges } = graphOf(
      { ...all, edges: [bound("a.b", true, 1.5), bound("a.c", false, 0)] },
      new Set(),
    );
    expect(edges.map(({ label, className }) => [label, className])).toEqual([["1.5/s", "absent"]]);
  });
  it("is never drawn too small to read: a high one begins at its top on a phone, else at its exchange", () => {
    const nodes = Array.from({ length: 100 }, (_, i) => ({
      id: i === 50 ? "x" : `q${i}`,
      kind: i === 50 ? "exchange" : "queue",
      declared: true,
      observed: true,
    }));
    const graph = graphOf({ nodes, edges: [] }, new Set());
    const canvas = { width: 1000, height: 600 };
    const seen = (y: number, narrow: boolean) => {
      const { zoom, y: shift } = viewportOf(graph, canvas, narrow);
      return y * zoom + shift;
    };
    expect(viewportOf(graph, canvas, false).zoom).toBe(0.7);
    const exchange = graph.nodes.find(({ id }) => id === "x")?.position.y ?? 0;
    expect(seen(exchange + 25, false)).toBeCloseTo(300);
    expect(seen(Math.min(...graph.nodes.map(({ position }) => position.y)), true)).toBeCloseTo(16);
    const small = graphOf({ nodes: nodes.slice(0, 3), edges: [] }, new Set());
    expect(viewportOf(small, canvas, false).zoom).toBe(1.1);
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
