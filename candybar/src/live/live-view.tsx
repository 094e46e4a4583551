/** The first page: what happens now on the left, and on a click the event with its trace on the right. */
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { memo, useEffect, useRef, useState, useSyncExternalStore } from "react";
import { quarantineQuery } from "../api/queries.js";
import { Empty, Failed, Loading, Snippet } from "../shell/parts.js";
import { EventList } from "./event-list.js";
import { Filters } from "./filters.js";
import { KEPT, type LiveFilter, type LiveState, LiveStream } from "./live-stream.js";
import { PulseChart } from "./pulse-chart.js";
import { StreamBanner } from "./stream-banner.js";
import "./live.css";

/** One stream for one filter, as long as it is looked at. */
function useLiveStream(filter: LiveFilter) {
  const { type, source, valid, text } = filter;
  const [stream, setStream] = useState(() => new LiveStream({ type, source, valid, text }));
  useEffect(() => {
    const next = new LiveStream({ type, source, valid, text });
    setStream(next);
    next.start();
    return () => next.stop();
  }, [type, source, valid, text]);
  return { stream, state: useSyncExternalStore(stream.subscribe, stream.getState) };
}

/** What admission turned away is no event and stands in no stream; but whoever looks here should know of it. */
const RefusedCount = memo(function RefusedCount() {
  const { data } = useQuery(quarantineQuery);
  const last = data?.quarantined[0];
  if (data === undefined || last === undefined) return null;
  return (
    <Link to="/dead-letters" className="pill bad" title={`The last one: ${last.reason}`}>
      {data.total.toLocaleString()} refused
    </Link>
  );
});

const TRY = `curl -X POST ${location.origin}/webhooks/fireflies \\
  -H 'content-type: application/json' \\
  -d @examples/fireflies/meeting.json`;

function tailOf({ loadingOlder, hasOlder, rows }: LiveState): string {
  if (loadingOlder) return "Loading older events…";
  if (rows.length >= KEPT)
    return `The newest ${KEPT.toLocaleString()} are kept here. A filter finds older ones.`;
  return hasOlder ? "" : "This is where it began.";
}

export function LiveView() {
  const filter = useSearch({ from: "/live" });
  const { eventId } = useParams({ strict: false }) as { eventId?: string };
  const { stream, state } = useLiveStream(filter);
  const [paused, setPaused] = useState(false);
  const [scrolled, setScrolled] = useState(false);
  const [pressed, setPressed] = useState(false);
  const toTop = useRef<() => void>(() => {});
  const navigate = useNavigate();

  useEffect(() => stream.hold(paused || scrolled || pressed), [stream, paused, scrolled, pressed]);

  const catchUp = () => {
    setPaused(false);
    setScrolled(false);
    toTop.current();
  };
  const step = (by: number) => {
    const index = state.rows.findIndex((row) => row.id === eventId);
    const row = state.rows[Math.max(0, Math.min(state.rows.length - 1, index + by))];
    if (row)
      void navigate({
        to: "/events/$eventId",
        params: { eventId: row.id },
        search: filter,
        replace: !!eventId,
      });
  };
  const keys = useRef<(event: KeyboardEvent) => void>(() => {});
  keys.current = (event) => {
    const inField = (event.target as HTMLElement).closest("input, textarea, select, dialog");
    if (inField || event.ctrlKey || event.metaKey || event.altKey) return;
    // Whoever reads in an event scrolls it with the arrows.
    const reading = (event.target as HTMLElement).closest(".inspector") !== null;
    if (event.key === "j" || (event.key === "ArrowDown" && !reading)) step(1);
    else if (event.key === "k" || (event.key === "ArrowUp" && !reading)) step(-1);
    else if (event.key === "p") paused ? catchUp() : setPaused(true);
    else if (event.key === "/") document.querySelector<HTMLElement>("#filter-text")?.focus();
    else if (event.key === "Escape" && eventId) void navigate({ to: "/", search: filter });
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    const listener = (event: KeyboardEvent) => keys.current(event);
    addEventListener("keydown", listener);
    return () => removeEventListener("keydown", listener);
  }, []);

  const filtered = Object.values(filter).some(Boolean);
  const clear = (
    <button type="button" className="button clear" onClick={() => void navigate({ to: "/", search: {} })}>
      Clear the filters
    </button>
  );
  return (
    <div className={`live${eventId ? " open" : ""}`}>
      <section className="stream" aria-label="Live events">
        <header className="stream-head">
          <div className="stream-title">
            <h1>Live</h1>
            <StreamBanner
              status={state.status}
              problem={state.problem}
              retryAt={state.retryAt}
              unreadable={state.unreadable}
              paused={paused}
            />
            <RefusedCount />
            <span className="spring" />
            <button
              type="button"
              className="button"
              aria-pressed={paused}
              onClick={() => (paused ? catchUp() : setPaused(true))}
            >
              {paused ? "Resume" : "Pause"} <kbd>P</kbd>
            </button>
          </div>
          <PulseChart stream={stream} />
          <Filters filter={filter} />
        </header>
        <div className="stream-body" data-waiting={state.waiting}>
          {state.waiting > 0 && (paused || scrolled) && (
            <button type="button" className="button primary arrivals" onClick={catchUp}>
              ↑ {state.waiting.toLocaleString()} new {state.waiting === 1 ? "event" : "events"}
            </button>
          )}
          {state.rows.length > 0 ? (
            <EventList
              rows={state.rows}
              selected={eventId}
              filter={filter}
              toTop={toTop}
              onAway={setScrolled}
              onPress={setPressed}
              onEnd={() => void stream.loadOlder()}
              tail={tailOf(state)}
            />
          ) : state.status === "loading" ? (
            <Loading what="events" />
          ) : state.problem ? (
            <>
              <Failed error={state.problem} />
              {state.status === "refused" && state.problem.status === 400 && clear}
            </>
          ) : filtered ? (
            <Empty title="No event matches these filters.">
              <p>New ones appear here by themselves.</p>
              {clear}
            </Empty>
          ) : (
            <Empty title="Nothing has happened yet.">
              <p>Post a meeting, and watch it become events, a file and a chain:</p>
              <Snippet text={TRY} />
            </Empty>
          )}
        </div>
      </section>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reachable by keyboard */}
      <aside className="inspector" aria-label="Event" tabIndex={0}>
        <Outlet />
      </aside>
    </div>
  );
}
