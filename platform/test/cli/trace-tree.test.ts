import { describe, expect, test } from "vitest";
import type { Trace } from "../../src/cli/api/answers.js";
import { painter } from "../../src/cli/terminal/paint.js";
import { drawTrace } from "../../src/cli/terminal/trace-tree.js";

const paint = painter({ NO_COLOR: "1" }, false);
const style = { times: false, ids: false, paint };

/** `edges`: from a cause to its effect; names are ids and types alike. */
function graph(
  edges: readonly (readonly [string, string])[],
  asked: string,
  missing: readonly string[] = [],
): Trace {
  const names = [...new Set([...edges.flat(), asked])];
  return {
    event_id: asked,
    roots: names.filter((name) => !edges.some(([, effect]) => effect === name)),
    nodes: names.map((name, index) => ({
      event_id: name,
      missing: missing.includes(name),
      ...(!missing.includes(name) && {
        event_type: `test.${name}`,
        source_app: `app-${name}`,
        timestamp: new Date(Date.UTC(2026, 1, 3) + index * 1_500).toISOString(),
        valid: true,
      }),
      causes: edges.filter(([, effect]) => effect === name).map(([cause]) => cause),
      effects: edges.filter(([cause]) => cause === name).map(([, effect]) => effect),
    })),
    truncated: false,
  };
}

describe("a trace as a tree", () => {
  test("has the type, then the app, effects beneath their causes", () => {
    expect(
      drawTrace(
        graph(
          [
            ["a", "b"],
            ["a", "c"],
            ["b", "d"],
          ],
          "a",
        ),
        style,
      ),
    ).toEqual([
      "test.a                                        app-a",
      "├─ test.b                                     app-b",
      "│  └─ test.d                                  app-d",
      "└─ test.c                                     app-c",
    ]);
  });

  test("marks the event that was asked for", () => {
    expect(drawTrace(graph([["a", "b"]], "b"), style)[1]).toMatch(/^└─ test\.b .* app-b {2}◀$/);
  });

  test("says where an event lies as a dead letter, and what was done to it, once", () => {
    const { nodes, ...rest } = graph(
      [
        ["a", "c"],
        ["b", "c"],
      ],
      "a",
    );
    const died = {
      id: "q.dlq/1",
      queue: "q",
      dead_letter_queue: "q.dlq",
      reason: "no\nroom",
      code: "HANDLER_FAILED",
      attempts: 6,
      first_at: null,
      last_at: null,
      failed_at: [],
    };
    const act = { event_id: "x", event_type: "bloodbank.dead_letter.redriven", at: "", actor: "alice" };
    const failed = nodes.map((node) =>
      node.event_id === "c" ? { ...node, dead_letters: [died], acts: [act] } : node,
    );
    const lines = drawTrace({ ...rest, nodes: failed }, style).filter((line) => line.includes("✗ dead in q"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/test\.c .*✗ dead in q after 6 attempts: no.room {2}redriven by alice$/);
  });

  test("marks a cause that was never stored", () => {
    const [first, second] = drawTrace(graph([["gone", "b"]], "b", ["gone"]), style);
    expect(first).toMatch(/^\? gone +never stored$/);
    expect(second).toMatch(/^└─ test\.b/);
  });

  test("draws an event with several causes beneath each, its effects once", () => {
    const lines = drawTrace(
      graph(
        [
          ["a", "c"],
          ["b", "c"],
          ["c", "d"],
        ],
        "c",
      ),
      style,
    );
    expect(lines.filter((line) => line.includes("test.c"))).toHaveLength(2);
    expect(lines.filter((line) => line.includes("test.d"))).toHaveLength(1);
    expect(lines.find((line) => line.includes("shown above"))).toContain("test.c");
  });

  test("tells the times from the beginning and since the cause", () => {
    const lines = drawTrace(graph([["a", "b"]], "a"), { ...style, times: true });
    expect(lines[1]).toContain("+1.5 s (1.5 s after its cause)");
  });

  test("comes to an end on a cycle, which has no root", () => {
    const lines = drawTrace(
      graph(
        [
          ["a", "b"],
          ["b", "a"],
        ],
        "a",
      ),
      style,
    );
    expect(lines).toHaveLength(3);
  });

  test("draws a chain of 10,000 events", () => {
    const edges = Array.from({ length: 9_999 }, (_, index) => [`e${index}`, `e${index + 1}`] as const);
    const nodes = Array.from({ length: 10_000 }, (_, index) => ({
      event_id: `e${index}`,
      missing: false,
      event_type: "test.link",
      source_app: "chain",
      causes: index > 0 ? [`e${index - 1}`] : [],
      effects: index < edges.length ? [`e${index + 1}`] : [],
    }));
    const lines = drawTrace({ event_id: "e0", roots: ["e0"], nodes, truncated: false }, style);
    expect(lines).toHaveLength(10_000);
    expect(lines[33]).toMatch(/^⋯ 32 └─ test\.link +chain$/);
    expect(lines.at(-1)).toMatch(/^⋯ 9984 {43}└─ test\.link +chain$/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(150);
  });

  test("draws what lies beside a deep event where it belongs", () => {
    const chain = Array.from({ length: 40 }, (_, index) => [`e${index}`, `e${index + 1}`] as const);
    const lines = drawTrace(graph([...chain, ["e20", "beside"], ["e36", "low"]], "e0"), style);
    const line = (name: string) => lines.find((one) => one.includes(`test.${name} `));
    expect(line("beside")).toMatch(/^ {60}└─ test\.beside/);
    expect(line("e37")).toMatch(/^⋯ 32 {13}├─ test\.e37/);
    expect(line("low")).toMatch(/^⋯ 32 {13}└─ test\.low/);
    expect(lines).toHaveLength(43);
  });

  test("lets no control sequence of an app's name through", () => {
    const trace = graph([], "a");
    const [node] = trace.nodes;
    const evil = { ...trace, nodes: [{ ...node!, source_app: "\x1b[2Jevil\n" }] };
    expect(drawTrace(evil, style)[0]).toMatch(/\[2Jevil$/);
  });
});
