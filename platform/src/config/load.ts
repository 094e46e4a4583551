/** From the environment to the checked configuration; every fault is told at once, not only the first. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { messageOf, StartError } from "../errors.js";
import {
  type Config,
  type Environment,
  LOG_LEVELS,
  type LoadedConfig,
  type Origin,
  type Setting,
} from "./contract.js";
import { nearestName } from "./nearest.js";
import {
  address,
  amqpName,
  BadValue,
  headerList,
  hostName,
  isLoopback,
  oneOf,
  port,
  withoutPassword,
} from "./values.js";
import { VARIABLES, type VariableName, variable } from "./variables.js";

interface Raw {
  readonly value: string | undefined;
  readonly origin: Origin;
}

/**
 * @param env the process's environment, or a test's
 * @param cwd what relative paths are relative to
 * @throws StartError `BAD_CONFIG`, one line for each bad value
 */
export function loadConfig(env: Environment, cwd: string = process.cwd()): LoadedConfig {
  const faults: string[] = [];
  const raws = new Map<VariableName, Raw>();
  const attempt = <T>(name: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      faults.push(`${name}: ${error instanceof BadValue ? error.message : messageOf(error)}`);
      return undefined;
    }
  };
  for (const name of Object.keys(VARIABLES) as VariableName[])
    raws.set(
      name,
      attempt(`${name}_FILE`, () => rawValue(env, name, cwd)) ?? { value: undefined, origin: "default" },
    );

  const has = (name: VariableName) => raws.get(name)?.value;
  const read = <T>(name: VariableName, parse: (value: string) => T): T | undefined => {
    const value = has(name);
    return value === undefined ? undefined : attempt(name, () => parse(value));
  };
  const aPort = (name: VariableName) => ({
    number: read(name, port) ?? 0,
    explicit: raws.get(name)?.origin !== "default",
  });
  const http = (value: string) => address(value, "http", "https");
  const absolute = (value: string) => path.resolve(cwd, value);

  const host = read("BLOODBANK_HOST", hostName) ?? "";
  const tokensFile = read("BLOODBANK_TOKENS", absolute);
  if (host !== "" && !isLoopback(host) && tokensFile === undefined)
    faults.push(
      `BLOODBANK_HOST: "${host}" can be reached from other machines, and there are no tokens: set BLOODBANK_TOKENS, or use 127.0.0.1`,
    );
  const exchangeType = read("BLOODBANK_EXCHANGE_TYPE", (value) =>
    oneOf(value, ["topic", "direct", "fanout", "headers"]),
  );
  if (exchangeType !== undefined && exchangeType !== "topic")
    faults.push(`BLOODBANK_EXCHANGE_TYPE: "${exchangeType}" cannot route by patterns; events need topic`);
  const certFile = read("BLOODBANK_TLS_CERT", absolute);
  const keyFile = read("BLOODBANK_TLS_KEY", absolute);
  if ((certFile === undefined) !== (keyFile === undefined))
    faults.push(
      `${certFile ? "BLOODBANK_TLS_KEY" : "BLOODBANK_TLS_CERT"}: is missing, and the other one is set`,
    );

  const config: Config = {
    rabbitmqUrls: read("RABBITMQ_URL", amqpAddresses) ?? [],
    rabbitmqManagementUrls: read("RABBITMQ_MANAGEMENT_URL", managementAddresses) ?? [],
    databaseUrl: read("DATABASE_URL", (value) => address(value, "postgres", "postgresql")),
    exchange: read("BLOODBANK_EXCHANGE", amqpName) ?? "",
    storeQueue: read("EVENT_STORE_MANAGER_QUEUE", amqpName) ?? "",
    storeDeadLetterQueue: read("EVENT_STORE_MANAGER_DLQ", amqpName) ?? "",
    host,
    httpPort: aPort("BLOODBANK_HTTP_PORT"),
    amqpPort: aPort("BLOODBANK_AMQP_PORT"),
    managementPort: aPort("BLOODBANK_MANAGEMENT_PORT"),
    dataDir: read("BLOODBANK_DATA_DIR", absolute) ?? "",
    vaultDir: read("BLOODBANK_VAULT_DIR", absolute) ?? "",
    queueType: read("BLOODBANK_QUEUE_TYPE", (value) => oneOf(value, ["classic", "quorum"])),
    admission:
      read("BLOODBANK_ADMISSION", (value) => oneOf(value, ["enforce", "quarantine", "off"])) ?? "enforce",
    definitionsFile: read("BLOODBANK_DEFINITIONS", absolute),
    retentionFile: read("BLOODBANK_RETENTION", absolute),
    tokensFile,
    webhookTargets: read("BLOODBANK_WEBHOOK_TARGETS", (value) => oneOf(value, ["public", "any"])) ?? "public",
    tls: certFile && keyFile ? { certFile, keyFile } : undefined,
    fireflies: {
      apiUrl: read("FIREFLIES_API_URL", http),
      apiKey: has("FIREFLIES_API_KEY"),
      webhookSecret: has("FIREFLIES_WEBHOOK_SECRET"),
    },
    githubWebhookSecret: has("GITHUB_WEBHOOK_SECRET"),
    theboardUrl: read("THEBOARD_URL", http),
    agentforgeUrl: read("AGENTFORGE_URL", http),
    otelEndpoint: read("OTEL_EXPORTER_OTLP_ENDPOINT", http),
    otelHeaders: read("OTEL_EXPORTER_OTLP_HEADERS", headerList) ?? {},
    logLevel: read("LOG_LEVEL", (value) => oneOf(value, LOG_LEVELS)) ?? "info",
  };
  read("NOTIFY_WEBHOOK_URL", http);
  if (config.storeQueue !== "" && config.storeQueue === config.storeDeadLetterQueue)
    faults.push(`EVENT_STORE_MANAGER_DLQ: "${config.storeQueue}" is EVENT_STORE_MANAGER_QUEUE as well`);
  if (faults.length > 0)
    throw new StartError("BAD_CONFIG", faults.join("\n"), {
      hint: "`bb config` prints every variable, its value and where it came from.",
    });
  return { config, settings: settingsOf(raws, config), warnings: unknownNames(env) };
}

function managementAddresses(value: string): readonly string[] {
  return parts(value).map((part) => address(part, "http", "https"));
}

const parts = (value: string): readonly string[] =>
  value
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");

/** With commas between, for a cluster. All must lead to the same virtual host: they are one bus. */
function amqpAddresses(value: string): readonly string[] {
  const addresses = parts(value).map((part) => address(part, "amqp", "amqps"));
  if (new Set(addresses.map((url) => new URL(url).pathname.replace(/^\/$/, ""))).size > 1)
    throw new BadValue("the addresses name different virtual hosts");
  return addresses;
}

/** `NAME`, else the content of the file that `NAME_FILE` names, else the default. Empty is not set. */
function rawValue(env: Environment, name: VariableName, cwd: string): Raw {
  const given = env[name]?.trim();
  if (given) return { value: given, origin: "env" };
  const file = env[`${name}_FILE`]?.trim();
  if (file) return { value: readFileSync(path.resolve(cwd, file), "utf8").trim(), origin: "file" };
  return { value: variable(name).fallback, origin: "default" };
}

function settingsOf(raws: ReadonlyMap<VariableName, Raw>, config: Config): readonly Setting[] {
  const resolved: Partial<Record<VariableName, string>> = {
    BLOODBANK_DATA_DIR: config.dataDir,
    BLOODBANK_VAULT_DIR: config.vaultDir,
  };
  return [...raws].map(([name, { value, origin }]) => ({
    name,
    value:
      value === undefined
        ? undefined
        : variable(name).secret === true
          ? "***"
          : (resolved[name] ?? value.split(",").map(withoutPassword).join(",")),
    origin,
    description: variable(name).description,
  }));
}

/** Read by `bb` and the services, not by the platform. */
const OTHERS = ["BLOODBANK_TOKEN", "BLOODBANK_URL", "BLOODBANK_SUPERVISOR_PID"];

/** Container platforms inject names of their own, so that an unknown one is no fault. */
function unknownNames(env: Environment): readonly string[] {
  const known = [...Object.keys(VARIABLES), ...OTHERS];
  return Object.keys(env)
    .filter((name) => name.startsWith("BLOODBANK_") && !known.includes(name.replace(/_FILE$/, "")))
    .sort()
    .map((name) => {
      const near = nearestName(name, known);
      return `${name} is not a variable of Bloodbank${near === undefined ? "" : `; did you mean ${near}?`}`;
    });
}
