/** The topology as a drawing: placed by dagre from left (producers) to right (consumers). */
import dagre from "@dagrejs/dagre";
import { type Edge, MarkerType, type Node } from "@xyflow/react";
import type { Topology, TopologyNode } from "../api/schemas.js";

const WIDTH = 250;
const HEIGHT = 50;

export interface Graph {
  readonly nodes: Node<{ part: TopologyNode; focus: boolean }>[];
  readonly edges: Edge[];
}

export function graphOf(topology: Pick<Topology, "nodes" | "edges">, focus: ReadonlySet<string>): Graph {
  const layout = new dagre.graphlib.Graph();
  // One neighbourhood has room for what is said on its edges.
  const ranksep = focus.size > 0 ? 210 : 110;
  layout.setGraph({ rankdir: "LR", nodesep: 14, ranksep, marginx: 24, marginy: 24 });
  layout.setDefaultEdgeLabel(() => ({}));
  const known = new Set(topology.nodes.map((node) => node.id));
  for (const node of topology.nodes) layout.setNode(node.id, { width: WIDTH, height: HEIGHT });
  const edges = topology.edges.filter((edge) => known.has(edge.from) && known.has(edge.to));
  for (const edge of edges) layout.setEdge(edge.from, edge.to);
  dagre.layout(layout);
  return {
    nodes: topology.nodes.map((part) => {
      const place = layout.node(part.id);
      return {
        id: part.id,
        type: "part",
        position: { x: place.x - WIDTH / 2, y: place.y - HEIGHT / 2 },
        width: WIDTH,
        height: HEIGHT,
        data: { part, focus: focus.has(part.id) },
        ariaLabel: `${part.kind} ${part.label ?? part.id}`,
      };
    }),
    edges: edges.map((edge, index) => ({
      id: `${edge.from} ${edge.to} ${index}`,
      source: edge.from,
      target: edge.to,
      className: !edge.declared
        ? "undeclared"
        : !edge.observed
          ? "absent"
          : (edge.rate ?? 0) > 0
            ? "flows"
            : "",
      markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 },
      ...(edge.rate
        ? { label: `${edge.rate.toFixed(1)}/s` }
        : edge.label && focus.size > 0
          ? { label: shortened(edge.label) }
          : {}),
    })),
  };
}

/** `artifact.created +2`: what is listed whole in the contract or the service. */
function shortened(label: string): string {
  const [first = "", ...others] = label.split(", ");
  return others.length > 0 ? `${first} +${others.length}` : first;
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
