import { existsSync } from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import type { BusAddress } from "@33god/bloodbank";
import { startBroker } from "@33god/bloodbank-broker";
import { CliError, messageOf } from "../errors.js";
import type { Migration, Progress } from "./contract.js";
import { type Definitions, Management } from "./management.js";
import { moveHistory } from "./move-history.js";
import { isWhole, moveQueues } from "./move-queues.js";

export interface MigrateOptions {
  readonly dataDir: string;
  /** The RabbitMQ to move to. */
  readonly amqp: string;
  readonly management: string;
  readonly queueType?: "classic" | "quorum";
  readonly database?: { readonly databaseUrl: string; readonly databaseSchema?: string };
  readonly progress: Progress;
}

export async function migrate(options: MigrateOptions): Promise<Migration> {
  const { dataDir, amqp, database, progress, queueType } = options;
  const folder = path.join(dataDir, "broker");
  if (!existsSync(folder))
    throw new CliError("NO_INPUT", `there is no embedded broker's data in ${dataDir}`, {
      hint: "name the platform's data directory with --data-dir",
    });
  const broker = await startQuietly(folder);
  try {
    const source: BusAddress["source"] = { host: hostname(), type: "system", app: "bb-migrate" };
    const from = {
      bus: { url: `amqp://guest:guest@127.0.0.1:${broker.port}/`, source },
      management: new Management(`http://guest:guest@127.0.0.1:${broker.managementPort}`, "/"),
    };
    const to = { bus: { url: amqp, source }, management: new Management(options.management, vhostOf(amqp)) };
    const definitions = wanted(await from.management.definitions(), queueType);
    await to.management.define(definitions);
    progress(`defined ${definitions.queues?.length ?? 0} queues at the target`);
    const ledger = path.join(dataDir, "migration.ndjson");
    const queues = await moveQueues({ from, to, ledger, progress });
    const history = database === undefined ? undefined : await moveHistory(dataDir, database, progress);
    return {
      definitions: {
        exchanges: definitions.exchanges?.length ?? 0,
        queues: definitions.queues?.length ?? 0,
        bindings: definitions.bindings?.length ?? 0,
      },
      queues: queues.filter(({ moved, left }) => moved > 0 || left > 0),
      history,
      complete: queues.every(isWhole) && (history === undefined || history.missing === 0),
    };
  } finally {
    await broker.close();
  }
}

/** On loopback and free ports: no program of the platform finds it. */
async function startQuietly(dataDir: string) {
  try {
    return await startBroker({ dataDir, host: "127.0.0.1", port: 0, managementPort: 0 });
  } catch (error) {
    throw new CliError("BUSY", messageOf(error), {
      hint: "stop the platform first: nothing may come in while it moves",
      cause: error,
    });
  }
}

/** What lives longer than a connection; with the type that queues are to have there. */
function wanted(definitions: Definitions, type: "classic" | "quorum" | undefined): Definitions {
  const { exchanges = [], queues = [], bindings = [], policies = [] } = definitions;
  return {
    exchanges,
    queues: queues
      .filter(({ durable, auto_delete }) => durable !== false && auto_delete !== true)
      .map((queue) =>
        type === undefined || queue.arguments?.["x-queue-type"] !== undefined
          ? queue
          : { ...queue, arguments: { ...queue.arguments, "x-queue-type": type } },
      ),
    bindings,
    policies,
  };
}

function vhostOf(amqp: string): string {
  const { pathname } = new URL(amqp);
  return pathname.length > 1 ? decodeURIComponent(pathname.slice(1)) : "/";
}
