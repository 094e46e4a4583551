import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { type BusAddress, QueueDepths } from "@33god/bloodbank";
import { type Broker, startBroker } from "@33god/bloodbank-broker";
import { systemCode } from "../../errors.js";
import { brokerFolder } from "../../start/broker-folder.js";
import { CliError, messageOf } from "../errors.js";
import { written } from "../written.js";
import type { Migration, Progress } from "./contract.js";
import { type QueueType, wanted } from "./definitions.js";
import { openLedger } from "./ledger.js";
import { Management } from "./management.js";
import { moveHistory } from "./move-history.js";
import { isWhole, moveQueues, type Place } from "./move-queues.js";

/** An AMQP address and its management API's. */
export interface Rabbit {
  readonly amqp: string;
  readonly management: string;
}

export interface MigrateOptions {
  /** Where the embedded broker and the store keep theirs; the ledger of a move is here as well. */
  readonly dataDir: string;
  /** The RabbitMQ to move away from; the embedded broker without it. */
  readonly from?: Rabbit;
  readonly to: Rabbit;
  readonly queueType?: QueueType;
  readonly database?: { readonly databaseUrl: string; readonly databaseSchema?: string };
  readonly progress: Progress;
}

export async function migrate(options: MigrateOptions): Promise<Migration> {
  const { dataDir, database, progress, queueType } = options;
  const source: BusAddress["source"] = { host: hostname(), type: "system", app: "bb-migrate" };
  const place = ({ amqp, management }: Rabbit): Place => ({
    bus: { url: amqp, source },
    management: new Management(management, vhostOf(amqp)),
  });
  const broker = options.from === undefined ? await startQuietly(dataDir) : undefined;
  try {
    const from = place(options.from ?? addressOf(broker));
    const to = place(options.to);
    const definitions = wanted(await from.management.definitions(), queueType);
    const names = (definitions.queues ?? []).map(({ name }) => name);
    const ledger = written(() => openLedger(dataDir, placeOf(options.to.amqp)));
    if (broker === undefined) await refuseConsumed(from, names);
    await to.management.define(definitions);
    progress(`defined ${names.length} queues at the target`);
    const queues = await moveQueues({ from, to, names, ledger, progress });
    const history = database === undefined ? undefined : await moveHistory(dataDir, database, progress);
    const whole = queues.every(isWhole);
    if (whole) ledger.close();
    return {
      definitions: {
        exchanges: definitions.exchanges?.length ?? 0,
        queues: names.length,
        bindings: definitions.bindings?.length ?? 0,
      },
      queues: queues.filter(({ moved, left }) => moved > 0 || left > 0),
      history,
      complete: whole && (history === undefined || history.missing === 0),
    };
  } finally {
    await broker?.close();
  }
}

/** Whoever consumes takes messages away under the move's hands. */
async function refuseConsumed({ bus }: Place, names: readonly string[]): Promise<void> {
  const depths = new QueueDepths(bus);
  await depths.start();
  try {
    for (const name of names) {
      const depth = await depths.of(name);
      if (depth !== undefined && depth.consumers > 0)
        throw new CliError("BUSY", `${name} is being consumed`, {
          hint: "stop the platform and all that publishes or consumes there first: nothing may come in while it moves",
        });
    }
  } finally {
    await depths.close();
  }
}

function addressOf(broker: Broker | undefined): Rabbit {
  return {
    amqp: `amqp://guest:guest@127.0.0.1:${broker?.port}/`,
    management: `http://guest:guest@127.0.0.1:${broker?.managementPort}`,
  };
}

/** On loopback and free ports: no program of the platform finds it. */
async function startQuietly(dataDir: string): Promise<Broker> {
  const { folder } = brokerFolder(dataDir);
  if (!existsSync(folder))
    throw new CliError("NO_INPUT", `there is no embedded broker's data in ${dataDir}`, {
      hint: "name the platform's data directory with --data-dir",
    });
  try {
    return await startBroker({ dataDir: folder, host: "127.0.0.1", port: 0, managementPort: 0 });
  } catch (error) {
    const busy = systemCode(error) === "DATA_DIR_IN_USE";
    throw new CliError(busy ? "BUSY" : "NO_INPUT", messageOf(error), {
      hint: busy
        ? "stop the platform first: nothing may come in while it moves"
        : "name a data directory that may be read and written to with --data-dir",
      cause: error,
    });
  }
}

/** Without user and password: the same place for all of them. */
function placeOf(amqp: string): string {
  const { protocol, hostname: host, port } = new URL(amqp);
  return `${host}:${port || (protocol === "amqps:" ? "5671" : "5672")}/${encodeURIComponent(vhostOf(amqp))}`;
}

function vhostOf(amqp: string): string {
  const { pathname } = new URL(amqp);
  return pathname.length > 1 ? decodeURIComponent(pathname.slice(1)) : "/";
}
