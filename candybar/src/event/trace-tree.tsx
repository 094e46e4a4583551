import { Link, useSearch } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { Trace } from "../api/schemas.js";
import { EventType, hued } from "../shell/parts.js";
import { clock, duration, utc } from "../shell/time.js";
import { type TraceLine, traceLines } from "./trace-order.js";

const SHOWN = 200;

/** The causal graph from its roots: who caused what, when, and how long it took. */
export function TraceTree({ trace, current }: { trace: Trace; current: string }) {
  const { lines, span } = useMemo(() => traceLines(trace), [trace]);
  const [shown, setShown] = useState(SHOWN);
  const services = new Set(trace.nodes.flatMap((node) => node.source_app ?? [])).size;
  return (
    <div className="trace">
      <p className="dim trace-sum num">
        {lines.length === 1
          ? "It has no known cause and no effect yet."
          : `${lines.length} events by ${services} ${services === 1 ? "source" : "sources"} in ${duration(span)}`}
        {trace.truncated && " (cut: the graph is larger)"}
      </p>
      <ol>
        {lines.slice(0, shown).map((line) => (
          <Line key={line.node.event_id} line={line} span={span} current={line.node.event_id === current} />
        ))}
      </ol>
      {lines.length > shown && (
        <button type="button" className="button" onClick={() => setShown(shown + 1000)}>
          {(lines.length - shown).toLocaleString()} more
        </button>
      )}
    </div>
  );
}

function Line({ line, span, current }: { line: TraceLine; span: number; current: boolean }) {
  const search = useSearch({ from: "/live" });
  const { node, rails, last, depth } = line;
  const time = Date.parse(node.timestamp ?? "");
  const graph = (
    <span className="rails" aria-hidden="true">
      {rails.slice(1).map((goesOn, level) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a rail is its level
        <i key={level} className={goesOn ? "rail" : ""} />
      ))}
      {depth > 0 && <i className={last ? "elbow" : "elbow rail"} />}
    </span>
  );
  if (node.missing || !node.event_type) {
    return (
      <li className="trace-line missing">
        {graph}
        <span className="trace-name clip">
          not in the store: <code>{node.event_id}</code>
        </span>
      </li>
    );
  }
  return (
    <li>
      <Link
        to="/events/$eventId"
        params={{ eventId: node.event_id }}
        search={search}
        className="trace-line"
        aria-current={current ? "true" : undefined}
        title={`${node.event_id}\n${utc(time)}`}
      >
        {graph}
        <span className="trace-name clip">
          <EventType type={node.event_type} />{" "}
          {node.valid === false && <span className="tag bad">invalid</span>}
          {line.alsoCausedBy.length > 0 && (
            <span className="tag" title={line.alsoCausedBy.map((n) => n.event_type ?? n.event_id).join(", ")}>
              +{line.alsoCausedBy.length} {line.alsoCausedBy.length === 1 ? "cause" : "causes"}
            </span>
          )}
        </span>
        <span className="trace-from clip dim">{node.source_app}</span>
        <span className="trace-time num dim">
          {line.sinceCause === undefined ? clock(time) : `+${duration(line.sinceCause)}`}
        </span>
        <span className="trace-bar hued" style={hued(node.event_type)} aria-hidden="true">
          <i style={{ left: `${span > 0 ? (line.sinceStart / span) * 100 : 0}%` }} />
        </span>
      </Link>
    </li>
  );
}
