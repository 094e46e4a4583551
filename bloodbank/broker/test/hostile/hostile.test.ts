import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Broker, startBroker } from "../../src/index.js";
import { Client, Inbox, send, until } from "../conformance/client.js";
import { mutated, random } from "./mutations.js";
import { clientMethod, HANDSHAKE, RawClient } from "./raw-client.js";

const FRAMES = process.env.TEST_FULL ? 1_000_000 : 6_000;
/** A connection seldom outlives more: the first frame that makes no sense ends it. */
const BATCH = 8;

describe("hostile clients", () => {
  let dataDir: string;
  let broker: Broker;
  let client: Client;
  const errors: string[] = [];
  beforeAll(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), "bloodbank-hostile-"));
    broker = await startBroker({
      dataDir,
      port: 0,
      log: (level, message) => {
        if (level === "error") errors.push(message);
      },
    });
    client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
  });
  afterAll(async () => {
    await client.close();
    await broker.close();
    rmSync(dataDir, { recursive: true });
  });

  async function opened(): Promise<RawClient> {
    const raw = await RawClient.connect(broker.port);
    await raw.send(Buffer.concat(HANDSHAKE));
    return raw;
  }

  it(`send ${FRAMES} mutated frames: nothing fails but their own connections`, {
    timeout: FRAMES * 5 + 60_000,
  }, async () => {
    const seed = Number(process.env.TEST_SEED ?? Date.now() % 1_000_000);
    const next = random(seed);
    const channel = await client.confirmChannel();
    await channel.assertQueue("honest");
    const inbox = await Inbox.of(channel, "honest", { noAck: true });
    for (let sent = 0; sent < FRAMES; sent += BATCH) {
      const raw = await RawClient.connect(broker.port);
      const frames = Array.from({ length: BATCH }, () => mutated(next));
      await raw.finish(Buffer.concat([...HANDSHAKE, ...frames]));
      if (sent % 1000 < BATCH) {
        await send(channel, "honest", String(sent));
        expect((await inbox.next()).content.toString()).toBe(String(sent));
      }
    }
    expect(errors, `seed ${seed}`).toEqual([]);
    await until(() => broker.stats().connections === 1);
  });

  it("speak another protocol and are told ours", async () => {
    const raw = await RawClient.connect(broker.port);
    await raw.send(Buffer.from("GET / HTTP/1.1\r\n\r\n"));
    await raw.closed;
    expect(raw.received).toBe(8);
  });

  it("announce a body that never comes and cost no memory for it", async () => {
    const announced = Buffer.alloc(15);
    announced.writeUInt16BE(60);
    announced.writeUInt32BE(134_217_728, 8);
    announced.writeUInt16BE(0x1000, 12);
    announced[14] = 2;
    const header = Buffer.concat([Buffer.of(2, 0, 1, 0, 0, 0, 15), announced, Buffer.of(0xce)]);
    const publish = clientMethod(1, "basic.publish", {
      exchange: "",
      routingKey: "honest",
      mandatory: false,
      immediate: false,
    });
    const before = process.memoryUsage().rss;
    const many = await Promise.all(Array.from({ length: 50 }, opened));
    for (const raw of many) await raw.send(Buffer.concat([publish, header]));
    await until(() => broker.stats().channels >= 50);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
    for (const raw of many) raw.end();
  });

  it("do not read what they consume, and the broker keeps it where it is", async () => {
    const channel = await client.confirmChannel();
    await channel.assertQueue("unread");
    const body = "x".repeat(100_000);
    await Promise.all(Array.from({ length: 500 }, () => send(channel, "unread", body)));
    const raw = await opened();
    raw.pause();
    const consume = {
      queue: "unread",
      consumerTag: "t",
      noLocal: false,
      noAck: true,
      exclusive: false,
      noWait: true,
      arguments: new Map(),
    };
    await raw.send(clientMethod(1, "basic.consume", consume));
    await until(async () => (await channel.checkQueue("unread")).consumerCount === 1);
    // What fits into sockets and one turn has left; the rest waits in the queue, and others are served.
    expect((await channel.checkQueue("unread")).messageCount).toBeGreaterThan(200);
    const got = await channel.get("unread", { noAck: true });
    expect((got || undefined)?.content.length).toBe(body.length);
    raw.end();
    await channel.deleteQueue("unread");
  });

  it("vanish in the middle of a frame, and what they had not settled goes back", async () => {
    const channel = await client.confirmChannel();
    await channel.assertQueue("half");
    await send(channel, "half", "kept");
    const raw = await opened();
    await raw.send(clientMethod(1, "basic.get", { queue: "half", noAck: false }));
    await until(async () => (await channel.checkQueue("half")).messageCount === 0);
    await raw.send(Buffer.of(1, 0, 1, 0, 0));
    raw.end();
    await until(async () => (await channel.checkQueue("half")).messageCount === 1);
  });
});
