/** The nervous system as a graph, with what is declared and what is there held against each other. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Background, Controls, Handle, type Node, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import { memo, useMemo } from "react";
import { topologyQuery } from "../api/queries.js";
import type { Topology, TopologyNode } from "../api/schemas.js";
import { matches } from "../shell/palette.js";
import { Answer, Empty } from "../shell/parts.js";
import { graphOf, neighbourhood } from "./graph.js";
import { foldedByLayer, READABLE } from "./layers.js";
import "@xyflow/react/dist/style.css";
import "./topology.css";

export function TopologyView() {
  const query = useQuery(topologyQuery);
  return (
    <Answer query={query} what="the topology">
      {(topology) => <Drawing topology={topology} />}
    </Answer>
  );
}

const nodeTypes = { part: memo(Part) };

function Part({ data }: NodeProps<Node<{ part: TopologyNode; focus: boolean }>>) {
  const { part } = data;
  const odd = !part.declared ? "undeclared" : !part.observed ? "absent" : "";
  return (
    <div
      className={`part ${part.kind} ${odd}${data.focus ? " focus" : ""}`}
      title={part.note ?? part.label ?? part.id}
    >
      <Handle type="target" position={Position.Left} />
      <div className="part-name clip">{(part.label ?? part.id).replace(/^services\./, "")}</div>
      <div className="part-facts num">
        <span>{part.kind === "layer" ? part.note : (part.layer ?? part.kind)}</span>
        {part.depth != null && <span className={part.depth > 100 ? "hot" : ""}>{part.depth} waiting</span>}
        {part.consumers != null && <span>{part.consumers} consumers</span>}
        {part.rate != null && <span>{part.rate.toFixed(1)}/s</span>}
        {odd && <span className="odd">{odd === "absent" ? "not connected" : "not declared"}</span>}
      </div>
      <Handle type="source" position={Position.Right} />
    </div>
  );
}

function Drawing({ topology }: { topology: Topology }) {
  const { q } = useSearch({ from: "/topology" });
  const navigate = useNavigate();
  const focus = useMemo(
    () =>
      q
        ? topology.nodes
            .filter((node) => matches(`${node.label ?? ""} ${node.id} ${node.layer ?? ""}`, q))
            .map((n) => n.id)
        : [],
    [topology, q],
  );
  const shown = useMemo(() => {
    if (focus.length > 0) return neighbourhood(topology, focus);
    return topology.nodes.length > READABLE ? foldedByLayer(topology) : topology;
  }, [topology, focus]);
  const graph = useMemo(() => graphOf(shown, new Set(focus)), [shown, focus]);
  const look = (text: string) =>
    void navigate({ to: "/topology", search: text ? { q: text } : {}, replace: true });
  if (topology.nodes.length === 0) {
    return (
      <Empty title="Nothing is connected yet.">
        <p>Services appear here when the registry names them or when they connect.</p>
      </Empty>
    );
  }
  const findings = topology.findings;
  return (
    <div className="topology">
      <div className="topology-head">
        <h1>Topology</h1>
        <input
          className="field"
          type="search"
          aria-label="Focus on a service or queue"
          placeholder="Focus on a service or queue"
          value={q ?? ""}
          onChange={(event) => look(event.target.value)}
        />
        {q && focus.length === 0 && <span className="tag warn">nothing has this name</span>}
        {q && (
          <button type="button" className="button" onClick={() => look("")}>
            Show all
          </button>
        )}
        <span className="spring" />
        <span className="legend">
          <i className="line" /> as declared <i className="line absent" /> declared, not there{" "}
          <i className="line undeclared" /> there, not declared
        </span>
      </div>
      <section className="canvas" aria-label="Graph of services, exchange and queues">
        <ReactFlow
          key={shown.nodes.map((node) => node.id).join(" ")}
          nodes={graph.nodes}
          edges={graph.edges}
          nodeTypes={nodeTypes}
          fitView
          fitViewOptions={{ minZoom: 0.55, maxZoom: 1.2, padding: 0.06 }}
          minZoom={0.1}
          nodesDraggable={false}
          nodesConnectable={false}
          deleteKeyCode={null}
          onlyRenderVisibleElements
          proOptions={{ hideAttribution: true }}
          onNodeClick={(_, node) =>
            look(node.data.part.kind === "layer" ? (node.data.part.layer ?? "") : node.id)
          }
        >
          <Background gap={24} color="var(--line)" />
          <Controls showInteractive={false} />
        </ReactFlow>
      </section>
      {findings.length > 0 && (
        <aside className="findings" aria-label="Declared against observed">
          <h2>Declared against observed</h2>
          <ul>
            {findings.map((finding) => (
              <li key={`${finding.code} ${finding.subject} ${finding.message}`}>
                <button type="button" onClick={() => look(finding.subject)}>
                  <span
                    className={`tag ${finding.severity === "error" ? "bad" : finding.severity === "info" ? "" : "warn"}`}
                  >
                    {finding.severity}
                  </span>{" "}
                  {finding.message}
                  {finding.hint && <span className="dim"> {finding.hint}</span>}
                </button>
              </li>
            ))}
          </ul>
        </aside>
      )}
    </div>
  );
}
