/**
 * A bus of a test's own, on each engine: a virtual host on the RabbitMQ server that the environment names, or the
 * embedded broker on free ports with the contracts plugged into its admission, as the platform does it.
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  type BusOptions,
  declareQueues,
  EVENTS_EXCHANGE,
  RawConsumer,
  type RawDelivery,
} from "@33god/bloodbank";
import { type Admit, type Broker, startBroker } from "@33god/bloodbank-broker";
import { loadCatalog } from "@33god/holyfields";
import { afterAll, beforeAll, describe } from "vitest";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { freePort } from "../../../scripts/free-port.mjs";
import { interpreter } from "./python.js";

export const catalog = loadCatalog();

export const source = { host: "test", type: "system", app: "python-tests" } as const;

/** Messages of one queue, taken as they come. */
export interface Tap {
  readonly messages: readonly RawDelivery[];
  /** The first message that fits; waits for it. */
  find(fits: (message: RawDelivery) => boolean): Promise<RawDelivery>;
}

export interface TestBus {
  readonly url: string;
  readonly options: BusOptions;
  /** Asks the management API; `path` begins after `/api/`, and `{vhost}` in it is this bus's. */
  management<T>(method: string, path: string, body?: object): Promise<T>;
  /** Takes everything out of a queue, which is made and bound where it is missing. */
  tap(queue: string, ...bindings: readonly string[]): Promise<Tap>;
  /** What the platform does for each queue: dead letters go to `<queue>.dlq`, by a policy. */
  keepDeadLetters(queue: string): Promise<void>;
  /** Ends the broker and starts it again on the same address and data; absent where the server is not ours. */
  readonly restart?: () => Promise<void>;
  close(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  readonly available: boolean;
  open(): Promise<TestBus>;
}

const rabbitUrl = process.env.TEST_RABBITMQ_URL;

const rabbitmq: Engine = {
  name: "RabbitMQ",
  available: rabbitUrl !== undefined,
  async open() {
    const address = new URL(rabbitUrl ?? "");
    const management = process.env.TEST_RABBITMQ_MANAGEMENT_URL ?? `http://${address.hostname}:15672/`;
    const vhost = `python-${randomUUID()}`;
    const user = decodeURIComponent(address.username) || "guest";
    const call = caller(management, vhost);
    await call("PUT", "vhosts/{vhost}", {});
    await call("PUT", `permissions/{vhost}/${user}`, { configure: ".*", write: ".*", read: ".*" });
    address.pathname = `/${vhost}`;
    return busAt(address.href, call, { end: () => call("DELETE", "vhosts/{vhost}") });
  },
};

/** What the platform plugs in: the same verdict that the publisher's side gives. */
const admit: Admit = ({ body, routingKey }) => {
  const verdict = catalog.validateBytes(body, routingKey);
  return verdict.valid || { action: "refuse", reason: verdict.message };
};

const embedded: Engine = {
  name: "embedded broker",
  available: true,
  async open() {
    const dataDir = mkdtempSync(path.join(tmpdir(), "bloodbank-python-"));
    const start = (port: number, managementPort: number) =>
      startBroker({
        dataDir,
        port,
        managementPort,
        admit,
        guarded: [EVENTS_EXCHANGE],
        quarantineQueue: "bloodbank.quarantine",
      });
    const [port, managementPort] = [await freePort(), await freePort()];
    let broker: Broker = await start(port, managementPort);
    const url = `amqp://guest:guest@127.0.0.1:${port}/`;
    return busAt(url, caller(`http://guest:guest@127.0.0.1:${managementPort}/`, "/"), {
      restart: async () => {
        await broker.close();
        broker = await start(port, managementPort);
      },
      end: async () => {
        await broker.close();
        rmSync(dataDir, { recursive: true, force: true });
      },
    });
  },
};

export const engines: readonly Engine[] = [embedded, rabbitmq];

type Call = TestBus["management"];

function caller(base: string, vhost: string): Call {
  const address = new URL(base);
  const credentials = `${decodeURIComponent(address.username) || "guest"}:${decodeURIComponent(address.password) || "guest"}`;
  // `fetch` takes no credentials in an address.
  address.username = "";
  address.password = "";
  return async <T>(method: string, where: string, body?: object) => {
    const target = new URL(`/api/${where.replace("{vhost}", encodeURIComponent(vhost))}`, address);
    const response = await fetch(target, {
      method,
      headers: { authorization: `Basic ${btoa(credentials)}`, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${target.pathname}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  };
}

function busAt(
  url: string,
  management: Call,
  { restart, end }: { restart?: () => Promise<void>; end: () => Promise<void> },
): TestBus {
  const options: BusOptions = { url, catalog, source };
  const taps: RawConsumer[] = [];
  return {
    url,
    options,
    management,
    async tap(queue, ...bindings) {
      const messages: RawDelivery[] = [];
      const reader = new RawConsumer(options, {
        queue,
        bindings,
        onBatch: async (batch) => {
          messages.push(...batch);
        },
      });
      taps.push(reader);
      await reader.start();
      return {
        messages,
        find: (fits) => eventually(() => messages.find(fits), `a message in ${queue}`),
      };
    },
    async keepDeadLetters(queue) {
      await declareQueues(options, [{ queue: `${queue}.dlq`, bindings: [] }]);
      await management("PUT", `policies/{vhost}/${encodeURIComponent(`dead-letters ${queue}`)}`, {
        pattern: `^${queue.replaceAll(".", "\\.")}$`,
        "apply-to": "queues",
        priority: 0,
        definition: { "dead-letter-exchange": "", "dead-letter-routing-key": `${queue}.dlq` },
      });
    },
    ...(restart && { restart }),
    async close() {
      for (const tap of taps) await tap.close();
      await end();
    },
  };
}

/** Restarts the broker where it is ours; otherwise closes all connections of the virtual host. */
export async function disturb(bus: TestBus): Promise<void> {
  if (bus.restart !== undefined) return await bus.restart();
  const connections = () => bus.management<{ name: string }[]>("GET", "vhosts/{vhost}/connections");
  // The management API hears of a connection a few seconds after it was opened.
  await eventually(async () => (await connections()).length > 0, "a connection");
  for (const { name } of await connections())
    await bus.management("DELETE", `connections/${encodeURIComponent(name)}`);
}

/** The same cases on each engine, where there is a Python with the packages that they need. */
export function onEachBus(title: string, cases: (bus: () => TestBus) => void): void {
  for (const engine of engines) onEngine(engine, title, cases);
}

/** Cases about what RabbitMQ has no seam for. */
export function onEmbeddedBus(title: string, cases: (bus: () => TestBus) => void): void {
  onEngine(embedded, title, cases);
}

/** Cases about what only RabbitMQ does. */
export function onRabbitBus(title: string, cases: (bus: () => TestBus) => void): void {
  onEngine(rabbitmq, title, cases);
}

function onEngine(engine: Engine, title: string, cases: (bus: () => TestBus) => void): void {
  describe.skipIf(interpreter === undefined || !engine.available)(`${title} (Python, ${engine.name})`, () => {
    let bus: TestBus | undefined;
    beforeAll(async () => {
      bus = await engine.open();
    });
    afterAll(() => bus?.close());
    cases(() => {
      if (bus === undefined) throw new Error("no bus");
      return bus;
    });
  });
}
