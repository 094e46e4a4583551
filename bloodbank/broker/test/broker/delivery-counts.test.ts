/**
 * What a quorum queue knows of its deliveries survives a restart and `kill -9`, as it does in RabbitMQ 3.10 (tried on a
 * node of its own): what was in flight counts as one delivery more.
 */
import type { ConfirmChannel, GetMessage } from "amqplib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunningBroker } from "../../src/broker.js";
import { Client, drain, send, until } from "../conformance/client.js";
import { FrailFiles } from "../disk/frail-files.js";

const told = (message: GetMessage) => [
  message.content.toString(),
  message.fields.redelivered,
  message.properties.headers?.["x-delivery-count"],
];

async function next(channel: ConfirmChannel, queue = "q"): Promise<GetMessage> {
  const got = await channel.get(queue);
  if (!got) throw new Error("nothing there");
  return got;
}

describe("the deliveries of a quorum queue", () => {
  let files: FrailFiles;
  let broker: RunningBroker;
  let client: Client;
  let channel: ConfirmChannel;
  beforeEach(async () => {
    files = new FrailFiles();
    await start();
    await channel.assertQueue("q", { arguments: { "x-queue-type": "quorum" } });
  });
  afterEach(stop);

  async function start(): Promise<void> {
    broker = new RunningBroker({ dataDir: "/data", port: 0 }, files);
    await broker.listen();
    client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
    channel = await client.confirmChannel();
  }
  async function stop(): Promise<void> {
    await client.close();
    await broker.close();
  }
  /** Everything written is there, and nobody said goodbye. */
  async function crash(): Promise<void> {
    await broker.store.log.settle();
    const after = files.copy();
    await stop();
    files = after;
    await start();
  }
  async function restart(): Promise<void> {
    await stop();
    await start();
  }
  const returnOne = async (body: string): Promise<void> => {
    const got = await next(channel);
    expect(got.content.toString()).toBe(body);
    channel.nack(got);
  };

  it.each([
    ["a stop", restart],
    ["kill -9", crash],
  ])("are counted on after %s", async (_, again) => {
    for (const body of ["twice returned", "in flight", "returned and in flight", "untouched"])
      await send(channel, "q", body);
    for (let i = 0; i < 2; i++) await returnOne("twice returned");
    const held = [await next(channel), await next(channel), await next(channel)];
    channel.nack(held[2]!);
    const back = await next(channel);
    expect(told(back)).toEqual(["returned and in flight", true, 1]);
    channel.nack(held[0]!);
    await until(async () => (await channel.checkQueue("q")).messageCount === 2);
    await again();
    const found: unknown[] = [];
    for (let i = 0; i < 4; i++) found.push(told(await next(channel)));
    expect(found).toEqual([
      ["twice returned", true, 3],
      ["in flight", true, 1],
      ["returned and in flight", true, 2],
      ["untouched", false, 0],
    ]);
    await again();
    const later: unknown[] = [];
    for (let i = 0; i < 4; i++) later.push(told(await next(channel)));
    expect(later).toEqual([
      ["twice returned", true, 4],
      ["in flight", true, 2],
      ["returned and in flight", true, 3],
      ["untouched", true, 1],
    ]);
  });

  it("are counted on after compaction has moved the messages", async () => {
    const filler = "x".repeat(1_000_000);
    for (const body of ["returned", "in flight"]) await send(channel, "q", body);
    await returnOne("returned");
    const held = [await next(channel), await next(channel)];
    await channel.assertQueue("other");
    const fill = async (): Promise<void> => {
      for (let i = 0; i < 70; i++) await send(channel, "other", filler);
      await channel.purgeQueue("other");
    };
    await send(channel, "q", "untouched");
    await fill();
    await until(() => {
      broker.compact();
      return [...broker.store.log.segments.values()].some(({ compacted }) => compacted);
    });
    channel.nack(held[0]!);
    await until(async () => (await channel.checkQueue("q")).messageCount === 2);
    expect(told(await next(channel))).toEqual(["returned", true, 2]);
    await crash();
    const found: unknown[] = [];
    for (let i = 0; i < 3; i++) found.push(told(await next(channel)));
    expect(found).toEqual([
      ["returned", true, 3],
      ["in flight", true, 1],
      ["untouched", false, 0],
    ]);
    await crash();
    expect(told(await next(channel))).toEqual(["returned", true, 4]);
    expect(told(await next(channel))).toEqual(["in flight", true, 2]);
    expect(told(await next(channel))).toEqual(["untouched", true, 1]);
  });

  it("that were too many end the message, also where the last one ended with the broker", async () => {
    await channel.assertQueue("dead");
    await channel.assertQueue("limited", {
      deadLetterExchange: "",
      deadLetterRoutingKey: "dead",
      arguments: { "x-queue-type": "quorum", "x-delivery-limit": 1 },
    });
    for (const body of ["first", "poison", "last"]) await send(channel, "limited", body);
    const [first, poison] = [await next(channel, "limited"), await next(channel, "limited")];
    channel.nack(poison);
    expect(told(await next(channel, "limited"))).toEqual(["poison", true, 1]);
    expect(first.content.toString()).toBe("first");
    await crash();
    expect(await drain(channel, "dead")).toEqual(["poison"]);
    expect(told(await next(channel, "limited"))).toEqual(["first", true, 1]);
    expect(told(await next(channel, "limited"))).toEqual(["last", false, 0]);
  });
});

describe("a rejected message whose dead letter waits for its target", () => {
  const LASTING = {
    "x-queue-type": "quorum",
    "x-dead-letter-exchange": "",
    "x-dead-letter-routing-key": "target",
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
  };

  it.each(["a stop", "kill -9"])("is not delivered again after %s, and still arrives", async (how) => {
    let files = new FrailFiles();
    let broker = new RunningBroker({ dataDir: "/data", port: 0 }, files);
    await broker.listen();
    let client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
    let channel = await client.confirmChannel();
    await channel.assertQueue("source", { arguments: LASTING });
    for (const body of ["rejected", "untouched"]) await send(channel, "source", body);
    channel.reject(await next(channel, "source"), false);
    const dying = (of: RunningBroker) => of.vhosts.get("/")?.queues.get("source")?.dying;
    await until(() => dying(broker) === 1);
    await broker.store.log.settle();
    const killed = how === "kill -9" ? files.copy() : undefined;
    await client.close();
    await broker.close();
    files = killed ?? files;

    broker = new RunningBroker({ dataDir: "/data", port: 0 }, files);
    await broker.listen();
    client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
    channel = await client.confirmChannel();
    expect(dying(broker)).toBe(1);
    expect(told(await next(channel, "source"))).toEqual(["untouched", false, 0]);
    await channel.assertQueue("target");
    await until(() => dying(broker) === 0);
    expect(await drain(channel, "target")).toEqual(["rejected"]);
    await client.close();
    await broker.close();
  });
});
