// The client alone: many events through connections that break and handlers that misbehave, on each broker at hand.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Consumer, Publisher } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { DatabaseSync } from "@photostructure/sqlite";
import { freePort } from "../scripts/free-port.mjs";
import { STREAM_EVENT } from "./load.mjs";
import { brokerProcess, until } from "./processes.mjs";
import { shortLived } from "./proxy.mjs";

/** Bytes that a connection lives, on average. */
const LIFE = 400_000;
const WINDOW = 500;
const SHARES = [0.01, 0.0005, 0.0001];

/** `onRabbitmq`: how many events there, where that is another number. */
export async function clientUnderFaults({ events, onRabbitmq = events, random, say }) {
  const results = [await on(await embedded(), { events, random, say })];
  const rabbit = await rabbitmq();
  if (rabbit !== undefined) results.push(await on(rabbit, { events: onRabbitmq, random, say }));
  return results;
}

async function on(broker, { events, random, say }) {
  const folder = await mkdtemp(path.join(tmpdir(), "bloodbank-client-faults-"));
  const file = path.join(folder, "effects.db");
  const catalog = loadCatalog();
  const source = { host: "faults", type: "system", app: "client" };
  const began = performance.now();
  // The queue is there before the first event.
  const direct = new Consumer(
    { url: broker.url(broker.port), catalog, source },
    { queue: "services.faults.client" },
  ).on(STREAM_EVENT, () => undefined);
  await direct.start();
  await direct.close();

  const proxy = await shortLived(broker.port, broker.host, random, LIFE);
  const url = broker.url(proxy.port);
  let deaths = 0;
  let over = false;
  let child;
  const run = () => {
    child = spawn(
      process.execPath,
      [path.join(import.meta.dirname, "faulty-consumer.mjs"), url, file, ...SHARES.map(String)],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    child.on("exit", () => {
      if (over) return;
      deaths++;
      run();
    });
  };
  run();

  const publisher = new Publisher({ url, catalog, source }, { maxPending: WINDOW });
  await publisher.start({ retry: true });
  const ids = new Map();
  let n = 0;
  await Promise.all(
    Array.from({ length: WINDOW }, async () => {
      while (n < events) {
        const mine = n++;
        const payload = { repo: "faults", branch: "b", path: `/w/${mine}`, n: mine };
        const { event } = await publisher.publish(STREAM_EVENT, payload, { deadline: 600_000 });
        ids.set(event.event_id, mine);
        if (ids.size % 10_000 === 0)
          say(`client on ${broker.name}: ${ids.size} confirmed, ${proxy.cuts} cuts`);
      }
    }),
  );
  const database = new DatabaseSync(file, { timeout: 10_000 });
  await until(
    () => database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'incidents'").get() !== undefined,
    "the consumer's tables",
  );
  const count = (sql) => database.prepare(sql).get().n;
  await until(
    () => count("SELECT count(DISTINCT event_id) AS n FROM effects") >= events,
    "all effects",
    600_000,
  ).catch((error) => say(error.message));
  over = true;
  proxy.calm();
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  await gone;
  await publisher.close();

  const made = new Map();
  for (const { event_id } of database.prepare("SELECT event_id FROM effects").all())
    made.set(event_id, (made.get(event_id) ?? 0) + 1);
  const losses = [];
  for (const [id, number] of ids) {
    const times = made.get(id) ?? 0;
    if (times !== 1) losses.push(`${broker.name}: event ${number} had its effect ${times} times`);
  }
  const result = {
    broker: broker.name,
    events: ids.size,
    cuts: proxy.cuts,
    thrown: count("SELECT count(*) AS n FROM incidents WHERE kind = 'thrown'"),
    hung: count("SELECT count(*) AS n FROM incidents WHERE kind = 'hung'"),
    exits: deaths,
    effects: made.size,
    losses,
    seconds: Math.round((performance.now() - began) / 1_000),
  };
  say(`client on ${broker.name}: ${JSON.stringify(result)}`);
  database.close();
  await proxy.close();
  await broker.stop();
  await rm(folder, { recursive: true, force: true });
  return result;
}

async function embedded() {
  const folder = await mkdtemp(path.join(tmpdir(), "bloodbank-client-faults-"));
  const ports = { amqp: await freePort(), management: await freePort() };
  const broker = brokerProcess(ports, folder);
  await broker.start();
  return {
    name: "embedded",
    host: "127.0.0.1",
    port: ports.amqp,
    url: (port) => `amqp://guest:guest@127.0.0.1:${port}/`,
    async stop() {
      await broker.end("SIGTERM");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A virtual host of its own, where a RabbitMQ is named. */
async function rabbitmq() {
  const { TEST_RABBITMQ_URL, TEST_RABBITMQ_MANAGEMENT_URL } = process.env;
  if (TEST_RABBITMQ_URL === undefined) return undefined;
  const bus = new URL(TEST_RABBITMQ_URL);
  const management = new URL(TEST_RABBITMQ_MANAGEMENT_URL ?? "http://127.0.0.1:15672/");
  const user = decodeURIComponent(bus.username) || "guest";
  const authorization = `Basic ${btoa(`${user}:${decodeURIComponent(bus.password) || "guest"}`)}`;
  const vhost = `faults-${randomUUID()}`;
  const call = async (method, way, body) => {
    const response = await fetch(`${management.origin}/api/${way}`, {
      method,
      headers: { authorization, "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${way}: ${response.status}`);
  };
  await call("PUT", `vhosts/${vhost}`, {});
  await call("PUT", `permissions/${vhost}/${user}`, { configure: ".*", write: ".*", read: ".*" });
  return {
    name: "RabbitMQ",
    host: bus.hostname,
    port: Number(bus.port || 5672),
    url(port) {
      const address = new URL(bus);
      address.hostname = "127.0.0.1";
      address.port = String(port);
      address.pathname = `/${vhost}`;
      return address.href;
    },
    stop: () => call("DELETE", `vhosts/${vhost}`),
  };
}
