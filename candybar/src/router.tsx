/** Every view and its address. The live view and an event come at once; the others a moment later. */
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

/** What an address says and a view does not understand is `undefined`: left out, the router would hand it on as it is. */
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
    return {
      type: text(search.type),
      source: text(search.source),
      valid: valid === "true" || valid === "false" ? valid : undefined,
      text: text(search.text),
    };
  },
});
const nothing = createRoute({ getParentRoute: () => live, path: "/" });
const event = createRoute({ getParentRoute: () => live, path: "/events/$eventId", component: EventView });

const query = (search: Record<string, unknown>): { q?: string | undefined } => ({ q: text(search.q) });

const topology = createRoute({
  getParentRoute: () => root,
  path: "/topology",
  validateSearch: (search: Record<string, unknown>): { q?: string | undefined; all?: true | undefined } => ({
    ...query(search),
    all: search.all === true || undefined,
  }),
  component: lazyRouteComponent(() => import("./topology/topology-view.js"), "TopologyView"),
});
/** The version that is shown, and the two that are compared; without them the newest. */
interface ContractSearch {
  readonly version?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** What the form of a new replay is filled with. */
interface ReplaySearch {
  readonly trace?: string | undefined;
  readonly type?: string | undefined;
  /** Position of the first event. */
  readonly from?: number | undefined;
}

const contracts = createRoute({
  getParentRoute: () => root,
  path: "/contracts",
  component: lazyRouteComponent(() => import("./contracts/contracts-view.js"), "ContractsView"),
});
const contractOf = createRoute({
  getParentRoute: () => contracts,
  path: "/$eventType",
  validateSearch: (search: Record<string, unknown>): ContractSearch => ({
    version: text(search.version),
    from: text(search.from),
    to: text(search.to),
  }),
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
  validateSearch: (search: Record<string, unknown>): { group?: string | undefined } => ({
    group: text(search.group),
  }),
  component: lazyRouteComponent(() => import("./dead-letters/dead-letters-view.js"), "DeadLettersView"),
});
const replays = createRoute({
  getParentRoute: () => root,
  path: "/replays",
  validateSearch: (search: Record<string, unknown>): ReplaySearch => {
    const from = Number(search.from);
    return {
      trace: text(search.trace),
      type: text(search.type),
      from: Number.isSafeInteger(from) && from > 0 ? from : undefined,
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
