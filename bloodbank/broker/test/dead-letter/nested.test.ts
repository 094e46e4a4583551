/** Dead letters that cause dead letters, and consumers that are quicker than a queue's limits. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Client, drain, Inbox, send, until } from "../conformance/client.js";
import { engines } from "../conformance/engine.js";

describe.each(engines)("a queue with limits on $name", (engine) => {
  let running: Awaited<ReturnType<typeof engine.start>>;
  let client: Client;
  beforeAll(async () => {
    running = await engine.start();
  });
  afterAll(() => running.stop());
  beforeEach(() => {
    client = new Client(running.url);
  });
  afterEach(() => client.close());

  it("buries what an arriving dead letter displaces, and mixes up neither", async () => {
    const channel = await client.confirmChannel();
    await channel.assertExchange("graves", "fanout");
    await channel.assertQueue("last");
    const grave = { "x-max-length": 1, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "last" };
    await channel.assertQueue("lasting grave", { durable: true, arguments: grave });
    await channel.assertQueue("passing grave", { durable: false, arguments: grave });
    for (const queue of ["lasting grave", "passing grave"]) await channel.bindQueue(queue, "graves", "");
    await channel.assertQueue("full", {
      arguments: { "x-max-length": 1, "x-dead-letter-exchange": "graves" },
    });

    for (const body of ["one", "two", "three"]) await send(channel, "full", body);
    await until(async () => (await channel.checkQueue("last")).messageCount === 2);
    expect(await drain(channel, "full")).toEqual(["three"]);
    expect(await drain(channel, "lasting grave")).toEqual(["two"]);
    expect(await drain(channel, "passing grave")).toEqual(["two"]);
    expect(await drain(channel, "last")).toEqual(["one", "one"]);
  });

  it.each(["drop-head", "reject-publish"])(
    "and %s loses nothing that a consumer takes at once",
    async (overflow) => {
      const channel = await client.confirmChannel();
      const queue = `limited ${overflow}`;
      await channel.assertQueue(queue, { arguments: { "x-max-length": 1, "x-overflow": overflow } });
      const inbox = await Inbox.of(channel, queue, { noAck: true });
      const bodies = Array.from({ length: 50 }, (_, i) => String(i));
      await Promise.all(bodies.map((body) => send(channel, queue, body)));
      const got: string[] = [];
      for (const _ of bodies) got.push((await inbox.next()).content.toString());
      expect(got).toEqual(bodies);
    },
  );

  it("gives a message without time to live to a consumer that waits, and to nobody else", async () => {
    const channel = await client.confirmChannel();
    await channel.assertQueue("now or never");
    await send(channel, "now or never", "never", { expiration: "0" });
    await until(async () => (await channel.checkQueue("now or never")).messageCount === 0);
    const inbox = await Inbox.of(channel, "now or never", { noAck: true });
    const bodies = Array.from({ length: 20 }, (_, i) => String(i));
    await Promise.all(bodies.map((body) => send(channel, "now or never", body, { expiration: "0" })));
    const got: string[] = [];
    for (const _ of bodies) got.push((await inbox.next()).content.toString());
    expect(got).toEqual(bodies);
  });

  it("does not take such a message back from its consumer", async () => {
    const channel = await client.confirmChannel();
    await channel.assertQueue("once");
    const inbox = await Inbox.of(channel, "once");
    await send(channel, "once", "m", { expiration: "0" });
    channel.nack(await inbox.next(), false, true);
    await send(channel, "once", "next");
    expect((await inbox.next()).content.toString()).toBe("next");
  });

  it("lets what has expired go when what stood before it is dropped", async () => {
    const channel = await client.confirmChannel();
    await channel.assertQueue("two at most", { arguments: { "x-max-length": 2 } });
    await send(channel, "two at most", "lasting");
    await send(channel, "two at most", "a", { expiration: "0" });
    await send(channel, "two at most", "b", { expiration: "0" });
    await until(async () => (await channel.checkQueue("two at most")).messageCount === 0);
  });
});
