/** The frame of every view: where one can go, and whether the platform answers. */
import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useRouterState } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { readinessQuery, topologyQuery } from "../api/queries.js";
import { compact } from "./counted.js";
import { Icon, type IconName, Logo } from "./icons.js";
import { Palette } from "./palette.js";

export const VIEWS: readonly { to: string; label: string; icon: IconName; about: string }[] = [
  { to: "/", label: "Live", icon: "live", about: "Every event as it happens" },
  { to: "/topology", label: "Topology", icon: "topology", about: "Who is connected to whom" },
  { to: "/contracts", label: "Contracts", icon: "contracts", about: "What an event must look like" },
  { to: "/services", label: "Services", icon: "services", about: "The registry and what runs" },
  {
    to: "/dead-letters",
    label: "Letters",
    icon: "letters",
    about: "Dead letters: what could not be handled",
  },
  { to: "/replays", label: "Replays", icon: "replays", about: "Send stored events again" },
  { to: "/status", label: "Health", icon: "health", about: "Broker, store, recorder" },
];

const isAt = (path: string, to: string) =>
  to === "/" ? path === "/" || path.startsWith("/events") : path.startsWith(to);

/** What a tab, a bookmark and the list of the back button call it: the view, and what is looked at in it. */
function titleOf(path: string): string {
  const view = VIEWS.find(({ to }) => isAt(path, to))?.label;
  const [, , what] = path.split("/");
  return [what && decodeURIComponent(what), view, "Candybar"].filter(Boolean).join(" · ");
}

export function Shell() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const [palette, setPalette] = useState(false);
  const ready = useQuery(readinessQuery);
  // The broker's own counters: looking into the queues for a number would take each letter out and put it back.
  const topology = useQuery({ ...topologyQuery, refetchInterval: 5_000 });
  const dead = topology.data?.nodes.reduce((sum, node) => sum + (node.failures ?? 0), 0) ?? 0;

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        setPalette(true);
      }
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);

  useEffect(() => {
    document.title = titleOf(path);
  }, [path]);
  return (
    <div className="shell">
      <nav className="nav" aria-label="Views">
        <Link to="/" className="brand">
          <Logo /> Candybar
        </Link>
        {VIEWS.map((view) => (
          <Link
            key={view.to}
            to={view.to}
            className="item"
            aria-current={isAt(path, view.to) ? "page" : undefined}
            title={view.about}
          >
            <Icon name={view.icon} />
            {view.label}{" "}
            {view.icon === "letters" && dead > 0 && (
              <span className="tag bad count num">{compact(dead)}</span>
            )}
          </Link>
        ))}
        <span className="push" />
        <button type="button" className="button open-palette" onClick={() => setPalette(true)}>
          Go to… <kbd>Ctrl K</kbd>
        </button>
      </nav>
      {ready.error ? (
        <div className="banner" role="alert">
          Not live: {ready.error.message} <span>What you see may be old. This page keeps trying.</span>
        </div>
      ) : (
        ready.data?.ready === false && (
          <div className="banner warn" role="status">
            The platform is not ready. <Link to="/status">See why</Link>
          </div>
        )
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so it must be reachable by keyboard */}
      <main className="main" tabIndex={0}>
        <Outlet />
      </main>
      {palette && <Palette close={() => setPalette(false)} />}
    </div>
  );
}
