/** What ends a great many messages at once does so in portions: others are served meanwhile. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunningBroker } from "../../src/broker.js";
import { Client, drain, send, until } from "../conformance/client.js";
import { FrailFiles } from "../disk/frail-files.js";
import { publish, RawClient } from "../hostile/raw-client.js";

const MESSAGES = 200_000;

describe("a queue of many messages", () => {
  let files: FrailFiles;
  let broker: RunningBroker;
  let client: Client;
  beforeEach(async () => {
    files = new FrailFiles();
    await start();
    const channel = await client.channel();
    await channel.assertQueue("big");
    await channel.assertQueue("small");
    await fill("big", MESSAGES);
  });
  afterEach(stop);

  async function start(): Promise<void> {
    broker = new RunningBroker({ dataDir: "/data", port: 0 }, files);
    await broker.listen();
    client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
  }
  async function stop(): Promise<void> {
    await client.close();
    await broker.close();
  }

  async function fill(queue: string, count: number): Promise<void> {
    const raw = await RawClient.open(broker.port);
    const one = Buffer.concat([...publish(1, "", queue, Buffer.from("x"), { deliveryMode: 2 })]);
    const thousand = Buffer.concat(Array.from({ length: 1000 }, () => one));
    for (let sent = 0; sent < count; sent += 1000) raw.send(thousand);
    await until(() => broker.stats().messagesReady === count);
    await raw.end();
  }

  /** In how many of the event loop's turns something was let go of: between any two of them sockets are served. */
  async function turnsUntil(done: () => boolean): Promise<number> {
    let turns = 0;
    for (let before = live(); !done(); ) {
      await new Promise(setImmediate);
      if (live() < before) turns++;
      before = live();
    }
    return turns;
  }

  /** How many messages the log keeps for queues. */
  const live = (): number => [...broker.store.log.segments.values()].reduce((sum, { live }) => sum + live, 0);

  it.each([
    ["purged", (channel: import("amqplib").Channel) => channel.purgeQueue("big")],
    ["deleted", (channel: import("amqplib").Channel) => channel.deleteQueue("big")],
  ] as const)("is %s at once, and others are served while it lets go of them", async (_, end) => {
    const turns = turnsUntil(() => live() === 0);
    expect(await end(await client.channel())).toEqual({ messageCount: MESSAGES });
    expect(broker.stats().messagesReady).toBe(0);
    expect(await turns).toBeGreaterThan(10);
  });

  it("keeps what comes after a purge, and what is held by a consumer", async () => {
    const channel = await client.confirmChannel();
    const held = await channel.get("big");
    await channel.purgeQueue("big");
    await send(channel, "big", "after");
    if (held) channel.nack(held);
    await until(() => live() === 2);
    expect(await drain(channel, "big")).toEqual(["x", "after"]);
  });

  it("is empty for whoever gets from it when the disk gives nothing of it back", async () => {
    broker.store.log.message = () => {
      throw new Error("EIO: i/o error");
    };
    const channel = await client.channel();
    expect(await channel.get("big")).toBe(false);
    expect((await channel.checkQueue("big")).messageCount).toBe(0);
  });

  it("may be deleted while it is being purged", async () => {
    const channel = await client.channel();
    await channel.purgeQueue("big");
    await channel.deleteQueue("big");
    await until(() => live() === 0);
  });

  it("is purged for good when the broker stops in the middle of it", async () => {
    // By itself: a client may hear of it when all is done.
    expect(broker.vhosts.get("/")?.queues.get("big")?.purge()).toBe(MESSAGES);
    expect(live()).toBeGreaterThan(0);
    await stop();
    await start();
    expect((await (await client.channel()).checkQueue("big")).messageCount).toBe(0);
  });

  it("is shortened by a policy in portions, too", async () => {
    const turns = turnsUntil(() => broker.stats().messagesReady === 5);
    broker.policies.put("policy", {
      vhost: "/",
      name: "short",
      pattern: "^big$",
      applyTo: "queues",
      priority: 0,
      definition: { "max-length": 5 },
    });
    expect(await turns).toBeGreaterThan(10);
  });
});
