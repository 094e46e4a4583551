/** The services layer by layer, each with what it takes from which queue and what it makes; then the findings. */
import type { Topology, TopologyNode } from "../api/answers.js";
import type { Paint } from "./paint.js";
import { oneLine } from "./table.js";

const nameOf = ({ id, label }: TopologyNode): string => oneLine(label ?? id.replace(/^\w+:/, ""));

export function drawTopology(topology: Topology, paint: Paint): readonly string[] {
  const { layers = [], nodes, findings = [] } = topology;
  const lines: string[] = [];
  const services = nodes.filter(({ kind }) => kind === "service");
  for (const layer of [...layers, undefined]) {
    // What both produces and consumes is two nodes of the graph, so that the graph flows one way.
    const members = new Map<string, TopologyNode[]>();
    for (const node of services) {
      if ((node.layer ?? undefined) !== layer) continue;
      members.set(nameOf(node), [...(members.get(nameOf(node)) ?? []), node]);
    }
    if (members.size === 0) continue;
    lines.push(paint.bold(layer ?? "(no layer)"));
    for (const [name, parts] of members)
      lines.push(
        `  ${name.padEnd(34)} ${stateOf(parts, paint)}`,
        ...parts.flatMap((node) => flows(node, topology, paint)),
      );
  }
  if (findings.length > 0) lines.push("");
  for (const { severity, message, hint } of findings) {
    const mark = { error: paint.red("✗"), info: paint.dim("·") }[severity ?? ""] ?? paint.yellow("!");
    lines.push(`${mark} ${oneLine(message)}`, ...(hint ? [paint.dim(`  ${oneLine(hint)}`)] : []));
  }
  return lines;
}

function stateOf(parts: readonly TopologyNode[], paint: Paint): string {
  const status = parts[0]?.status ?? "active";
  if (status !== "active") return paint.dim(status);
  return parts.every(({ observed }) => observed) ? paint.green("up") : paint.yellow("not seen");
}

function flows(node: TopologyNode, { nodes, edges }: Topology, paint: Paint): readonly string[] {
  const queues = edges
    .filter(({ to, from }) => to === node.id && from.startsWith("queue:"))
    .map(({ from }) => from);
  const taken = queues.map((id) => {
    const queue = nodes.find((one) => one.id === id);
    const keys = edges.filter(({ to, label }) => to === id && label).map(({ label }) => label);
    const depth = queue?.depth ? paint.yellow(`  ${queue.depth} waiting`) : "";
    return (
      paint.dim(`    ◀ ${keys.join(", ") || "(work queue)"}  from ${queue ? nameOf(queue) : id}`) + depth
    );
  });
  const made = edges
    .filter(({ from, kind, label }) => from === node.id && kind === "produces" && label)
    .map(({ label }) => label);
  return [...taken, ...(made.length > 0 ? [paint.dim(`    ▶ ${made.join(", ")}`)] : [])];
}
