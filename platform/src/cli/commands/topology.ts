/** `bb topology`: what is connected to what, as declared and as observed; and the broker's own lists. */

import type { BindingInfo, ConnectionInfo, ExchangeInfo, QueueInfo } from "../../management/answers.js";
import type { Topology } from "../api/answers.js";
import { action, asJson, type Define } from "../command.js";
import { EXIT } from "../exit-codes.js";
import { type Column, table } from "../terminal/table.js";

interface ListOptions {
  readonly match?: string;
  readonly all?: boolean;
}

/** Five for each consumer, and empty but where something failed. */
const isEmptyRetry = ({ name, messages_ready = 0, messages_unacknowledged = 0 }: QueueInfo): boolean =>
  /\.retry\.\w+$/.test(name) && messages_ready + messages_unacknowledged === 0;

const text = (value: unknown): string => (value === undefined || value === null ? "" : String(value));
const rate = (value: number | null | undefined): string => (value ? `${value.toFixed(1)}/s` : "");

const QUEUES: readonly Column<QueueInfo>[] = [
  { title: "queue", value: ({ name }) => name },
  { title: "ready", value: ({ messages_ready }) => text(messages_ready), align: "right" },
  { title: "unacked", value: ({ messages_unacknowledged }) => text(messages_unacknowledged), align: "right" },
  { title: "consumers", value: ({ consumers }) => text(consumers), align: "right" },
  { title: "in", value: ({ message_stats }) => rate(message_stats?.publish_details?.rate), align: "right" },
  { title: "policy", value: ({ policy }) => text(policy) },
  {
    title: "features",
    value: ({ durable, type, auto_delete, exclusive }) =>
      [durable ? "durable" : "transient", type, auto_delete && "auto-delete", exclusive && "exclusive"]
        .filter((part) => part && part !== "classic")
        .join(" "),
  },
];

const EXCHANGES: readonly Column<ExchangeInfo>[] = [
  { title: "exchange", value: ({ name }) => name || "(default)" },
  { title: "type", value: ({ type }) => type },
  { title: "durable", value: ({ durable }) => (durable ? "yes" : "no") },
  {
    title: "in",
    value: ({ message_stats }) => rate(message_stats?.publish_in_details?.rate),
    align: "right",
  },
  {
    title: "out",
    value: ({ message_stats }) => rate(message_stats?.publish_out_details?.rate),
    align: "right",
  },
];

const BINDINGS: readonly Column<BindingInfo>[] = [
  { title: "exchange", value: ({ source }) => source || "(default)" },
  { title: "routing key", value: ({ routing_key }) => routing_key },
  { title: "destination", value: ({ destination }) => destination },
  { title: "kind", value: ({ destination_type }) => destination_type },
];

const CONNECTIONS: readonly Column<ConnectionInfo>[] = [
  {
    title: "name",
    value: ({ user_provided_name, client_properties, name }) =>
      user_provided_name ?? text(client_properties?.connection_name ?? client_properties?.product ?? name),
  },
  { title: "user", value: ({ user }) => text(user) },
  { title: "from", value: ({ peer_host, peer_port }) => `${text(peer_host)}:${text(peer_port)}` },
  { title: "state", value: ({ state }) => text(state) },
];

const LISTS = {
  connections: {
    columns: CONNECTIONS,
    does: "Lists who is connected to the broker.",
    instead: "list_connections",
  },
  exchanges: { columns: EXCHANGES, does: "Lists the broker's exchanges.", instead: "list_exchanges" },
  bindings: { columns: BINDINGS, does: "Lists what is bound to what.", instead: "list_bindings" },
  queues: {
    columns: QUEUES,
    does: "Lists the broker's queues, with what waits in them.",
    instead: "list_queues",
  },
} as const;

export const defineTopology: Define = (parent, terminal) => {
  const topology = parent
    .command("topology")
    .summary("show services, queues and bindings, as declared and as observed")
    .description(
      "Shows each service with its queues and events, layer by layer, and where declared and observed differ.",
    )
    .action(
      action(terminal, async ({ options, platform }) => {
        const answer = await platform().json<Topology>("/api/v1/topology");
        if (options.json) terminal.out(asJson(answer));
        else {
          const { drawTopology } = await import("../terminal/topology-tree.js");
          for (const line of drawTopology(answer, terminal.paint)) terminal.out(line);
        }
        return answer.findings?.some(({ severity }) => severity === "error") ? EXIT.no : EXIT.ok;
      }),
    );
  for (const [list, { columns, does, instead }] of Object.entries(LISTS)) {
    const command = topology
      .command(list)
      .description(does)
      .option("--match <text>", "only lines with this text");
    if (list === "queues") command.option("--all", "with the empty retry queues");
    command.addHelpText("after", `\nIn place of: rabbitmqctl ${instead}`).action(
      action<ListOptions>(terminal, async ({ options, platform }) => {
        const answer = await platform().json<Record<string, readonly object[]>>(`/api/v1/topology/${list}`);
        const rows = answer[list] ?? [];
        const shown = columns as readonly Column<object>[];
        const wanted = options.match?.toLowerCase() ?? "";
        const found = rows.filter((row) =>
          shown.some(({ value }) => value(row).toLowerCase().includes(wanted)),
        );
        const everything = options.json || options.all || wanted !== "" || list !== "queues";
        const told = everything ? found : found.filter((row) => !isEmptyRetry(row as QueueInfo));
        if (options.json) terminal.out(asJson({ [list]: found }));
        else if (found.length > 0) {
          for (const line of table(shown, told, terminal.paint.bold)) terminal.out(line);
          if (told.length < found.length)
            terminal.note(`${found.length - told.length} empty retry queues are left out; --all shows them`);
        } else terminal.note(`no ${list}${options.match ? ` with "${options.match}"` : ""}`);
        return found.length > 0 || options.match === undefined ? EXIT.ok : EXIT.no;
      }),
    );
  }
  return topology;
};
