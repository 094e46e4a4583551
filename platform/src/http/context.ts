/** What the routes are given: the parts that the composition root joined. Routes decide nothing themselves. */
import type { BusAddress, DeadLetters, Publisher } from "@33god/bloodbank";
import type { EventStore, Recorder, Replays } from "@33god/candystore";
import type { CheckedCatalog } from "@33god/holyfields";
import type { Registry } from "@33god/registry/entries";
import type { Tokens } from "../access/tokens.js";
import type { Config } from "../config/contract.js";
import type { PolicyKeeper } from "../dead-letters/keeper.js";
import type { Health } from "../health/health.js";
import type { Log } from "../log/log.js";
import type { ManagementClient } from "../management/client.js";
import type { Metrics } from "../metrics/metrics.js";
import type { Observer } from "../observe/observer.js";
import type { Supervisor } from "../supervise/supervisor.js";
import type { Webhooks } from "../webhooks/webhooks.js";

export interface ApiContext {
  readonly config: Config;
  readonly version: string;
  readonly catalog: CheckedCatalog;
  readonly registry: Registry;
  /** For short connections of their own. */
  readonly bus: BusAddress;
  readonly publisher: Publisher;
  readonly store: StoreAccess;
  /** Absent where no management API is known. */
  readonly management: ManagementClient | undefined;
  readonly health: Health;
  readonly metrics: Metrics;
  readonly deadLetters: DeadLetters;
  readonly webhooks: Webhooks;
  /** Absent where everybody on this machine may do everything. */
  readonly tokens: Tokens | undefined;
  /** Absent where no management API is known. */
  readonly policies: PolicyKeeper | undefined;
  readonly observer: Observer;
  readonly supervisor: Supervisor;
  readonly log: Log;
  /** Aborted when the platform begins to stop: streams end, and the server can drain. */
  readonly stopping: AbortSignal;
}

/** The store and what works on it; each getter throws the problem `STORE_UNAVAILABLE` while it is away. */
export interface StoreAccess {
  readonly events: EventStore;
  readonly replays: Replays;
  /** Absent until it was started. */
  readonly recorder: Recorder | undefined;
  /** Why there is no store yet. */
  readonly failing: Error | undefined;
}
