/** Asks the broker, the processes and the store, and lays it over the registry: for the page, `bb` and `/metrics`. */
import type { Publisher } from "@33god/bloodbank";
import type { Registry } from "@33god/registry/entries";
import type { Config } from "../config/contract.js";
import type { StoreAccess } from "../http/context.js";
import type { ManagementClient } from "../management/client.js";
import type { Supervisor } from "../supervise/supervisor.js";
import type { Webhooks } from "../webhooks/webhooks.js";
import { BrokerView } from "./broker-view.js";
import { observedServices, type ServiceAnswer, type ServiceFacts } from "./services.js";
import { type Topology, type Traffic, topologyOf } from "./topology.js";

const LATELY = 15 * 60_000;
const FRESH = 10_000;
/** What "a second" is taken over, in milliseconds. */
const NOW = 10_000;
const NO_TRAFFIC: Traffic = { types: new Map(), sources: new Map(), rates: new Map() };

export interface ObserverParts {
  readonly config: Config;
  readonly registry: Registry;
  readonly management: ManagementClient | undefined;
  readonly supervisor: Supervisor;
  readonly store: StoreAccess;
  readonly publisher: Publisher;
  readonly webhooks: Webhooks;
}

export class Observer {
  readonly #parts: ObserverParts;
  readonly #view: BrokerView;
  #traffic: Promise<Traffic> | undefined;
  #asked = Number.NEGATIVE_INFINITY;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#view = new BrokerView(parts.management);
  }

  async services(): Promise<readonly ServiceAnswer[]> {
    return observedServices(this.#parts.registry, await this.#facts());
  }

  async topology(): Promise<Topology> {
    const [facts, traffic] = await Promise.all([this.#facts(), this.#lately()]);
    const { registry, config } = this.#parts;
    const webhooks = this.#parts.webhooks.list();
    const services = observedServices(registry, facts);
    return topologyOf({ ...facts, exchange: config.exchange, registry, services, traffic, webhooks });
  }

  /** What the broker says; `undefined` where it cannot be asked. */
  broker() {
    return this.#view.facts();
  }

  async #facts(): Promise<ServiceFacts> {
    const { config, supervisor } = this.#parts;
    const [broker, own] = await Promise.all([this.#view.facts(), this.#own()]);
    return {
      broker,
      processes: new Map(supervisor.services.map((service) => [service.name, service.status()])),
      names: { EVENT_STORE_MANAGER_QUEUE: config.storeQueue },
      deadLetterQueues: new Map([[config.storeQueue, config.storeDeadLetterQueue]]),
      own,
    };
  }

  /** What lives in this process: the platform, the store, and the doors for webhooks that have no worker. */
  async #own(): Promise<ReadonlyMap<string, boolean>> {
    const { registry, publisher, store } = this.#parts;
    const recorder = await store.recorder?.status().catch(() => undefined);
    const doors = Object.values(registry.services).filter(
      ({ run, external, status, endpoints, queue_name, queue_names }) =>
        !run && !external && status === "active" && endpoints && !queue_name && !queue_names,
    );
    return new Map<string, boolean>([
      ...doors.map(({ name }) => [name, publisher.connected] as const),
      ...Object.values(registry.services)
        .filter(({ queue_variable }) => queue_variable === "EVENT_STORE_MANAGER_QUEUE")
        .map(({ name }) => [name, recorder?.connected === true] as const),
    ]);
  }

  #lately(): Promise<Traffic> {
    const now = performance.now();
    if (this.#traffic === undefined || now - this.#asked > FRESH) {
      this.#asked = now;
      this.#traffic = this.#count().catch(() => NO_TRAFFIC);
    }
    return this.#traffic;
  }

  async #count(): Promise<Traffic> {
    // The broker counts what an exchange gets, but not from whom: that stands in the events.
    const since = (ms: number) => ({ since: new Date(Date.now() - ms).toISOString() });
    const { events } = this.#parts.store;
    const [{ by_type, by_source }, now] = await Promise.all([
      events.count(since(LATELY)),
      events.count(since(NOW)),
    ]);
    return {
      types: new Map(by_type.map(({ event_type, count }) => [event_type, count])),
      sources: new Map(by_source.map(({ source_app, count }) => [source_app, count])),
      rates: new Map(now.by_source.map(({ source_app, count }) => [source_app, (count * 1000) / NOW])),
    };
  }
}
