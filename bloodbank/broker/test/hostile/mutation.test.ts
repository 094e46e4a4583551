/**
 * Real frames, damaged at random, over real connections: whatever they do to their own connection, the broker lives, others are
 * served, and memory stays. `TEST_FULL=1` sends a million.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Broker, startBroker } from "../../src/index.js";
import { tableOf } from "../../src/wire/plain.js";
import { EMPTY_TABLE } from "../../src/wire/table.js";
import { until } from "../conformance/client.js";
import { frame, method, publish, RawClient } from "./raw-client.js";
import { Witness } from "./witness.js";

const FRAMES = process.env.TEST_FULL ? 1_000_000 : 4_000;
const AT_ONCE = 8;
const SEED = Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Names of its own, so that what happens to come out whole harms no one. */
const declare = { passive: false, durable: true, exclusive: false, autoDelete: false, noWait: false };
const CORPUS: readonly Buffer[] = [
  method(1, "queue.declare", {
    ...declare,
    queue: "prey",
    arguments: tableOf({ "x-max-length": 10, list: [1, "a", { b: null }] }),
  }),
  method(1, "exchange.declare", {
    ...declare,
    internal: false,
    exchange: "trap",
    type: "topic",
    arguments: EMPTY_TABLE,
  }),
  method(1, "queue.bind", {
    queue: "prey",
    exchange: "trap",
    routingKey: "a.#",
    noWait: false,
    arguments: EMPTY_TABLE,
  }),
  method(1, "queue.unbind", { queue: "prey", exchange: "trap", routingKey: "a.#", arguments: EMPTY_TABLE }),
  method(1, "exchange.bind", {
    destination: "trap",
    source: "trap",
    routingKey: "#",
    noWait: false,
    arguments: EMPTY_TABLE,
  }),
  method(1, "basic.qos", { prefetchSize: 0, prefetchCount: 3, global: false }),
  method(1, "basic.consume", {
    queue: "prey",
    consumerTag: "c",
    noLocal: false,
    noAck: false,
    exclusive: false,
    noWait: false,
    arguments: tableOf({ "x-priority": 3 }),
  }),
  method(1, "basic.cancel", { consumerTag: "c", noWait: false }),
  method(1, "basic.get", { queue: "prey", noAck: false }),
  method(1, "basic.ack", { deliveryTag: 1, multiple: false }),
  method(1, "basic.nack", { deliveryTag: 0, multiple: true, requeue: true }),
  method(1, "basic.reject", { deliveryTag: 2, requeue: false }),
  method(1, "basic.recover", { requeue: true }),
  method(1, "confirm.select", { noWait: false }),
  method(1, "tx.select", {}),
  method(1, "tx.commit", {}),
  method(1, "queue.purge", { queue: "prey", noWait: false }),
  method(1, "channel.flow", { active: true }),
  method(2, "channel.open", {}),
  method(2, "channel.close", { replyCode: 200, replyText: "", classId: 0, methodId: 0 }),
  method(0, "connection.update-secret", { newSecret: Buffer.from("x"), reason: "y" }),
  frame(8, 0, Buffer.alloc(0)),
  ...publish(1, "trap", "a.b", Buffer.from("x".repeat(300)), {
    contentType: "text/plain",
    headers: tableOf({ CC: ["a.c"], n: 1, nested: { deep: [true, 1.5, "x"] } }),
    deliveryMode: 2,
    priority: 1,
    expiration: "1000",
    messageId: "m",
    timestamp: 1_700_000_000,
  }),
];

/** Mulberry32: a run can be repeated by its seed. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % below;
  };
}

function mutated(random: (below: number) => number): Buffer {
  const original = CORPUS[random(CORPUS.length)] as Buffer;
  const bytes = Buffer.from(original);
  switch (random(8)) {
    case 0:
      return bytes;
    case 1:
      bytes[random(bytes.length)] = random(256);
      return bytes;
    case 2: {
      // Inside the payload, so that the frame itself is sound.
      for (let i = random(4); i >= 0; i--)
        if (bytes.length > 8) bytes[7 + random(bytes.length - 8)] = random(256);
      return bytes;
    }
    case 3: {
      const cut = bytes.subarray(7, 7 + random(Math.max(1, bytes.length - 8)));
      return frame(bytes[0] as number, bytes.readUInt16BE(1), cut);
    }
    case 4: {
      const other = CORPUS[random(CORPUS.length)] as Buffer;
      const spliced = Buffer.concat([
        bytes.subarray(7, -1),
        other.subarray(7 + random(other.length - 7), -1),
      ]);
      return frame(bytes[0] as number, bytes.readUInt16BE(1), spliced);
    }
    case 5:
      return frame(1 + random(10), random(4), bytes.subarray(7, -1));
    case 6: {
      // A length that claims more than there is.
      if (bytes.length > 12)
        bytes.writeUInt32BE(
          [0x7fffffff, 0xffffffff, 0x10000][random(3)] as number,
          7 + random(bytes.length - 11),
        );
      return bytes;
    }
    default:
      return Buffer.from(Array.from({ length: 1 + random(60) }, () => random(256)));
  }
}

describe("damaged frames", () => {
  let folder: string;
  let broker: Broker;
  const internal: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "hostile-"));
    broker = await startBroker({
      dataDir: folder,
      port: 0,
      log: (level, message) => level === "error" && internal.push(message),
    });
  });
  afterAll(async () => {
    await broker.close();
    await rm(folder, { recursive: true, force: true });
  });

  it(`leave broker and neighbours alone (seed ${SEED})`, { timeout: 3_600_000 }, async () => {
    const witness = await Witness.start(broker.port);
    let left = FRAMES;
    const before = process.memoryUsage().rss;
    const attack = async (seed: number): Promise<void> => {
      const random = randomOf(seed);
      while (left > 0) {
        const client = await RawClient.open(broker.port);
        for (let sent = 1 + random(20); sent > 0 && client.socket.writable && left > 0; sent--) {
          client.send(mutated(random));
          left--;
          if (random(4) === 0) await new Promise(setImmediate);
        }
        // Whatever it was left in: a close is answered, or the socket is closed already.
        client.send(
          method(0, "connection.close", { replyCode: 200, replyText: "", classId: 0, methodId: 0 }),
        );
        await new Promise(setImmediate);
        await client.end();
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => attack(SEED + i)));
    const rounds = await witness.stop();
    expect(rounds).toBeGreaterThan(0);
    expect(internal).toEqual([]);
    expect(process.memoryUsage().rss - before).toBeLessThan(400 * 2 ** 20);
    // The broker hears a little later than its clients that they are gone.
    await until(() => broker.stats().connections === 0);
  });
});
