/** What the broker says of itself as a node, and its management API started beside it. */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import type { Broker, BrokerOptions } from "../contract.js";
import { applyDefinitions } from "../definitions/index.js";
import type { Core } from "../vhost/core.js";
import { ManagementApi } from "./api.js";
import type { Listener, NodeFacts } from "./contract.js";
import { CoreView } from "./core-view.js";
import { type ManagementServer, startManagement } from "./server.js";

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

/** Applies `definitions`, before anyone can connect. Throws `DEFINITIONS_INVALID`. */
export function define(core: Core): void {
  const { definitions } = core.options;
  if (definitions !== undefined) applyDefinitions(new CoreView(core, factsOf(core.options, [])), definitions);
}

export interface Management {
  readonly api: ManagementApi;
  /** Absent: nobody else can ask. */
  readonly port: number | undefined;
  close(): Promise<void>;
}

/** Starts the management API, which listens where `managementPort` asks for it; the broker listens already. */
export async function manage(core: Core & Broker): Promise<Management> {
  const { options, clock } = core;
  const listeners: Listener[] = [
    { protocol: options.tls === undefined ? "amqp" : "amqp/ssl", host: core.host, port: core.port },
  ];
  const api = new ManagementApi(new CoreView(core, factsOf(options, listeners)), clock, (question, cause) =>
    core.report("error", `management: ${question} failed`, { cause }),
  );
  let server: ManagementServer | undefined;
  if (options.managementPort !== undefined) {
    server = await startManagement({
      api,
      host: options.host ?? "127.0.0.1",
      port: options.managementPort,
      tls: options.tls,
      log: (level, message, fields) => core.report(level, message, fields),
    });
    api.measureRates();
    listeners.push({
      protocol: options.tls === undefined ? "http" : "https",
      host: core.host,
      port: server.port,
    });
  }
  return {
    api,
    port: server?.port,
    async close() {
      api.stopMeasuring();
      await server?.close();
    },
  };
}

function factsOf({ dataDir }: BrokerOptions, listeners: readonly Listener[]): NodeFacts {
  return { name: `bloodbank@${hostname()}`, version, dataDir, startedAt: Date.now(), listeners };
}
