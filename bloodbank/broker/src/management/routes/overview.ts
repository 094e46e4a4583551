import { statfsSync } from "node:fs";
import { freemem, totalmem } from "node:os";
import { EXCHANGE_TYPES } from "../../routing/index.js";
import { missing, ok } from "../answer.js";
import { columns, listed } from "../listing.js";
import type { Request } from "../request.js";
import { type Route, route } from "../route-table.js";
import { type Json, stats } from "../rows.js";
import { keyOf, lengthsOf } from "../sampler.js";

export const overviewRoutes: readonly Route[] = [
  route("GET", "/overview", "management", (request) => ok(columns(overview(request), request.query))),
  route("GET", "/cluster-name", "management", ({ broker }) => ok({ name: broker.node.name })),
  route("GET", "/nodes", "monitoring", (request) => ok(listed([node(request)], request.query))),
  route("GET", "/nodes/:node", "monitoring", (request) => {
    if (request.param("node") !== request.broker.node.name) throw missing();
    return ok(columns(node(request), request.query));
  }),
  route("GET", "/extensions", "management", () => ok([])),
  route("GET", "/feature-flags", "management", () => ok(FEATURE_FLAGS)),
  route("GET", "/auth", "management", () => ok({ enable_uaa: false, uaa_client_id: "", uaa_location: "" })),
];

/** The version whose API this is; clients choose by it what they ask. */
const RABBITMQ_VERSION = "3.10.8";

const EXCHANGE_TYPE_ROWS = EXCHANGE_TYPES.map((name) => ({
  name,
  description: `AMQP ${name} exchange, as per the AMQP specification`,
  enabled: true,
}));

const FEATURE_FLAGS = ["implicit_default_bindings", "quorum_queue", "virtual_host_metadata"].map((name) => ({
  name,
  desc: "",
  doc_url: "",
  state: "enabled",
  stability: "stable",
  provided_by: "rabbit",
}));

function overview(request: Request): Json {
  const { broker, sampler } = request;
  const queues = request.visible(broker.queues());
  const lengths = { messages: 0, messages_ready: 0, messages_unacknowledged: 0 };
  for (const queue of queues) {
    const own = lengthsOf(queue);
    lengths.messages += own.messages;
    lengths.messages_ready += own.messages_ready;
    lengths.messages_unacknowledged += own.messages_unacknowledged;
  }
  return {
    management_version: RABBITMQ_VERSION,
    rates_mode: "basic",
    exchange_types: EXCHANGE_TYPE_ROWS,
    product_version: broker.node.version,
    product_name: "Bloodbank",
    rabbitmq_version: RABBITMQ_VERSION,
    cluster_name: broker.node.name,
    disable_stats: false,
    enable_queue_totals: false,
    message_stats: {},
    ...stats(sampler, keyOf.node, broker.totals()),
    queue_totals: queues.length === 0 ? {} : sampler.withRates(keyOf.node, lengths as object),
    object_totals: {
      channels: broker.channels().length,
      connections: broker.connections().length,
      consumers: broker.consumers().length,
      exchanges: request.visible(broker.exchanges()).length,
      queues: queues.length,
    },
    node: broker.node.name,
    listeners: broker.node.listeners.map(({ protocol, host, port }) => ({
      node: broker.node.name,
      protocol,
      ip_address: host,
      port,
      socket_opts: {},
    })),
    contexts: [],
  };
}

function node({ broker }: Request): Json {
  const gauges = broker.gauges();
  return {
    name: broker.node.name,
    type: "disc",
    running: true,
    os_pid: String(process.pid),
    partitions: [],
    rates_mode: "basic",
    uptime: Date.now() - broker.node.startedAt,
    mem_used: process.memoryUsage.rss(),
    mem_limit: totalmem(),
    mem_free: freemem(),
    mem_alarm: gauges.memoryAlarm,
    disk_free: diskFree(broker.node.dataDir),
    disk_free_alarm: gauges.diskAlarm,
    processors: 1,
    exchange_types: EXCHANGE_TYPE_ROWS,
    auth_mechanisms: ["PLAIN", "AMQPLAIN"].map((name) => ({ name, description: name, enabled: true })),
    applications: [],
    contexts: [],
    enabled_plugins: [],
    log_bytes: gauges.logBytes,
  };
}

/** Bytes that the data directory's disk has left; 0 where the system does not tell. */
export function diskFree(dataDir: string): number {
  try {
    const { bavail, bsize } = statfsSync(dataDir);
    return bavail * bsize;
  } catch {
    return 0;
  }
}
