/**
 * A service as a process of its own.
 *
 *   read the environment ─ wrong ─▶ one line, exit 78
 *     └─▶ start: waits for the broker ─ it does not let this user in ─▶ one line, exit 77
 *           └─▶ running ─ SIGTERM, SIGINT, supervisor gone ─▶ drain ─▶ exit 0
 *                                                   └─ told a second time, or not drained in time ─▶ exit 1
 *
 * A supervisor that started it with an IPC channel is told each change of its connection, and is known to be gone
 * when the channel closes; one without a channel names itself in `BLOODBANK_SUPERVISOR_PID`.
 */
import { hostname } from "node:os";
import type { BusOptions } from "@33god/bloodbank";
import { EVENTS_EXCHANGE } from "@33god/bloodbank";
import { loadCatalog, type Source } from "@33god/holyfields";
import { BadVariable, type Environment, oneOf, text, wholeNumber } from "./environment.js";
import { jsonLog, type Level, type Log } from "./log.js";
import { type ServiceEndpoint, serveHealth } from "./process/health.js";
import { ServiceMetrics } from "./process/metrics.js";
import { onEnd } from "./process/stop-signals.js";
import { runningPlatform } from "./running-platform.js";
import type { RunningService } from "./running-service.js";

/** `EX_CONFIG` of sysexits.h: starting it again as it is would not help. */
export const BAD_CONFIGURATION = 78;

/** `EX_NOPERM`: the broker knows no such user, password or virtual host, or does not permit what the service needs. */
const REFUSED = 77;
/** As RabbitMQ and the embedded broker say it. A queue that another consumer has for itself alone is not meant: it passes. */
const REFUSAL = /connection closed: .*\((403|530)\)|access to .* refused/;

export interface ServiceProcess {
  /** As in the registry; also the `source.app` of what it publishes. */
  readonly name: string;
  /** How its events come about; `system` by default. */
  readonly sourceType?: Source["type"];
  readonly env: Environment;
  /** Makes the service; not started yet. Throws `BadVariable` for what it reads itself. */
  create(parts: { readonly bus: BusOptions; readonly log: Log; readonly env: Environment }): RunningService;
}

/** What a supervisor with an IPC channel is told. */
export interface StateMessage {
  readonly bloodbank: "state";
  readonly state: "connected" | "disconnected" | "draining";
  readonly reason?: string;
}

/** Milliseconds that a drain may take; `SERVICE_DRAIN_MS` sets another. */
const DRAIN = 10_000;

/**
 * Runs the service until it is told to end, and ends the process.
 *
 * Reads `RABBITMQ_URL` (without it the platform that runs on this machine, then RabbitMQ's own default address),
 * `BLOODBANK_EXCHANGE`, `BLOODBANK_QUEUE_TYPE`, `LOG_LEVEL`, `SERVICE_HTTP_PORT` (`/health`, `/health/ready` and
 * `/metrics`; no port, no endpoint) and `SERVICE_DRAIN_MS`.
 */
export async function runService(definition: ServiceProcess): Promise<void> {
  // A reader of the log that went away must not end the work.
  process.stdout.on("error", () => undefined);
  process.stderr.on("error", () => undefined);
  try {
    await run(definition);
  } catch (error) {
    if (!(error instanceof BadVariable)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = BAD_CONFIGURATION;
  }
}

async function run({ name, sourceType = "system", env, create }: ServiceProcess): Promise<void> {
  const log = jsonLog(name, level(env), (line) => process.stdout.write(`${line}\n`));
  const metrics = new ServiceMetrics(name);
  const url = brokerAddresses(env);
  let started = false;
  const bus: BusOptions = {
    url,
    exchange: text(env, "BLOODBANK_EXCHANGE") ?? EVENTS_EXCHANGE,
    ...queueType(env),
    catalog: loadCatalog(),
    source: { host: hostname(), type: sourceType, app: name },
    metrics,
    log,
    onState: (state, reason) => {
      // The nodes of a cluster have the same users: what one of them refuses, all do.
      if (!started && reason !== undefined && REFUSAL.test(reason.message)) {
        log("error", `${url.map(withoutPassword).join(",")} does not let this user in: ${reason.message}`);
        process.exit(REFUSED);
      }
      tell({
        bloodbank: "state",
        state: state === "up" && service.connected ? "connected" : "disconnected",
        ...(reason && { reason: reason.message }),
      });
    },
  };
  const drainMs = wholeNumber(env, "SERVICE_DRAIN_MS", 0) ?? DRAIN;
  const port = wholeNumber(env, "SERVICE_HTTP_PORT", 0);
  const service = create({ bus, log, env });
  const endpoint = port === undefined ? undefined : await serveHealth(port, service, metrics, log);

  let ending = false;
  onEnd(env, (why) => {
    if (ending) process.exit(1);
    ending = true;
    log("info", `ends: ${why}`);
    tell({ bloodbank: "state", state: "draining" });
    void drain(service, endpoint, drainMs, log).then((code) => process.exit(code));
  });
  if (ending) return;
  answerPings();
  try {
    await service.start();
  } catch (error) {
    // Told to end while it waited for the broker.
    if (ending) return;
    throw error;
  }
  if (ending) return;
  started = true;
  log("info", "connected", { broker: url.map(withoutPassword).join(",") });
  tell({ bloodbank: "state", state: "connected" });
}

async function drain(
  service: RunningService,
  endpoint: ServiceEndpoint | undefined,
  ms: number,
  log: Log,
): Promise<number> {
  const late = new Promise<"late">((resolve) => setTimeout(resolve, ms, "late"));
  try {
    const outcome = await Promise.race([service.close(), late]);
    await endpoint?.close();
    if (outcome !== "late") return 0;
    log("warn", `not drained in ${ms} ms; what is unfinished will be delivered again`);
  } catch (error) {
    log("error", `could not drain: ${error instanceof Error ? error.message : String(error)}`);
  }
  return 1;
}

/** Several, with commas between, for a cluster. */
function brokerAddresses(env: Environment): readonly string[] {
  const given = text(env, "RABBITMQ_URL");
  if (given === undefined) return [runningPlatform(env)?.amqp ?? "amqp://guest:guest@localhost:5672/"];
  return given.split(",").map((part) => {
    const url = part.trim();
    if (!URL.canParse(url) || !/^amqps?:$/.test(new URL(url).protocol))
      throw new BadVariable("RABBITMQ_URL", `"${withoutPassword(url)}" is not an amqp or amqps address`);
    return url;
  });
}

function queueType(env: Environment): Pick<BusOptions, "queueType"> {
  const type = oneOf(env, "BLOODBANK_QUEUE_TYPE", ["classic", "quorum"]);
  return type === undefined ? {} : { queueType: type };
}

/** pino has two levels more than a service writes. */
function level(env: Environment): Level {
  const named = oneOf(env, "LOG_LEVEL", ["trace", "debug", "info", "warn", "error", "fatal"]) ?? "info";
  if (named === "trace") return "debug";
  return named === "fatal" ? "error" : named;
}

/** A supervisor that asks and hears nothing for long takes it that the process hangs, and ends it. */
function answerPings(): void {
  if (!process.connected) return;
  process.on("message", (message: unknown) => {
    if (
      typeof message === "object" &&
      message !== null &&
      "bloodbank" in message &&
      message.bloodbank === "ping"
    )
      tell({ bloodbank: "pong" });
  });
}

function tell(message: StateMessage | { readonly bloodbank: "pong" }): void {
  if (process.connected) process.send?.(message, () => undefined);
}

const withoutPassword = (url: string): string => url.replace(/\/\/([^:@/]*):[^@/]*@/, "//$1:***@");
