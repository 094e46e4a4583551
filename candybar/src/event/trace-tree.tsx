import { Link, useSearch } from "@tanstack/react-router";
import { type CSSProperties, Fragment, useMemo, useState } from "react";
import type { Trace } from "../api/schemas.js";
import { EventType, hued } from "../shell/parts.js";
import { clock, duration, utc } from "../shell/time.js";
import type { Happening } from "./happenings.js";
import { type TraceLine, traceLines } from "./trace-order.js";

const SHOWN = 200;

/** Clocks of two machines may put an effect before its cause. */
const after = (ms: number) => (ms < 0 ? duration(ms) : `+${duration(ms)}`);

interface Props {
  trace: Trace;
  current: string;
  happenings: ReadonlyMap<string, readonly Happening[]>;
}

/** The causal graph from its roots: who caused what, when, how long it took, and what failed on the way. */
export function TraceTree({ trace, current, happenings }: Props) {
  const { lines, span: ofEvents } = useMemo(() => traceLines(trace), [trace]);
  const start = trace.nodes.reduce(
    (least, node) => Math.min(least, Date.parse(node.timestamp ?? "") || least),
    Number.POSITIVE_INFINITY,
  );
  const ends = lines.flatMap(({ node }) => happenings.get(node.event_id)?.map(({ at }) => at - start) ?? []);
  const span = ends.reduce((most, end) => Math.max(most, end || 0), ofEvents);
  const [shown, setShown] = useState(SHOWN);
  const deepest = lines.slice(0, shown).reduce((most, { depth }) => Math.max(most, depth), 0);
  const services = new Set(trace.nodes.flatMap((node) => node.source_app ?? [])).size;
  return (
    <div className="trace">
      <p className="dim trace-sum num">
        {lines.length === 1
          ? "It has no known cause and no effect yet."
          : `${lines.length} events by ${services} ${services === 1 ? "source" : "sources"} in ${duration(ofEvents)}`}
        {trace.truncated && " (cut: the graph is larger)"}
      </p>
      <ol style={{ "--deepest": deepest + 1 } as CSSProperties}>
        {lines.slice(0, shown).map((line, index) => (
          <Fragment key={line.node.event_id}>
            <Line line={line} span={span} current={line.node.event_id === current} />
            {happenings.get(line.node.event_id)?.map((happening) => (
              <Befell
                key={happening.key}
                happening={happening}
                line={line}
                next={lines[index + 1]}
                span={span}
              />
            ))}
          </Fragment>
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
          {line.sinceCause === undefined ? clock(time) : after(line.sinceCause)}
        </span>
        <span className="trace-bar hued" style={hued(node.event_type)} aria-hidden="true">
          <i style={{ left: `${span > 0 ? (line.sinceStart / span) * 100 : 0}%` }} />
        </span>
      </Link>
    </li>
  );
}

const TONE: Readonly<Record<Happening["kind"], string>> = {
  failed: "warn",
  retrying: "warn",
  "gave up": "bad",
  redriven: "ok",
  edited: "ok",
  discarded: "",
};

/** A failed attempt, the end among the dead letters, or what was done then: below its event, on the same scale of time. */
function Befell(props: { happening: Happening; line: TraceLine; next: TraceLine | undefined; span: number }) {
  const { happening, line, next, span } = props;
  const { at, kind, text, act } = happening;
  const search = useSearch({ from: "/live" });
  const since = at - Date.parse(line.node.timestamp ?? "");
  const along = span > 0 ? ((line.sinceStart + since) / span) * 100 : 0;
  // Branches that go on below pass by.
  const passing = next && next.depth > 0 ? [...next.rails.slice(1), true] : [];
  return (
    <li className="trace-line befell" title={utc(at)} data-befell={kind}>
      <span className="rails" aria-hidden="true">
        {Array.from({ length: line.depth + 1 }, (_, level) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a rail is its level
          <i key={level} className={passing[level] ? "rail" : ""} />
        ))}
      </span>
      <span className="trace-name clip">
        <span className={`tag ${TONE[kind]}`}>{kind}</span>{" "}
        {act === undefined ? (
          text
        ) : (
          <Link to="/events/$eventId" params={{ eventId: act }} search={search}>
            {text}
          </Link>
        )}
      </span>
      <span className="trace-time num dim">{Number.isNaN(since) ? clock(at) : after(since)}</span>
      <span className={`trace-bar ${TONE[kind]}`} aria-hidden="true">
        {along >= 0 && along <= 100 && <i style={{ left: `${along}%` }} />}
      </span>
    </li>
  );
}
