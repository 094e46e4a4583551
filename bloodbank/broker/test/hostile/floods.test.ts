/** Clients that hesitate, flood, or never read: they may cost themselves something, and nobody else. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Broker, startBroker } from "../../src/index.js";
import { EMPTY_TABLE } from "../../src/wire/table.js";
import { until } from "../conformance/client.js";
import { frame, method, publish, RawClient } from "./raw-client.js";
import { Witness } from "./witness.js";

describe("hostile clients", () => {
  let folder: string;
  let broker: Broker;
  let witness: Witness;
  const clients: RawClient[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "hostile-"));
    broker = await startBroker({ dataDir: folder, port: 0 });
  });
  afterAll(async () => {
    await broker.close();
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    witness = await Witness.start(broker.port);
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.end();
    expect(await witness.stop()).toBeGreaterThan(0);
  });

  async function open(): Promise<RawClient> {
    const client = await RawClient.open(broker.port);
    clients.push(client);
    return client;
  }

  /** Sends until the broker does not read on, or `most` bytes are gone; returns how many. */
  async function pour(client: RawClient, chunk: Buffer, most: number): Promise<number> {
    let sent = 0;
    while (sent < most) {
      sent += chunk.length;
      if (client.socket.write(chunk)) continue;
      const stuck = Symbol("stuck");
      const drained = new Promise<void>((resolve) => client.socket.once("drain", resolve));
      const patience = new Promise((resolve) => setTimeout(() => resolve(stuck), 1500));
      if ((await Promise.race([drained, patience])) === stuck) return sent;
    }
    return sent;
  }

  it("that do not read what they are sent are not read from either", async () => {
    const client = await open();
    client.socket.pause();
    const chunk = Buffer.concat(
      Array.from({ length: 16 }, () => publish(1, "", "nobody", Buffer.alloc(60_000, 1), {}, true)).flat(),
    );
    const before = process.memoryUsage().rss;
    const sent = await pour(client, chunk, 512 * 2 ** 20);
    expect(sent).toBeLessThan(256 * 2 ** 20);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 2 ** 20);
    client.socket.resume();
    const messages = (sent / chunk.length) * 16;
    while (client.count(60, 50) < messages) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it("that ask and ask without listening are not answered without end", async () => {
    const client = await open();
    client.send(
      method(1, "queue.declare", {
        queue: "asked about",
        passive: false,
        durable: false,
        exclusive: false,
        autoDelete: true,
        noWait: false,
        arguments: EMPTY_TABLE,
      }),
    );
    await client.until(50, 11);
    client.socket.pause();
    const question = method(1, "basic.get", { queue: "asked about", noAck: true });
    const before = process.memoryUsage().rss;
    await pour(client, Buffer.concat(Array.from({ length: 4096 }, () => question)), 128 * 2 ** 20);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 * 2 ** 20);
  });

  it("that consume and never read hold up no memory", async () => {
    const declare = { passive: false, durable: false, exclusive: false, autoDelete: true, noWait: false };
    const publisher = await open();
    publisher.send(method(1, "queue.declare", { ...declare, queue: "unread", arguments: EMPTY_TABLE }));
    await publisher.until(50, 11);
    const consumer = await open();
    consumer.send(
      method(1, "basic.consume", {
        queue: "unread",
        consumerTag: "",
        noLocal: false,
        noAck: true,
        exclusive: false,
        noWait: false,
        arguments: EMPTY_TABLE,
      }),
    );
    await consumer.until(60, 21);
    consumer.socket.pause();
    for (let i = 0; i < 400; i++) {
      publisher.send(...publish(1, "", "unread", Buffer.alloc(100_000, 2)));
      if (i % 20 === 0) await new Promise(setImmediate);
    }
    while (broker.stats().messagesReady < 200) await new Promise((resolve) => setTimeout(resolve, 20));
  });

  it("that stop in the middle of a greeting, a frame or a message are waited for, and nobody waits with them", async () => {
    const whole = Buffer.concat(publish(1, "", "q", Buffer.alloc(100_000)));
    for (let i = 0; i < 60; i++) {
      const silent = await RawClient.connect(broker.port);
      clients.push(silent);
      if (i % 3 === 1) silent.socket.write("AMQP\0");
      if (i % 3 === 2) silent.socket.write(Buffer.from("AMQP\0\0\x09\x01\x01\0\0\0\0\xff\xff", "latin1"));
    }
    for (let i = 0; i < 20; i++)
      (await open()).send(whole.subarray(0, 1 + Math.floor((whole.length * i) / 20)));
    expect(broker.stats().connections).toBeGreaterThanOrEqual(80);
  });

  it("that send a frame byte by byte are understood", async () => {
    const client = await open();
    for (const byte of method(1, "basic.qos", { prefetchSize: 0, prefetchCount: 1, global: false })) {
      client.socket.write(Buffer.of(byte));
      await new Promise(setImmediate);
    }
    await client.until(60, 11);
    expect(client.count(60, 11)).toBe(1);
  });

  it("that speak something else are told the protocol and let go", async () => {
    for (const words of ["GET / HTTP/1.1\r\n\r\n", "AMQP\0\x01\0\0", "\x16\x03\x01\0\xa5\x01\0\0"]) {
      const client = await RawClient.connect(broker.port);
      clients.push(client);
      client.socket.write(Buffer.from(words, "latin1"));
      await client.closed;
    }
  });

  it("that open more channels than were agreed lose their connection", async () => {
    const client = await open();
    client.send(method(3000, "channel.open", {}));
    await client.until(10, 50);
    expect(client.count(10, 50)).toBe(1);
  });

  it("that announce frames beyond the limit, or of no known type, lose their connection at once", async () => {
    for (const bytes of [
      Buffer.from([1, 0, 1, 0x7f, 0xff, 0xff, 0xff]),
      frame(9, 1, Buffer.alloc(4)),
      Buffer.from([1, 0, 1, 0, 0, 0, 0, 0]),
    ]) {
      const client = await open();
      client.send(bytes);
      await client.until(10, 50);
      expect(client.count(10, 50)).toBe(1);
    }
  });

  it("that send heartbeats by the hundred thousand are endured", async () => {
    const client = await open();
    const beats = Buffer.concat(Array.from({ length: 10_000 }, () => frame(8, 0, Buffer.alloc(0))));
    for (let i = 0; i < 20; i++) client.send(beats);
    client.send(method(1, "basic.qos", { prefetchSize: 0, prefetchCount: 1, global: false }));
    await client.until(60, 11);
  });

  it("that announce a body and never send it cost no memory for it", async () => {
    const [announce, header] = publish(1, "", "nobody", Buffer.alloc(0), { deliveryMode: 2 }) as [
      Buffer,
      Buffer,
    ];
    header.writeUInt32BE(134_217_728, 7 + 8);
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 50; i++) (await open()).send(announce, header);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20);
  });

  it("that vanish in the middle of a frame give back what they had not settled", async () => {
    const declare = { passive: false, durable: true, exclusive: false, autoDelete: false, noWait: false };
    const client = await open();
    client.send(
      method(1, "queue.declare", { ...declare, queue: "half", arguments: EMPTY_TABLE }),
      ...publish(1, "", "half", Buffer.from("kept")),
      method(1, "basic.get", { queue: "half", noAck: false }),
    );
    await client.until(60, 71);
    // Of this queue: the witness's messages are ready for a moment, too.
    const ready = async () =>
      JSON.parse((await broker.manage("GET", "/queues/%2F/half")).text).messages_ready as number;
    expect(await ready()).toBe(0);
    client.send(Buffer.of(1, 0, 1, 0, 0));
    await client.end();
    await until(async () => (await ready()) === 1);
  });
});
