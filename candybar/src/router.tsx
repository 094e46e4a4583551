/** Every view and its address. The live view and an event come at once; the others when they are asked for. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { EventView } from "./event/event-view.js";
import type { LiveFilter } from "./live/live-stream.js";
import { LiveView } from "./live/live-view.js";
import { Empty, Failed } from "./shell/parts.js";
import { Shell } from "./shell/shell.js";

const text = (value: unknown) =>
  value === undefined || value === null || value === "" ? undefined : String(value);

const root = createRootRoute({
  component: Shell,
  errorComponent: ({ error, reset }) => (
    <Failed error={error instanceof Error ? error : new Error(String(error))} retry={reset} />
  ),
  notFoundComponent: () => (
    <Empty title="There is no such page.">
      <Link to="/" className="button">
        To the live stream
      </Link>
    </Empty>
  ),
});

const live = createRoute({
  getParentRoute: () => root,
  id: "live",
  component: LiveView,
  validateSearch: (search: Record<string, unknown>): LiveFilter => {
    const valid = text(search.valid);
    const filter = {
      type: text(search.type),
      source: text(search.source),
      valid: valid === "true" || valid === "false" ? valid : undefined,
      text: text(search.text),
    };
    return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  },
});
const nothing = createRoute({ getParentRoute: () => live, path: "/" });
const event = createRoute({ getParentRoute: () => live, path: "/events/$eventId", component: EventView });

const query = (search: Record<string, unknown>): { q?: string } => {
  const q = text(search.q);
  return q === undefined ? {} : { q };
};

const topology = createRoute({
  getParentRoute: () => root,
  path: "/topology",
  validateSearch: (search: Record<string, unknown>): { q?: string; all?: boolean } => ({
    ...query(search),
    ...(search.all === true && { all: true }),
  }),
  component: lazyRouteComponent(() => import("./topology/topology-view.js"), "TopologyView"),
});
const contracts = createRoute({
  getParentRoute: () => root,
  path: "/contracts",
  component: lazyRouteComponent(() => import("./contracts/contracts-view.js"), "ContractsView"),
});
const contractOf = createRoute({
  getParentRoute: () => contracts,
  path: "/$eventType",
  component: lazyRouteComponent(() => import("./contracts/contract-view.js"), "ContractView"),
});
const services = createRoute({
  getParentRoute: () => root,
  path: "/services",
  validateSearch: query,
  component: lazyRouteComponent(() => import("./services/services-view.js"), "ServicesView"),
});
const letters = createRoute({
  getParentRoute: () => root,
  path: "/dead-letters",
  component: lazyRouteComponent(() => import("./dead-letters/dead-letters-view.js"), "DeadLettersView"),
});
const replays = createRoute({
  getParentRoute: () => root,
  path: "/replays",
  validateSearch: (search: Record<string, unknown>): { trace?: string; type?: string; from?: number } => {
    const trace = text(search.trace);
    const type = text(search.type);
    const from = Number(search.from);
    return {
      ...(trace !== undefined && { trace }),
      ...(type !== undefined && { type }),
      ...(Number.isSafeInteger(from) && from > 0 && { from }),
    };
  },
  component: lazyRouteComponent(() => import("./replays/replays-view.js"), "ReplaysView"),
});
const health = createRoute({
  getParentRoute: () => root,
  path: "/status",
  component: lazyRouteComponent(() => import("./health/health-view.js"), "HealthView"),
});
const eventsAlone = createRoute({
  getParentRoute: () => root,
  path: "/events",
  beforeLoad: () => {
    throw redirect({ to: "/" });
  },
});

export const router = createRouter({
  routeTree: root.addChildren([
    live.addChildren([nothing, event]),
    eventsAlone,
    topology,
    contracts.addChildren([contractOf]),
    services,
    letters,
    replays,
    health,
  ]),
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
