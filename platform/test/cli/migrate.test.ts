/** `bb migrate`: what the embedded broker and SQLite hold, on a RabbitMQ and a PostgreSQL. */
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { startBroker } from "@33god/bloodbank-broker";
import { openStore } from "@33god/candystore";
import amqplib from "amqplib";
import pg from "pg";
import { afterEach, describe, expect, test } from "vitest";
import { rabbitmq, type TestBus } from "../../../bloodbank/client/test/support/engines.js";
import { startProxy } from "../../../bloodbank/client/test/support/proxy.js";
import { eventually } from "../support/running-platform.js";
import { bb, start } from "./support/bb.js";

const database = process.env.TEST_DATABASE_URL;
const management = process.env.TEST_RABBITMQ_MANAGEMENT_URL ?? "http://127.0.0.1:15672/";
const QUEUE = "services.test.moving";

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

function dataDir(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "bb-migrate-"));
  endings.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function target(): Promise<TestBus> {
  const bus = await rabbitmq.open();
  endings.push(() => bus.close());
  return bus;
}

/** An embedded broker that held so many messages when it ended. */
async function filled(folder: string, count: number): Promise<readonly string[]> {
  const broker = await startBroker({ dataDir: path.join(folder, "broker"), host: "127.0.0.1", port: 0 });
  const connection = await amqplib.connect(`amqp://guest:guest@127.0.0.1:${broker.port}`);
  const channel = await connection.createConfirmChannel();
  await channel.assertExchange("bloodbank.events.v1", "topic", { durable: true });
  await channel.assertQueue(QUEUE, { durable: true });
  await channel.assertQueue(`${QUEUE}.dlq`, { durable: true });
  await channel.bindQueue(QUEUE, "bloodbank.events.v1", "artifact.*");
  const ids = Array.from({ length: count }, () => randomUUID());
  for (const [index, messageId] of ids.entries())
    channel.publish("bloodbank.events.v1", "artifact.created", Buffer.from(`message ${index}`), {
      messageId,
      persistent: true,
      contentType: "text/plain",
      headers: { index },
    });
  channel.sendToQueue(`${QUEUE}.dlq`, Buffer.from("dead"), { messageId: randomUUID(), persistent: true });
  await channel.waitForConfirms();
  await connection.close();
  await broker.close();
  return ids;
}

async function everything(url: string, queue: string): Promise<readonly amqplib.GetMessage[]> {
  const connection = await amqplib.connect(url);
  const channel = await connection.createChannel();
  const messages: amqplib.GetMessage[] = [];
  for (
    let message = await channel.get(queue, { noAck: true });
    message;
    message = await channel.get(queue, { noAck: true })
  )
    messages.push(message);
  await connection.close();
  return messages;
}

describe.skipIf(!rabbitmq.available)("a move to RabbitMQ", () => {
  test("takes queues, bindings and messages along, in order and as they were, and says that nothing stayed", async () => {
    const folder = dataDir();
    const ids = await filled(folder, 1_200);
    const bus = await target();
    const args = ["migrate", "--data-dir", folder, "--to", bus.url, "--management", management, "--json"];
    const { code, out, err } = await bb(args);
    expect(code, out + err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      complete: true,
      queues: [
        { queue: QUEUE, moved: 1_200, left: 0, there: 1_200 },
        { queue: `${QUEUE}.dlq`, moved: 1, left: 0, there: 1 },
      ],
    });
    const messages = await everything(bus.url, QUEUE);
    expect(messages.map(({ properties }) => properties.messageId)).toEqual(ids);
    expect(messages[7]).toMatchObject({
      content: Buffer.from("message 7"),
      properties: {
        contentType: "text/plain",
        headers: { index: 7, "x-original-routing-key": "artifact.created" },
      },
    });
    // The binding came along: what is published there arrives.
    const connection = await amqplib.connect(bus.url);
    const channel = await connection.createConfirmChannel();
    channel.publish("bloodbank.events.v1", "artifact.updated", Buffer.from("new"));
    await channel.waitForConfirms();
    await connection.close();
    expect(await everything(bus.url, QUEUE)).toHaveLength(1);
  });

  test("that failed half-way goes on where it was", async () => {
    const folder = dataDir();
    await filled(folder, 50);
    const bus = await target();
    // The target has a queue of the name that takes ten messages and no more.
    const connection = await amqplib.connect(bus.url);
    const channel = await connection.createChannel();
    const full = { "x-max-length": 10, "x-overflow": "reject-publish" };
    await channel.assertQueue(QUEUE, { durable: true, arguments: full });
    const args = ["migrate", "--data-dir", folder, "--to", bus.url, "--management", management, "--json"];
    const failed = await bb(args);
    expect(failed.code, failed.out).toBe(1);
    expect(failed.out).toContain("run it again");
    await channel.deleteQueue(QUEUE);
    await connection.close();
    const { code, out, err } = await bb(args);
    expect(code, out + err).toBe(0);
    const ids = new Set((await everything(bus.url, QUEUE)).map(({ properties }) => properties.messageId));
    expect(ids.size).toBe(50);
  });

  test("that is killed again and again loses nothing, and ends with everything there", async () => {
    const folder = dataDir();
    const count = 6_000;
    const ids = await filled(folder, count);
    const bus = await target();
    // All of it comes by here: it is not done before this process has looked, however seldom that has its turn.
    const proxy = await startProxy(bus.url);
    endings.push(() => proxy.close());
    const args = ["migrate", "--data-dir", folder, "--to", proxy.url, "--management", management, "--json"];
    const ledger = path.join(folder, "migration.ndjson");
    const lines = () => (existsSync(ledger) ? readFileSync(ledger, "utf8").split("\n").length : 0);
    for (let kills = 0; kills < 3; kills++) {
      const before = lines();
      const child = start(args);
      const gone = new Promise((resolve) => child.once("exit", resolve));
      // As soon as it has moved something, wherever in its work that is.
      await Promise.race([eventually(() => lines() > before + 1), gone]);
      child.kill("SIGKILL");
      await gone;
    }
    expect(lines()).toBeGreaterThan(1);
    const elsewhere = await bb([...args.slice(0, 3), "--to", `${proxy.url}-elsewhere`, ...args.slice(5)]);
    expect(elsewhere.code).toBe(1);
    expect(elsewhere.out).toContain("was begun and not finished");
    const { code, out, err } = await bb(args);
    expect(code, out + err).toBe(0);
    const [moved] = JSON.parse(out).queues;
    expect(moved).toMatchObject({ queue: QUEUE, moved: count, left: 0 });
    expect(moved.there).toBeGreaterThanOrEqual(count);
    const arrived = (await everything(bus.url, QUEUE)).map(({ properties }) => properties.messageId);
    expect([...new Set(arrived)].sort()).toEqual([...ids].sort());
    // A further run has nothing to do, though everything was consumed meanwhile.
    const again = await bb(args);
    expect(again.code, again.out + again.err).toBe(0);
    expect(readdirSync(folder).filter((name) => /^migration-/.test(name))).toHaveLength(2);
  });

  test("from RabbitMQ to RabbitMQ makes classic queues quorum queues, retry and dead-letter queues as well", async () => {
    const folder = dataDir();
    const old = await target();
    const bus = await target();
    const connection = await amqplib.connect(old.url);
    const channel = await connection.createConfirmChannel();
    await channel.assertExchange("bloodbank.events.v1", "topic", { durable: true });
    const declare = (name: string, args: object = {}) =>
      channel.assertQueue(name, { durable: true, arguments: { "x-queue-type": "classic", ...args } });
    await declare(QUEUE, { "x-max-priority": 3 });
    await declare(`${QUEUE}.dlq`);
    const back = { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": QUEUE };
    await declare(`${QUEUE}.retry.10m`, { "x-message-ttl": 600_000, ...back });
    await channel.bindQueue(QUEUE, "bloodbank.events.v1", "artifact.*");
    const send = (queue: string, messageId: string, headers = {}) =>
      channel.sendToQueue(queue, Buffer.from(messageId), { messageId, persistent: true, headers });
    const ids = Array.from({ length: 700 }, (_, n) => `m${n}`);
    for (const id of ids) send(QUEUE, id);
    // A copy that a publisher asked for once is not asked for again.
    channel.publish("", QUEUE, Buffer.from("cc"), { messageId: "cc", CC: [`${QUEUE}.dlq`] });
    send(`${QUEUE}.retry.10m`, "waits");
    await channel.waitForConfirms();
    const args = ["migrate", "--data-dir", folder, "--from", old.url, "--from-management", management];
    args.push("--to", bus.url, "--management", management, "--queue-type", "quorum", "--json");
    const { consumerTag } = await channel.consume(`${QUEUE}.dlq`, () => undefined, { noAck: false });
    const refused = await bb(args);
    expect(refused.code).toBe(69);
    expect(refused.out).toContain("is being consumed");
    await channel.cancel(consumerTag);
    await connection.close();

    const { code, out, err } = await bb(args);
    expect(code, out + err).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      complete: true,
      queues: [
        { queue: QUEUE, moved: 701, left: 0, there: 701 },
        { queue: `${QUEUE}.dlq`, moved: 1, left: 0, there: 1 },
        { queue: `${QUEUE}.retry.10m`, moved: 1, left: 0, there: 1 },
      ],
    });
    const answer = await fetch(`${bus.management.url}/api/queues/${bus.vhost}`, {
      headers: { authorization: bus.management.authorization },
    });
    const queues = (await answer.json()) as { name: string; type: string; arguments: object }[];
    expect(queues.map(({ type }) => type)).toEqual(["quorum", "quorum", "quorum"]);
    expect(queues.find(({ name }) => name.endsWith(".retry.10m"))?.arguments).toMatchObject({
      "x-message-ttl": 600_000,
      "x-dead-letter-strategy": "at-least-once",
      "x-overflow": "reject-publish",
    });
    const arrived = await everything(bus.url, QUEUE);
    expect(arrived.map(({ properties }) => properties.messageId)).toEqual([...ids, "cc"]);
    expect((await bb(["migrate", "--from", bus.url, "--to", bus.url])).code).toBe(2);
  });

  test("is refused while the platform runs, and where there is nothing to move", async () => {
    const folder = dataDir();
    const bus = await target();
    const args = ["migrate", "--data-dir", folder, "--to", bus.url, "--management", management];
    expect(await bb(args)).toMatchObject({ code: 66 });
    const broker = await startBroker({ dataDir: path.join(folder, "broker"), host: "127.0.0.1", port: 0 });
    const { code, err } = await bb(args);
    await broker.close();
    expect(code).toBe(69);
    expect(err).toContain("stop the platform first");
    expect((await bb(["migrate", "--to", "http://x"])).code).toBe(2);
    expect((await bb(["migrate"])).code).toBe(2);
  });

  test.skipIf(database === undefined)(
    "takes the history to PostgreSQL, also when it is killed in the middle, and compares each event",
    async () => {
      const folder = dataDir();
      await filled(folder, 1);
      const store = await openStore({ dataDir: folder });
      const events = Array.from({ length: 1_000 }, (_, index) => ({
        event_id: randomUUID(),
        event_type: "artifact.created",
        timestamp: "2026-02-03T09:00:00Z",
        version: "v1",
        source: { host: "test", type: "manual", app: "test" },
        payload: { artifact_type: "document", file_path: `/tmp/${index}` },
      }));
      await store.append(
        events.map((event) => ({
          body: Buffer.from(JSON.stringify(event)),
          exchange: "bloodbank.events.v1",
          routingKey: event.event_type,
          headers: {},
          properties: {},
          receivedAt: Date.now(),
        })),
      );
      await store.close();
      const bus = await target();
      const schema = `migrate_${randomUUID().replaceAll("-", "")}`;
      endings.push(async () => {
        const client = new pg.Client({ connectionString: database });
        await client.connect();
        await client.query(`drop schema if exists ${schema} cascade`);
        await client.end();
      });
      const args = [
        "--management",
        management,
        "--database",
        database ?? "",
        "--database-schema",
        schema,
        "--json",
      ];
      // Ended as soon as it is at the history, wherever in it that is.
      const killed = start(["migrate", "--data-dir", folder, "--to", bus.url, ...args]);
      const gone = new Promise((resolve) => killed.once("exit", resolve));
      killed.stderr?.on("data", (text) => {
        if (String(text).includes("history:")) killed.kill("SIGKILL");
      });
      await gone;
      const { code, out, err } = await bb(["migrate", "--data-dir", folder, "--to", bus.url, ...args]);
      expect(code, out + err).toBe(0);
      expect(JSON.parse(out).history).toMatchObject({ events: 1_000, missing: 0 });
      const again = await bb(["migrate", "--data-dir", folder, "--to", bus.url, ...args]);
      expect(JSON.parse(again.out).history).toEqual({ events: 1_000, stored: 0, missing: 0 });
    },
  );
});
