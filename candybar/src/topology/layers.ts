/** A topology that is too large to read at once, with one node a layer: services and their queues folded into it. */
import type { Topology, TopologyEdge, TopologyNode } from "../api/schemas.js";
import { counted } from "../shell/counted.js";

/** More nodes than this are shown folded until somebody looks for one. */
export const READABLE = 40;

interface Fold {
  readonly node: TopologyNode;
  readonly services: TopologyNode[];
  readonly queues: TopologyNode[];
}

/** Declared, active and ours, so that it should be there. */
export const isMissing = (node: TopologyNode) =>
  node.declared && !node.observed && (node.status ?? "active") === "active" && node.external !== true;

/** What nobody declared is never folded away: it is what one looks for. */
export function foldedByLayer(topology: Topology): Pick<Topology, "nodes" | "edges"> {
  const byId = new Map(topology.nodes.map((node) => [node.id, node]));
  const producing = new Set<string>();
  const consumerOf = new Map<string, TopologyNode>();
  for (const edge of topology.edges) {
    const [from, to] = [byId.get(edge.from), byId.get(edge.to)];
    if (from?.kind === "service" && to?.kind === "exchange") producing.add(from.id);
    if (from?.kind === "queue" && to?.kind === "service") consumerOf.set(from.id, to);
  }

  const folds = new Map<string, Fold>();
  const placeOf = (node: TopologyNode): string => {
    const service =
      node.kind === "queue" ? consumerOf.get(node.id) : node.kind === "service" ? node : undefined;
    if (!service || !node.declared) return node.id;
    const layer = service.layer ?? "no layer";
    const id = `${layer} ${producing.has(service.id) ? "producing" : "consuming"}`;
    const fold = folds.get(id) ?? {
      node: { id, kind: "layer", label: layer, layer, declared: true, observed: true },
      services: [],
      queues: [],
    };
    folds.set(id, fold);
    (node.kind === "queue" ? fold.queues : fold.services).push(node);
    return id;
  };
  const place = new Map(topology.nodes.map((node) => [node.id, placeOf(node)]));

  const edges = new Map<string, TopologyEdge>();
  for (const edge of topology.edges) {
    const [from, to] = [place.get(edge.from), place.get(edge.to)];
    if (!from || !to || from === to) continue;
    const key = `${from}\n${to}`;
    const known = edges.get(key);
    edges.set(key, {
      ...edge,
      from,
      to,
      label: null,
      declared: (known?.declared ?? true) && edge.declared,
      observed: (known?.observed ?? false) || edge.observed,
      rate: (known?.rate ?? 0) + (edge.rate ?? 0),
    });
  }
  const linked = new Set([...edges.values()].flatMap(({ from, to }) => [from, to]));
  return {
    nodes: [
      ...topology.nodes.filter((node) => place.get(node.id) === node.id),
      ...[...folds.values()].map(({ node, services, queues }) => {
        const away = services.filter((service) => !service.observed);
        const absent = away.filter(isMissing).length;
        const facts = [
          counted(services.length, "service", "services"),
          absent > 0 ? `${absent} not connected` : "",
          away.length > absent ? `${away.length - absent} planned` : "",
          // A producer that works on a queue of its own, such as a webhook's: nothing comes to it by the exchange.
          linked.has(node.id) ? "" : "own queue",
        ];
        return {
          ...node,
          note: facts.filter(Boolean).join(", "),
          failures: queues.reduce((sum, queue) => sum + (queue.failures ?? 0), 0),
          depth: queues.reduce((sum, queue) => sum + (queue.depth ?? 0), 0),
        };
      }),
    ],
    edges: [...edges.values()],
  };
}
