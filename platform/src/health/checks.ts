/** What readiness is made of: bus, store and recorder must work; disk and services are told. */
import { statfs } from "node:fs/promises";
import type { Publisher } from "@33god/bloodbank";
import { StoreError } from "@33god/candystore";
import type { Config } from "../config/contract.js";
import { withoutPassword } from "../config/values.js";
import { reasonOf } from "../errors.js";
import type { StoreAccess } from "../http/context.js";
import type { ManagementClient } from "../management/client.js";
import { type Bus, shownAddress } from "../start/bus.js";
import type { Supervisor } from "../supervise/supervisor.js";
import type { Check, Health } from "./health.js";

/** Below this much room the embedded broker and SQLite are near their end. */
const LEAST_FREE = 500e6;

export interface CheckedParts {
  readonly config: Config;
  readonly bus: Bus;
  readonly publisher: Publisher;
  /** Why it is not connected, as far as that is known. */
  readonly busFailing: () => Error | undefined;
  readonly store: StoreAccess;
  readonly supervisor: Supervisor;
}

export function addChecks(health: Health, parts: CheckedParts): void {
  const { config, bus, publisher, busFailing, store, supervisor } = parts;
  health.add("broker", async () => {
    const facts = { engine: bus.engine, url: shownAddress(bus) };
    if (!publisher.connected) {
      const failing = busFailing();
      const why = failing === undefined ? "not connected yet" : reasonOf(failing);
      return { status: "failing", ...facts, code: "BUS_UNAVAILABLE", message: `${why}; trying again` };
    }
    const stats = bus.broker?.stats();
    if (stats === undefined) return { status: "ok", ...facts, ...(await clusterFacts(bus.management)) };
    const { alarm, queues, connections, consumers, messagesReady, logBytes } = stats;
    return {
      status: alarm === null ? "ok" : "failing",
      ...facts,
      queues,
      connections,
      consumers,
      messages: messagesReady,
      log_mb: megabytes(logBytes),
      ...(alarm !== null && { message: alarm }),
    };
  });
  health.add("store", async () => {
    const { failing } = store;
    if (failing !== undefined)
      return {
        status: "failing",
        ...(config.databaseUrl !== undefined && { url: withoutPassword(config.databaseUrl) }),
        code: failing instanceof StoreError ? failing.code : "STORE_UNAVAILABLE",
        message: `${reasonOf(failing)}; trying again`,
      };
    const { engine, events, bytes, index_bytes } = await store.events.stats();
    return {
      status: "ok",
      engine: engine === "sqlite" ? "SQLite" : "PostgreSQL",
      events,
      size_mb: megabytes(bytes),
      index_mb: megabytes(index_bytes),
    };
  });
  health.add("recorder", async () => {
    if (store.recorder === undefined)
      return { status: "failing", message: "not started: there is no store yet" };
    const { connected, paused, pending, lag_ms, stored, dead_lettered, failing } =
      await store.recorder.status();
    const facts = { lag_ms, pending, stored, dead_lettered };
    if (failing !== undefined) return { status: "failing", ...facts, message: failing };
    if (!connected) return { status: "failing", ...facts, message: "not connected to the bus" };
    return { status: paused ? "degraded" : "ok", ...facts, ...(paused && { message: "paused" }) };
  });
  health.add("disk", async () => {
    const { bavail, bsize } = await statfs(config.dataDir);
    const free = bavail * bsize;
    return {
      status: free < LEAST_FREE ? "degraded" : "ok",
      free_gb: Math.round(free / 1e8) / 10,
      path: config.dataDir,
      ...(free < LEAST_FREE && { message: "nearly full" }),
    };
  });
  health.add("services", () => {
    const states = supervisor.services.map((service) => ({ name: service.name, ...service.status() }));
    const away = states.filter(({ state }) => state === "waiting" || state === "failed");
    return {
      status: away.length > 0 ? "degraded" : "ok",
      running: states.filter(({ state }) => state === "running").length,
      of: states.length,
      ...(away.length > 0 && {
        message: away
          .map(({ name, state, reason }) => `${name} is ${state}: ${reason ?? "no reason known"}`)
          .join("; "),
      }),
    };
  });
}

const megabytes = (bytes: number): number => Math.round(bytes / 1e5) / 10;

/** How a RabbitMQ cluster says that it is. One that does not tell is only not told of. */
async function clusterFacts(
  management: ManagementClient | undefined,
): Promise<Omit<Check, "status"> | Check> {
  try {
    const [overview, nodes] = await Promise.all([management?.overview(), management?.nodes()]);
    if (overview === undefined || nodes === undefined) return {};
    const faults = nodes.flatMap(({ name, running, mem_alarm, disk_free_alarm, partitions = [] }) => [
      ...(running === false ? [`${name} does not run`] : []),
      ...(mem_alarm === true ? [`${name} is out of memory and blocks publishers`] : []),
      ...(disk_free_alarm === true ? [`${name} is out of disk and blocks publishers`] : []),
      ...(partitions.length > 0 ? [`${name} lost sight of ${partitions.join(", ")}`] : []),
    ]);
    return {
      version: overview.rabbitmq_version,
      cluster: overview.cluster_name,
      nodes: nodes.map(({ name }) => name).join(", "),
      ...(faults.length > 0 && { status: "degraded" as const, message: faults.join("; ") }),
    };
  } catch (error) {
    return { management: error instanceof Error ? error.message : String(error) };
  }
}
