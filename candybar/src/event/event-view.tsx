/** One event: what it says, whether it keeps its contract, and what it follows from and led to. */
import { useQuery } from "@tanstack/react-query";
import { Link, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { doubtsOf, loadContracts } from "../api/contracts.js";
import { ApiError } from "../api/http.js";
import {
  deadLetterActsQuery,
  eventQuery,
  topologyQuery,
  traceLettersQuery,
  traceQuery,
} from "../api/queries.js";
import type { StoredEvent, TraceNode, Violation } from "../api/schemas.js";
import { counted } from "../shell/counted.js";
import { Ago, Answer, CopyButton, Empty, EventType } from "../shell/parts.js";
import { clock, duration, local, useNow, utc } from "../shell/time.js";
import { asBb, asCurl, asFixture } from "./copy-as.js";
import { happeningsOf } from "./happenings.js";
import { JsonTree } from "./json-tree.js";
import { TraceTree } from "./trace-tree.js";
import "./event.css";

export function EventView() {
  const { eventId } = useParams({ from: "/live/events/$eventId" });
  const event = useQuery(eventQuery(eventId));
  if (event.error instanceof ApiError && event.error.status === 404) {
    return (
      <Empty title="This event is not in the store.">
        <p>
          <code>{eventId}</code>
        </p>
        <p>It may have been refused before it was sent, or its retention has ended.</p>
        <Link to="/" className="button">
          Back to the live stream
        </Link>
      </Empty>
    );
  }
  return (
    <Answer query={event} what="the event">
      {(stored) => <Inspector stored={stored} key={stored.event_id} />}
    </Answer>
  );
}

const NO_NODES: readonly TraceNode[] = [];

/** What befell the events of the trace; the dead letters are only looked through while there are some. */
function useHappenings(eventId: string, nodes: readonly TraceNode[]) {
  const now = useNow();
  const dead = useQuery(topologyQuery).data?.nodes.reduce((sum, node) => sum + (node.failures ?? 0), 0) ?? 0;
  const found = useQuery({ ...traceLettersQuery(eventId), enabled: dead > 0 }).data;
  const acts = useQuery(deadLetterActsQuery).data?.events;
  const happenings = useMemo(() => {
    const letters = found?.nodes.flatMap(({ event_id, dead_letters }) =>
      dead_letters.map((letter) => ({ ...letter, event_id })),
    );
    return happeningsOf(nodes, dead > 0 ? (letters ?? []) : [], acts ?? [], now);
  }, [nodes, dead, found, acts, now]);
  return { happenings, cut: dead > 0 && found?.dead_letters_complete === false };
}

function Inspector({ stored }: { stored: StoredEvent }) {
  const search = useSearch({ from: "/live" });
  const trace = useQuery(traceQuery(stored.event_id));
  const { happenings, cut } = useHappenings(stored.event_id, trace.data?.nodes ?? NO_NODES);
  const retrying = happenings.get(stored.event_id)?.filter(({ kind }) => kind === "retrying") ?? [];
  const doubts = useDoubts(stored);
  const envelope = (stored.event ?? {}) as Record<string, unknown>;
  const { payload, ...rest } = envelope;
  const sent = Date.parse(stored.timestamp);
  const received = Date.parse(stored.received_at);
  return (
    <article className="event" data-event-id={stored.event_id}>
      <header className="event-head">
        <div className="event-title">
          <h1>
            <EventType type={stored.event_type} />
          </h1>
          <Link to="/" search={search} className="button close" aria-label="Close">
            ✕
          </Link>
        </div>
        <div className="row-gap">
          <span className={`tag ${stored.valid ? "ok" : "bad"}`}>
            {stored.valid ? "keeps its contract" : `breaks its contract (${stored.violations.length})`}
          </span>
          {stored.version && (
            <Link
              to="/contracts/$eventType"
              params={{ eventType: stored.event_type }}
              search={{ version: stored.version }}
              className="tag"
            >
              {stored.version}
            </Link>
          )}
          <span className="tag">from {stored.source_app || "unknown"}</span>
          {retrying.map(({ key, text }) => (
            <span key={key} className="tag warn" data-retrying>
              retrying: {text}
            </span>
          ))}
          {stored.duplicates > 0 && (
            <span className="tag warn" title="It arrived again with the same id, and is kept once">
              {counted(stored.duplicates, "more copy", "more copies")}
            </span>
          )}
          <span className="dim" title={`${local(received)}\n${utc(received)}`}>
            <Ago at={received} inWords /> at {clock(received)}
          </span>
        </div>
        <div className="row-gap">
          <code className="id">{stored.event_id}</code>
          <span className="spring" />
          <Link
            to="/replays"
            search={{ trace: stored.event_id }}
            className="button"
            title="The whole causal graph of this event"
          >
            Replay
          </Link>
          <Link
            to="/replays"
            search={{ from: stored.position }}
            className="button"
            title="This event and all that came after it"
          >
            Replay from here
          </Link>
          <span className="copies">
            <span className="dim">Copy</span>
            <CopyButton text={stored.event_id}>id</CopyButton>
            <CopyButton text={() => asCurl(stored, location.origin)}>curl</CopyButton>
            <CopyButton text={() => asBb(stored)}>bb</CopyButton>
            <CopyButton text={() => asFixture(stored)}>fixture</CopyButton>
          </span>
        </div>
      </header>

      {!stored.valid && (
        <section className="verdict">
          <h2>Why it is invalid</h2>
          <Violations all={stored.violations} />
        </section>
      )}

      {doubts.length > 0 && (
        <section className="verdict doubts">
          <h2>This page doubts it</h2>
          <p>
            The platform calls it valid. The contract that this page was built with does not: the two may be
            of different versions.
          </p>
          <Violations all={doubts} />
        </section>
      )}

      <section>
        <h2>Trace</h2>
        {cut && (
          <p className="dim">
            There are more dead letters than are looked through for this: some that belong here may be
            missing.
          </p>
        )}
        <Answer query={trace} what="the trace">
          {(graph) => <TraceTree trace={graph} current={stored.event_id} happenings={happenings} />}
        </Answer>
      </section>

      <section>
        <h2>Payload</h2>
        <JsonTree value={payload === undefined ? stored.event : payload} />
      </section>

      <section>
        <h2>Envelope</h2>
        <JsonTree value={rest} open={1} />
      </section>

      <section>
        <h2>Delivery</h2>
        <dl className="facts">
          <dt>Sent</dt>
          <dd className="num">
            {local(sent)} <span className="dim">{utc(sent)}</span>
          </dd>
          <dt>Received</dt>
          <dd className="num">
            {local(received)}{" "}
            <span className="dim">
              {utc(received)}, {duration(received - sent)} later
            </span>
          </dd>
          <dt>Position</dt>
          <dd className="num">{stored.position.toLocaleString()}</dd>
          <dt>Routing</dt>
          <dd>
            <code>
              {stored.exchange || "(default exchange)"} → {stored.routing_key}
            </code>
          </dd>
        </dl>
        {Object.keys(stored.headers).length > 0 && <JsonTree value={stored.headers} open={1} />}
      </section>
    </article>
  );
}

const Violations = ({ all }: { all: readonly Violation[] }) => (
  <ul>
    {all.map((v) => (
      <li key={`${v.pointer} ${v.keyword} ${v.message}`}>
        <code>{v.pointer || "/"}</code> {v.message} {v.keyword && <span className="dim">{v.keyword}</span>}
      </li>
    ))}
  </ul>
);

/** What this page's own check says of it; nothing until its contracts are loaded. */
function useDoubts(stored: StoredEvent): readonly Violation[] {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    let shown = true;
    void loadContracts().then(() => shown && setReady(true));
    return () => {
      shown = false;
    };
  }, []);
  return useMemo(() => (ready ? (doubtsOf(stored) ?? []) : []), [ready, stored]);
}
