/** The topology as a drawing: placed by dagre from left (producers) to right (consumers); on a phone from top to bottom. */
import dagre from "@dagrejs/dagre";
import { type Edge, MarkerType, type Node, type Viewport } from "@xyflow/react";
import type { Topology, TopologyNode } from "../api/schemas.js";
import { rate as inWords } from "../shell/counted.js";
import { matches } from "../shell/matches.js";

const WIDTH = 250;
const HEIGHT = 50;
/** Of a phone's rows: how far what is fed stands to the right of what feeds it. */
const INDENT = 36;
const ROW = HEIGHT + 16;

export interface Graph {
  readonly nodes: Node<{ part: TopologyNode; focus: boolean; narrow: boolean }>[];
  readonly edges: Edge[];
}

export function graphOf(
  topology: Pick<Topology, "nodes" | "edges">,
  focus: ReadonlySet<string>,
  narrow = false,
): Graph {
  const layout = new dagre.graphlib.Graph();
  // One neighbourhood has room for what is said on its edges.
  const ranksep = focus.size > 0 ? 210 : 110;
  layout.setGraph({ rankdir: "LR", nodesep: 14, ranksep, marginx: 24, marginy: 24 });
  layout.setDefaultEdgeLabel(() => ({}));
  const known = new Set(topology.nodes.map((node) => node.id));
  for (const node of topology.nodes) layout.setNode(node.id, { width: WIDTH, height: HEIGHT });
  const edges = merged(topology.edges.filter((edge) => known.has(edge.from) && known.has(edge.to)));
  for (const edge of edges) layout.setEdge(edge.from, edge.to);
  dagre.layout(layout);
  const centers = new Map(topology.nodes.map(({ id }) => [id, layout.node(id)]));
  const places = narrow ? inRows(centers, edges) : centers;
  return {
    nodes: topology.nodes.map((part) => {
      const place = places.get(part.id) ?? { x: 0, y: 0 };
      return {
        id: part.id,
        type: "part",
        position: { x: place.x - WIDTH / 2, y: place.y - HEIGHT / 2 },
        width: WIDTH,
        height: HEIGHT,
        data: { part, focus: focus.has(part.id), narrow },
        ariaLabel: `${part.kind} ${part.label ?? part.id}`,
      };
    }),
    edges: edges.map((edge) => ({
      id: `${edge.from} ${edge.to}`,
      source: edge.from,
      target: edge.to,
      ...(narrow && { type: "smoothstep" }),
      className: !edge.declared
        ? "undeclared"
        : !edge.observed
          ? "absent"
          : (edge.rate ?? 0) > 0
            ? "flows"
            : "",
      markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 },
      // In an outline there is no room beside the lines.
      ...(!narrow && labelOf(edge, focus.size > 0)),
    })),
  };
}

/** Bindings of the same two as one line: it is as declared where all of them are. */
function merged(edges: Topology["edges"]): Topology["edges"] {
  const lines = new Map<string, Topology["edges"][number]>();
  for (const edge of edges) {
    const key = `${edge.from}\n${edge.to}`;
    const known = lines.get(key);
    lines.set(
      key,
      known === undefined
        ? edge
        : {
            ...known,
            label: [known.label, edge.label].filter(Boolean).join(", "),
            declared: known.declared && edge.declared,
            observed: known.observed && edge.observed,
            rate: (known.rate ?? 0) + (edge.rate ?? 0),
          },
    );
  }
  return [...lines.values()];
}

/** Smaller than this nothing is read any more: a drawing that is higher than its canvas is scrolled instead. */
const LEGIBLE = 0.7;
const MARGIN = 16;

/** The whole drawing, as far as it can be read so; else its whole width, from the top or around the exchange. */
export function viewportOf(
  { nodes }: Graph,
  canvas: { readonly width: number; readonly height: number },
  narrow: boolean,
): Viewport {
  const left = Math.min(...nodes.map(({ position }) => position.x));
  const top = Math.min(...nodes.map(({ position }) => position.y));
  const width = Math.max(...nodes.map(({ position }) => position.x)) + WIDTH - left;
  const height = Math.max(...nodes.map(({ position }) => position.y)) + HEIGHT - top;
  const whole = (canvas.width - 2 * MARGIN) / width;
  const zoom = Math.min(1.1, whole, Math.max((canvas.height - 2 * MARGIN) / height, LEGIBLE));
  const fits = height * zoom + 2 * MARGIN <= canvas.height;
  const exchange = nodes.find(({ data }) => data.part.kind === "exchange")?.position.y ?? top;
  const middle = fits ? top + height / 2 : exchange + HEIGHT / 2;
  return {
    x: (canvas.width - width * zoom) / 2 - left * zoom,
    y: !fits && narrow ? MARGIN - top * zoom : canvas.height / 2 - middle * zoom,
    zoom,
  };
}

/** What flows, or else in a neighbourhood what may. */
function labelOf({ rate, label }: Topology["edges"][number], focused: boolean): { label?: string } {
  if (rate) return { label: inWords(rate) };
  return label && focused ? { label: shortened(label) } : {};
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** One below the other, each below what feeds it and further to the right, as in an outline. */
function inRows(places: ReadonlyMap<string, Place>, edges: Topology["edges"]): ReadonlyMap<string, Place> {
  const columns = [...new Set([...places.values()].map(({ x }) => x))].sort((a, b) => a - b);
  const byPlace = [...places].sort(([, a], [, b]) => a.x - b.x || a.y - b.y).map(([id]) => id);
  const rows = new Set<string>();
  const add = (id: string) => {
    rows.add(id);
    const fed = new Set(edges.filter(({ from }) => from === id).map(({ to }) => to));
    for (const next of byPlace)
      if (fed.has(next) && !rows.has(next) && edges.every(({ from, to }) => to !== next || rows.has(from)))
        add(next);
  };
  for (const id of byPlace) if (!edges.some(({ to }) => to === id)) add(id);
  // What stands in a circle has no beginning.
  for (const id of byPlace) if (!rows.has(id)) add(id);
  return new Map(
    [...rows].map((id, row) => {
      const column = columns.indexOf(places.get(id)?.x ?? 0);
      return [id, { x: column * INDENT + WIDTH / 2, y: row * ROW }];
    }),
  );
}

/** `artifact.created +2`: what is listed whole in the contract or the service. */
function shortened(label: string): string {
  const [first = "", ...others] = label.split(", ");
  return others.length > 0 ? `${first} +${others.length}` : first;
}

/** The one that was chosen in the drawing by its id, or all that have these words in a name or in their layer. */
export function named(nodes: Topology["nodes"], q: string): readonly string[] {
  const found = nodes.some(({ id }) => id === q)
    ? nodes.filter(({ id }) => id === q)
    : nodes.filter(({ label, id, layer }) => matches(`${label ?? ""} ${id} ${layer ?? ""}`, q));
  return found.map(({ id }) => id);
}

/** These nodes and all that they touch; through an exchange, which touches everything, only the exchange itself. */
export function neighbourhood(topology: Topology, ids: readonly string[]): Pick<Topology, "nodes" | "edges"> {
  const kind = new Map(topology.nodes.map((node) => [node.id, node.kind]));
  const kept = new Set(ids);
  for (let round = 0; round < 2; round++) {
    const reach = [...kept].filter((id) => kind.get(id) !== "exchange");
    const from = new Set(reach);
    for (const edge of topology.edges) {
      if (from.has(edge.from)) kept.add(edge.to);
      if (from.has(edge.to)) kept.add(edge.from);
    }
  }
  return {
    nodes: topology.nodes.filter((node) => kept.has(node.id)),
    edges: topology.edges.filter((edge) => kept.has(edge.from) && kept.has(edge.to)),
  };
}
