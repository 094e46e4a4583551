/**
 * The composition root: the parts are made, joined and started here, and ended in the opposite order.
 *
 *   data directory → contracts → registry → bus → store and recorder → HTTP → runtime file → services
 */
import { hostname } from "node:os";
import { type BusOptions, Publisher } from "@33god/bloodbank";
import { withUsers } from "../access/broker-users.js";
import { readTokens } from "../access/tokens.js";
import { admitByContract } from "../admission/by-contract.js";
import type { Config } from "../config/contract.js";
import type { Platform, PlatformOptions, RuntimeFile } from "../contract.js";
import { PolicyKeeper } from "../dead-letters/keeper.js";
import { openDeadLetters } from "../dead-letters/open.js";
import { messageOf } from "../errors.js";
import { addChecks } from "../health/checks.js";
import { Health } from "../health/health.js";
import { buildServer } from "../http/server.js";
import { type Log, openLog } from "../log/log.js";
import { addGauges } from "../metrics/gauges.js";
import { Metrics } from "../metrics/metrics.js";
import { Observer } from "../observe/observer.js";
import { readRetention, scheduleRetention } from "../retention/schedule.js";
import { serviceEnvironment } from "../supervise/environment.js";
import { checkSelection, Supervisor, selected } from "../supervise/supervisor.js";
import { startTelemetry } from "../telemetry/start.js";
import { Webhooks } from "../webhooks/webhooks.js";
import { openBus } from "./bus.js";
import { loadContracts } from "./contracts.js";
import { declareRegistered } from "./declare-registered.js";
import { prepareDataDir, prepareVault } from "./folders.js";
import { beginStore, keepStore } from "./keep-store.js";
import { listen, readDefinitions, readTls } from "./listen.js";
import { choosePort } from "./ports.js";
import { refuseWrongAccount } from "./refused.js";
import { findRegistry } from "./registry.js";
import { refuseSecond, writeRuntimeFile } from "./runtime-file.js";
import { VERSION } from "./version.js";

/**
 * Starts everything; see `contract.ts` for what is true when it resolves. A failure leaves nothing behind.
 *
 * @throws StartError with a line for the person who started it, and an exit code
 * @example
 * const { config } = loadConfig(process.env);
 * const platform = await startPlatform(config);
 * console.log(platform.addresses.http);
 * await platform.close();
 */
export async function startPlatform(config: Config, options: PlatformOptions = {}): Promise<Platform> {
  const endings: Ending[] = [];
  try {
    return await start(config, options, endings);
  } catch (error) {
    await end(endings).catch(() => undefined);
    throw error;
  }
}

/** Milliseconds for which the services wait for the platform at most: a PostgreSQL that is away is none of theirs. */
const HEAD_START = 1_000;

/** How a part is ended; the last one that was started is ended first. */
type Ending = () => unknown;

async function end(endings: Ending[]): Promise<void> {
  for (const ending of endings.splice(0).reverse()) await ending();
}

async function start(config: Config, options: PlatformOptions, endings: Ending[]): Promise<Platform> {
  const logging = openLog(
    config.logLevel,
    options.log ?? ((line) => process.stdout.write(`${line}\n`)),
    options.pretty === true,
  );
  const stopping = new AbortController();
  endings.push(() => stopping.abort());
  prepareDataDir(config.dataDir);
  await refuseSecond(config.dataDir);
  endings.push(await startTelemetry(config, logging.named("telemetry")));
  const tls = readTls(config);
  const retention = await readRetention(config);
  const catalog = loadContracts();
  const { registry, folder } = await findRegistry(config, catalog, logging.log);
  const selection = options.services ?? {};
  checkSelection(registry, selection);
  if (selected(registry, selection).some(({ run }) => run.writes?.includes("vault")))
    prepareVault(config.vaultDir);
  const metrics = new Metrics();
  const health = new Health(VERSION);

  const tokens = config.tokensFile === undefined ? undefined : readTokens(config.tokensFile);
  const broker = {
    admit: admitByContract(catalog, config.admission, (code) => metrics.admissionRefused(code)),
    tls,
    definitions: withUsers(readDefinitions(config), tokens),
  };
  const begun = beginStore(config, logging);
  endings.push(() => begun.close());
  const bus = await openBus(config, broker, quieter(logging.named("broker")));
  endings.push(() => bus.close());

  const address: BusOptions = {
    url: bus.urls,
    exchange: config.exchange,
    catalog,
    source: { host: hostname(), type: "system", app: "bloodbank" },
    ...(config.queueType && { queueType: config.queueType }),
    metrics: metrics.bus,
    log: logging.named("bus"),
  };
  let busFailing: Error | undefined;
  const publisher = new Publisher({
    ...address,
    onState: (_state, reason) => {
      busFailing = reason;
    },
  });
  endings.push(() => publisher.close());
  const letIn = bus.broker === undefined ? refuseWrongAccount(address) : undefined;
  // It is waited for further down.
  letIn?.catch(() => undefined);
  const connected = Promise.all([
    publisher.start({ retry: true }),
    declareRegistered(address, registry, config, stopping.signal),
  ]);
  connected.catch((error) => stopping.signal.aborted || logging.log("error", `the bus: ${messageOf(error)}`));

  const store = keepStore(begun, config, bus, publisher, logging);
  // It is waited for further down: meanwhile there is other work to do.
  const stored = store.start();
  endings.push(async () => {
    await stored.catch(() => undefined);
    await store.close();
  });

  const deadLetters = openDeadLetters({
    config,
    registry,
    bus: address,
    publisher,
    management: bus.management,
  });
  endings.push(() => deadLetters.close());
  deadLetters.start({ retry: true }).catch(() => undefined);
  const webhooks = new Webhooks({
    bus: address,
    dataDir: config.dataDir,
    management: bus.management,
    allowInner: config.webhookTargets === "any",
    log: logging.named("webhooks"),
  });
  endings.push(() => webhooks.close());
  const policies =
    bus.management && new PolicyKeeper({ config, registry, management: bus.management, log: logging.log });
  endings.push(() => policies?.close());

  const env = serviceEnvironment(config, bus.urls);
  const supervisor = new Supervisor({
    registry,
    folder,
    selection,
    reload: options.reload ?? false,
    env,
    logging,
    stopping: stopping.signal,
  });
  const observer = new Observer({
    config,
    registry,
    management: bus.management,
    supervisor,
    store,
    publisher,
    webhooks,
  });
  addChecks(health, { config, bus, publisher, busFailing: () => busFailing, store, supervisor });
  addGauges(metrics, { health, bus, store, supervisor, observer, webhooks });

  const port = await choosePort(config.httpPort, config.host, "HTTP", "BLOODBANK_HTTP_PORT");
  const server = await buildServer(
    {
      config,
      version: VERSION,
      catalog,
      registry,
      bus: address,
      publisher,
      store,
      management: bus.management,
      deadLetters,
      webhooks,
      tokens,
      policies,
      health,
      metrics,
      observer,
      supervisor,
      log: logging.named("http"),
      stopping: stopping.signal,
    },
    tls,
  );
  await letIn;
  await stored;
  endings.push(scheduleRetention(retention, store, logging.named("candystore")));
  // The embedded broker is here: being connected to it is part of having started, and a matter of milliseconds.
  if (bus.broker !== undefined) await connected;
  const http = await listen(server, port.number, config.host);
  const runtime: RuntimeFile = {
    pid: process.pid,
    http,
    amqp: bus.urls.join(","),
    ...(bus.managementUrl !== undefined && { management: bus.managementUrl }),
    engine: bus.engine,
    version: VERSION,
    startedAt: new Date().toISOString(),
  };
  writeRuntimeFile(config.dataDir, runtime);
  endings.push(() => writeRuntimeFile(config.dataDir, { ...runtime, pid: null }));
  endings.push(() => supervisor.close());
  endings.push(() => server.close());
  endings.push(() => stopping.abort());

  const { pid: _pid, engine: _engine, version: _version, startedAt: _startedAt, ...addresses } = runtime;
  return {
    addresses,
    catalog,
    settled: (patience) => health.settled(patience, stopping.signal),
    // What a service publishes first must find the queues of all others.
    ready: connected
      .then(
        async () => {
          // The platform first: services take all processors while they start.
          await health.settled(HEAD_START, stopping.signal);
          const started = supervisor.start();
          webhooks.start();
          await policies?.start();
          await started;
        },
        () => undefined,
      )
      .catch((error) => logging.log("error", `not all could be started: ${messageOf(error)}`)),
    notices: [...bus.notices, ...(port.notice === undefined ? [] : [port.notice])],
    close: () => end(endings),
  };
}

/**
 * Our clients ask for a queue before they declare it (a plain declare would be a 406 where its first owner gave it
 * arguments), so that a channel closed with NOT_FOUND is how every first start looks.
 */
function quieter(log: Log): Log {
  return (level, message, fields) =>
    log(level === "warn" && message.includes("NOT_FOUND - no queue") ? "debug" : level, message, fields);
}
