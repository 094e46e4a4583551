import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Client, drain, refusal, sendTo } from "./client.js";
import { engines } from "./engine.js";

describe.each(engines)("exchanges on $name", (engine) => {
  let running: Awaited<ReturnType<typeof engine.start>>;
  let client: Client;
  let serial = 0;
  const name = (kind: string) => `${kind}-${++serial}`;
  beforeAll(async () => {
    running = await engine.start();
  });
  afterAll(() => running.stop());
  beforeEach(() => {
    client = new Client(running.url);
  });
  afterEach(() => client.close());

  async function bound(type: string, ...bindings: readonly (readonly [string, object?])[]) {
    const channel = await client.confirmChannel();
    const exchange = name(type);
    await channel.assertExchange(exchange, type);
    const queues: string[] = [];
    for (const [key, args] of bindings) {
      const { queue } = await channel.assertQueue(name("bound"));
      await channel.bindQueue(queue, exchange, key, args);
      queues.push(queue);
    }
    return {
      channel,
      exchange,
      queues,
      taken: () => Promise.all(queues.map((queue) => drain(channel, queue))),
    };
  }

  it("of type direct compare the whole key", async () => {
    const { channel, exchange, taken } = await bound("direct", ["a"], ["b"]);
    await sendTo(channel, exchange, "a", "1");
    await sendTo(channel, exchange, "ab", "2");
    expect(await taken()).toEqual([["1"], []]);
  });

  it("of type topic know * and #", async () => {
    const { channel, exchange, taken } = await bound("topic", ["a.*"], ["a.#"], ["#.c"], ["*.b.*"]);
    for (const key of ["a", "a.b", "a.b.c", "c"]) await sendTo(channel, exchange, key, key);
    expect(await taken()).toEqual([["a.b"], ["a", "a.b", "a.b.c"], ["a.b.c", "c"], ["a.b.c"]]);
  });

  it("of type fanout take every key, and give a queue a message once however often it is bound", async () => {
    const { channel, exchange, queues, taken } = await bound("fanout", ["x"], ["y"]);
    await channel.bindQueue(queues[0]!, exchange, "z");
    await sendTo(channel, exchange, "anything", "1");
    expect(await taken()).toEqual([["1"], ["1"]]);
  });

  it("of type headers match all or any", async () => {
    const { channel, exchange, taken } = await bound(
      "headers",
      ["", { "x-match": "all", a: 1, b: "x" }],
      ["", { "x-match": "any", a: 1, b: "x" }],
    );
    await sendTo(channel, exchange, "", "both", { headers: { a: 1, b: "x" } });
    await sendTo(channel, exchange, "", "one", { headers: { a: 1 } });
    await sendTo(channel, exchange, "", "none", { headers: { a: 2 } });
    expect(await taken()).toEqual([["both"], ["both", "one"]]);
  });

  it("pass messages on to exchanges bound to them, also in a circle", async () => {
    const { channel, exchange, queues } = await bound("topic", ["never"]);
    const inner = name("inner");
    await channel.assertExchange(inner, "fanout");
    await channel.bindExchange(inner, exchange, "a.#");
    await channel.bindExchange(exchange, inner, "");
    await channel.bindQueue(queues[0]!, inner, "");
    await sendTo(channel, exchange, "a.b", "1");
    await sendTo(channel, exchange, "b", "2");
    expect(await drain(channel, queues[0]!)).toEqual(["1"]);
  });

  it("send what they cannot route to their alternate exchange", async () => {
    const { channel, exchange: alternate, queues } = await bound("fanout", [""]);
    const exchange = name("main");
    await channel.assertExchange(exchange, "direct", { alternateExchange: alternate });
    await sendTo(channel, exchange, "nowhere", "1");
    expect(await drain(channel, queues[0]!)).toEqual(["1"]);
  });

  it("use their alternate exchange, once, where none of a message's keys leads anywhere", async () => {
    const { channel, exchange: alternate, queues } = await bound("fanout", [""]);
    const exchange = name("main");
    await channel.assertExchange(exchange, "direct", { alternateExchange: alternate });
    const { queue } = await channel.assertQueue(name("known"));
    await channel.bindQueue(queue, exchange, "known");
    await sendTo(channel, exchange, "known", "1", { CC: ["nowhere"] });
    await sendTo(channel, exchange, "nowhere", "2", { CC: ["known"] });
    await sendTo(channel, exchange, "nowhere", "3", { CC: ["nowhere else"] });
    expect(await drain(channel, queue)).toEqual(["1", "2"]);
    expect(await drain(channel, queues[0]!)).toEqual(["3"]);
  });

  it("disappear with their last binding if they are auto-delete", async () => {
    const channel = await client.channel();
    const exchange = name("auto");
    await channel.assertExchange(exchange, "direct", { autoDelete: true });
    const { queue } = await channel.assertQueue(name("q"));
    await channel.bindQueue(queue, exchange, "k");
    await channel.unbindQueue(queue, exchange, "k");
    expect(await refusal((other) => other.checkExchange(exchange), client)).toMatch(
      /NOT_FOUND - no exchange/,
    );
  });

  it("lose a queue's bindings when it is deleted", async () => {
    const { channel, exchange, queues } = await bound("direct", ["a"]);
    await channel.deleteQueue(queues[0]!);
    await channel.assertQueue(queues[0]!);
    await sendTo(channel, exchange, "a", "1");
    expect(await drain(channel, queues[0]!)).toEqual([]);
  });

  it("are there from the start under RabbitMQ's names", async () => {
    const channel = await client.channel();
    for (const exchange of ["amq.direct", "amq.fanout", "amq.headers", "amq.match", "amq.topic"])
      await channel.checkExchange(exchange);
  });

  it("that are bound in a client's words are unbound in the same words only", async () => {
    const { channel, exchange, queues, taken } = await bound("topic", ["a.#"]);
    await channel.unbindQueue(queues[0]!, exchange, "a.*");
    await sendTo(channel, exchange, "a.b", "1");
    await channel.unbindQueue(queues[0]!, exchange, "a.#");
    await sendTo(channel, exchange, "a.b", "2");
    expect(await taken()).toEqual([["1"]]);
  });
});
