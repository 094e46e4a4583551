/** The nervous system as a graph, with what is declared and what is there held against each other. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Background, Controls, Handle, type Node, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import { memo, useMemo, useRef, useSyncExternalStore } from "react";
import { topologyQuery } from "../api/queries.js";
import type { Topology, TopologyNode } from "../api/schemas.js";
import { compact, counted, rate } from "../shell/counted.js";
import { Answer, Empty } from "../shell/parts.js";
import { Findings } from "./findings.js";
import { graphOf, named, neighbourhood, viewportOf } from "./graph.js";
import { foldedByLayer, isMissing, READABLE } from "./layers.js";
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

const phone = matchMedia("(max-width: 760px)");
const useNarrow = () =>
  useSyncExternalStore(
    (changed) => {
      phone.addEventListener("change", changed);
      return () => phone.removeEventListener("change", changed);
    },
    () => phone.matches,
  );

function Part({ data }: NodeProps<Node<{ part: TopologyNode; focus: boolean; narrow: boolean }>>) {
  const { part } = data;
  const odd = !part.declared ? "undeclared" : !part.observed ? "absent" : "";
  const word = oddWord(part);
  const facts = factsOf(part, word !== "");
  return (
    <div
      className={`part ${part.kind} ${odd}${data.focus ? " focus" : ""}`}
      title={[part.label ?? part.id, facts.map(({ text }) => text).join(", "), part.note, explained(part)]
        .filter(Boolean)
        .join("\n")}
    >
      <Handle type="target" position={Position.Left} />
      <div className="part-name clip">
        {part.kind === "layer"
          ? (part.label ?? "").replaceAll("_", " ")
          : (part.label ?? part.id).replace(/^services\./, "")}
      </div>
      <div className="part-facts num">
        {word && <span className="odd">{word}</span>}
        {part.kind !== "queue" && (
          <span className="says">
            {part.kind === "layer" ? part.note : (part.layer ?? part.kind).replaceAll("_", " ")}
          </span>
        )}
        {facts.map(({ text, hot }) => (
          <span key={text} className={hot ? "hot" : ""}>
            {text}
          </span>
        ))}
      </div>
      {data.narrow ? (
        <Handle type="source" position={Position.Bottom} style={{ left: 18 }} />
      ) : (
        <Handle type="source" position={Position.Right} />
      )}
    </div>
  );
}

/** A queue at rest says so where there is nothing else to say. */
function factsOf({ kind, depth, unacked, consumers, rate: flow, ...part }: TopologyNode, odd: boolean) {
  const failures = part.failures ?? 0;
  const facts: { text: string; hot: boolean }[] = [];
  const say = (text: string, hot = false) => facts.push({ text, hot });
  const busy = (depth ?? 0) > 0 || (unacked ?? 0) > 0 || failures > 0;
  if (depth != null && (depth > 0 || (kind === "queue" && !busy && !odd)))
    say(`${compact(depth)} waiting`, depth > 100);
  if (unacked != null && unacked > 0) say(`${compact(unacked)} in work`);
  if (failures > 0) say(`${compact(failures)} dead`, true);
  if (consumers != null) say(counted(consumers, "consumer", "consumers"), consumers === 0 && busy);
  if (flow != null) say(rate(flow));
  return facts;
}

function oddWord(part: TopologyNode): string {
  if (!part.declared) return "not declared";
  if (part.observed) return "";
  if (part.kind === "queue") return "not there";
  return isMissing(part) ? "not connected" : part.external ? "elsewhere" : (part.status ?? "planned");
}

/** What a mark means, and what to do about it. */
function explained(part: TopologyNode): string {
  if (!part.declared) return "It is there, and services/registry.yaml does not declare it.";
  if (part.observed) return "";
  if (part.kind === "queue") return "It is declared, and the broker has no such queue.";
  if (isMissing(part)) return "It is declared as active, and nobody is connected under its name.";
  return part.external ? "It runs elsewhere." : `It is declared as ${part.status ?? "planned"}.`;
}

function Drawing({ topology }: { topology: Topology }) {
  const { q, all = false } = useSearch({ from: "/topology" });
  const navigate = useNavigate();
  const focus = useMemo(() => (q ? named(topology.nodes, q) : []), [topology, q]);
  const large = topology.nodes.length > READABLE;
  const exchange = topology.nodes.find((node) => node.kind === "exchange")?.id;
  const shown = useMemo(() => {
    if (focus.length > 0) return neighbourhood(topology, focus);
    return large && !all ? foldedByLayer(topology) : topology;
  }, [topology, focus, large, all]);
  const narrow = useNarrow();
  const canvas = useRef<HTMLElement>(null);
  const graph = useMemo(() => graphOf(shown, new Set(focus), narrow), [shown, focus, narrow]);
  const look = (text: string) =>
    void navigate({ to: "/topology", search: text ? { q: text } : {}, replace: true });
  const lookAt = (id: string) => {
    const part = shown.nodes.find((node) => node.id === id);
    look(part?.kind === "layer" ? (part.layer ?? "") : id);
  };
  const unfold = () => void navigate({ to: "/topology", search: all ? {} : { all: true }, replace: true });
  if (topology.nodes.length === 0) {
    return (
      <Empty title="Nothing is connected yet.">
        <p>Services appear here when the registry names them or when they connect.</p>
      </Empty>
    );
  }
  const seen = new Set(shown.nodes.map((node) => node.id));
  const findings =
    focus.length === 0
      ? topology.findings
      : topology.findings.filter(({ subject }) => seen.has(subject) && subject !== exchange);
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
        {!q && large && (
          <button type="button" className="button" aria-pressed={all} onClick={unfold}>
            Every service
          </button>
        )}
        <span className="spring" />
        <span className="legend">
          <span>
            <i className="line" /> as declared
          </span>
          <span>
            <i className="line absent" /> declared, not there
          </span>
          <span>
            <i className="line undeclared" /> there, not declared
          </span>
        </span>
      </div>
      <section
        className="canvas"
        ref={canvas}
        aria-label="Graph of services, exchange and queues"
        // The drawing's own Enter selects a node, and does not click on it.
        onKeyDown={({ key, target }) => {
          const node = (target as HTMLElement).closest<HTMLElement>(".react-flow__node");
          if (key === "Enter" && node?.dataset.id) lookAt(node.dataset.id);
        }}
      >
        <ReactFlow
          key={`${narrow} ${shown.nodes.map((node) => node.id).join(" ")}`}
          nodes={graph.nodes}
          edges={graph.edges}
          nodeTypes={nodeTypes}
          onInit={(flow) =>
            canvas.current &&
            void flow.setViewport(viewportOf(graph, canvas.current.getBoundingClientRect(), narrow))
          }
          panOnScroll
          minZoom={0.1}
          nodesDraggable={false}
          nodesConnectable={false}
          deleteKeyCode={null}
          onlyRenderVisibleElements
          proOptions={{ hideAttribution: true }}
          edgesFocusable={false}
          ariaLabelConfig={{ "node.a11yDescription.default": "Press Enter to see what it touches." }}
          onNodeClick={(_, node) => lookAt(node.id)}
        >
          <Background gap={24} color="var(--line)" />
          {/* Where no node stands: between the columns, or beside the outline. */}
          <Controls
            showInteractive={false}
            position={narrow ? "bottom-left" : "bottom-center"}
            orientation={narrow ? "vertical" : "horizontal"}
          />
        </ReactFlow>
      </section>
      <Findings
        findings={findings}
        odd={
          shown.nodes.some((node) => oddWord(node) !== "") || shown.edges.some(({ observed }) => !observed)
        }
        look={look}
      />
    </div>
  );
}
