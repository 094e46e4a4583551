import { describe, expect, it } from "vitest";
import { graphOf, named, neighbourhood, viewportOf } from "../src/topology/graph.js";
import { foldedByLayer } from "../src/topology/layers.js";

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
