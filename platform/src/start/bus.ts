/** Which bus it is: the embedded broker, started here, or a RabbitMQ that others run. From here on it is only a URL. */
import type { Admit, Broker, TlsFiles } from "@33god/bloodbank-broker";
import type { Config } from "../config/contract.js";
import { withoutPassword } from "../config/values.js";
import { messageOf, StartError, type StartErrorCode, systemCode } from "../errors.js";
import type { Log } from "../log/log.js";
import { ManagementClient } from "../management/client.js";
import { httpDoor, innerDoor } from "../management/doors.js";
import { brokerFolder } from "./broker-folder.js";
import { choosePort, isFree } from "./ports.js";
import { readRuntimeFile } from "./runtime-file.js";

/** Where the embedded broker puts what admission turned away. */
export const QUARANTINE_QUEUE = "bloodbank.quarantine";

export interface Bus {
  readonly engine: "embedded" | "rabbitmq";
  readonly urls: readonly string[];
  readonly vhost: string;
  readonly management: ManagementClient | undefined;
  /** With user and password. */
  readonly managementUrl: string | undefined;
  readonly broker: Broker | undefined;
  readonly notices: readonly string[];
  close(): Promise<void>;
}

/** What the embedded broker is given beside its ports. */
export interface BrokerParts {
  readonly admit: Admit | undefined;
  readonly tls: TlsFiles | undefined;
  /** Of RabbitMQ's form. */
  readonly definitions: unknown;
}

/**
 * Resolves when the embedded broker listens; a RabbitMQ is not waited for.
 *
 * @throws StartError `PORT_TAKEN`, `BROKER_FAILED`, `ALREADY_RUNNING`, `BAD_CONFIG`
 */
export async function openBus(config: Config, parts: BrokerParts, log: Log): Promise<Bus> {
  const own = await ownAddress(config);
  if (config.rabbitmqUrls.length > 0 && own === undefined) return rabbitmq(config);
  return embedded(config, parts, log, own);
}

/**
 * `RABBITMQ_URL` may have been exported for other programs, as the platform tells people to do: an address that this
 * data directory's own broker had last, and that nobody listens at, is where it is started again.
 */
async function ownAddress(config: Config): Promise<{ host: string; port: number } | undefined> {
  const [url, ...others] = config.rabbitmqUrls;
  const last = readRuntimeFile(config.dataDir);
  if (url === undefined || others.length > 0 || last?.engine !== "embedded") return undefined;
  const asked = new URL(url);
  const had = new URL(last.amqp);
  if (portOf(asked) !== portOf(had) || plain(asked.hostname) !== plain(had.hostname)) return undefined;
  const host = plain(had.hostname);
  return (await isFree(portOf(had), host).catch(() => false)) ? { host, port: portOf(had) } : undefined;
}

function rabbitmq(config: Config): Bus {
  const address = new URL(config.rabbitmqUrls[0] ?? "");
  // AMQP URI specification: an empty path is no virtual host named, which is the default one.
  const vhost = address.pathname.length > 1 ? decodeURIComponent(address.pathname.slice(1)) : "/";
  const { rabbitmqManagementUrls: asked } = config;
  const managementUrls =
    asked.length > 0 ? asked : config.rabbitmqUrls.map((url) => defaultManagement(new URL(url)));
  return {
    engine: "rabbitmq",
    urls: config.rabbitmqUrls,
    vhost,
    managementUrl: managementUrls[0],
    management: new ManagementClient(
      managementUrls.map((url) => httpDoor(withCredentials(url, address))),
      vhost,
    ),
    broker: undefined,
    notices: [],
    close: async () => undefined,
  };
}

/** Where the plugin listens when nobody configured it. */
function defaultManagement(amqp: URL): string {
  return amqp.protocol === "amqps:" ? `https://${amqp.hostname}:15671/` : `http://${amqp.hostname}:15672/`;
}

/** The bus's own user, where the management address names none. */
function withCredentials(management: string, { username, password }: URL): string {
  const url = new URL(management);
  if (url.username === "") {
    url.username = username || "guest";
    url.password = password || "guest";
  }
  return url.href;
}

async function embedded(
  config: Config,
  { admit, tls, definitions }: BrokerParts,
  log: Log,
  own: { readonly host: string; readonly port: number } | undefined,
): Promise<Bus> {
  const { host } = config;
  const notices: string[] = [];
  const amqpPort = own ? { number: own.port, explicit: true } : config.amqpPort;
  const amqp = await choosePort(amqpPort, host, "the bus", own ? "RABBITMQ_URL" : "BLOODBANK_AMQP_PORT");
  const management = await choosePort(
    config.managementPort,
    host,
    "the management API",
    "BLOODBANK_MANAGEMENT_PORT",
    new Set([amqp.number]),
  );
  for (const { notice } of [amqp, management]) if (notice !== undefined) notices.push(notice);
  const { folder, warning } = brokerFolder(config.dataDir);
  if (warning !== undefined) notices.push(warning);
  const { startBroker } = await import("@33god/bloodbank-broker");
  let broker: Broker;
  try {
    broker = await startBroker({
      dataDir: folder,
      host,
      port: amqp.number,
      managementPort: management.number,
      ...(admit && { admit }),
      ...(tls && { tls }),
      ...(definitions !== undefined && { definitions }),
      guarded: [config.exchange],
      quarantineQueue: QUARANTINE_QUEUE,
      log,
    });
  } catch (error) {
    throw brokerFailure(error, folder);
  }
  const shown = host.includes(":") ? `[${host}]` : host === "0.0.0.0" ? "127.0.0.1" : host;
  const url = `amqp://guest:guest@${shown}:${broker.port}/`;
  const managementUrl =
    broker.managementPort === undefined ? undefined : `http://guest:guest@${shown}:${broker.managementPort}/`;
  return {
    engine: "embedded",
    urls: [url],
    vhost: "/",
    managementUrl,
    management: new ManagementClient([innerDoor(broker, `http://${shown}:${broker.managementPort}`)], "/"),
    broker,
    notices,
    close: () => broker.close(),
  };
}

/** The broker's codes that whoever starts it can do something about. */
const FAILURES: Readonly<Record<string, readonly [code: StartErrorCode, hint: string]>> = {
  PORT_IN_USE: ["PORT_TAKEN", "It was taken meanwhile: start again."],
  DATA_DIR_IN_USE: ["ALREADY_RUNNING", "End that one, or set BLOODBANK_DATA_DIR to another folder."],
  DEFINITIONS_INVALID: ["BAD_CONFIG", "Mend the file that BLOODBANK_DEFINITIONS names."],
  FORMAT_UNKNOWN: ["BROKER_FAILED", "Start that version, or set BLOODBANK_DATA_DIR to another folder."],
  ENOSPC: ["BROKER_FAILED", "Make room on that disk, or set BLOODBANK_DATA_DIR to a folder on another."],
  LISTEN_FAILED: ["BROKER_FAILED", "Set BLOODBANK_HOST and the ports to what may be listened at here."],
};

function brokerFailure(error: unknown, folder: string): StartError {
  if (error instanceof StartError) return error;
  const [code, hint] = FAILURES[systemCode(error) ?? ""] ?? [
    "BROKER_FAILED" as const,
    "Its log above says more, and docs/broker-log.md what each file is.",
  ];
  return new StartError(code, `The embedded broker in ${folder} could not start: ${messageOf(error)}`, {
    cause: error,
    hint,
  });
}

const portOf = (url: URL): number => Number(url.port || (url.protocol === "amqps:" ? 5671 : 5672));
const plain = (host: string): string => {
  const name = host.replace(/^\[|\]$/g, "");
  return name === "localhost" ? "127.0.0.1" : name;
};

/** The addresses as they may be logged. */
export const shownAddress = ({ urls }: Pick<Bus, "urls">): string => urls.map(withoutPassword).join(",");
