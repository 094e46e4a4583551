import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Client, drain, Inbox, refusal, send, until } from "./client.js";
import { engines } from "./engine.js";

describe.each(engines)("queues on $name", (engine) => {
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

  it("let messages die after their time to live, and dead-letter them with their history", async () => {
    const channel = await client.confirmChannel();
    const [queue, dead] = [name("ttl"), name("dead")];
    await channel.assertQueue(dead);
    await channel.assertQueue(queue, { messageTtl: 40, deadLetterExchange: "", deadLetterRoutingKey: dead });
    const inbox = await Inbox.of(channel, dead, { noAck: true });
    await send(channel, queue, "by queue");
    const letter = await inbox.next();
    expect(letter.fields.routingKey).toBe(dead);
    expect(letter.properties.headers).toMatchObject({
      "x-death": [{ count: 1, reason: "expired", queue, exchange: "", "routing-keys": [queue] }],
      "x-first-death-exchange": "",
      "x-first-death-queue": queue,
      "x-first-death-reason": "expired",
    });
  });

  it("heed a message's own expiration, and note it as the original one", async () => {
    const channel = await client.confirmChannel();
    const [queue, dead] = [name("ttl"), name("dead")];
    await channel.assertQueue(dead);
    await channel.assertQueue(queue, { deadLetterExchange: "", deadLetterRoutingKey: dead });
    const inbox = await Inbox.of(channel, dead, { noAck: true });
    await send(channel, queue, "x", { expiration: "30" });
    const letter = await inbox.next();
    expect(letter.properties.expiration).toBeUndefined();
    expect(letter.properties.headers?.["x-death"]?.[0]).toMatchObject({ "original-expiration": "30" });
  });

  it("deliver expired messages to nobody, also behind one that lives", async () => {
    const channel = await client.confirmChannel();
    const queue = name("behind");
    await channel.assertQueue(queue);
    await send(channel, queue, "lives");
    await send(channel, queue, "dies", { expiration: "1" });
    await send(channel, queue, "lives too");
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(await drain(channel, queue)).toEqual(["lives", "lives too"]);
  });

  it("dead-letter what is rejected, through an exchange and with the message's own key", async () => {
    const channel = await client.confirmChannel();
    const [queue, dead, exchange] = [name("reject"), name("dead"), name("dlx")];
    await channel.assertExchange(exchange, "fanout");
    await channel.assertQueue(dead);
    await channel.bindQueue(dead, exchange, "");
    await channel.assertQueue(queue, { deadLetterExchange: exchange });
    await send(channel, queue, "bad");
    const got = await channel.get(queue);
    if (got) channel.reject(got, false);
    const letter = await (await Inbox.of(channel, dead, { noAck: true })).next();
    expect(letter.fields.routingKey).toBe(queue);
    expect(letter.properties.headers?.["x-first-death-reason"]).toBe("rejected");
  });

  it("count each round of a message that is rejected and comes back", async () => {
    const channel = await client.confirmChannel();
    const [work, wait] = [name("work"), name("wait")];
    await channel.assertQueue(work, { deadLetterExchange: "", deadLetterRoutingKey: wait });
    await channel.assertQueue(wait, { messageTtl: 10, deadLetterExchange: "", deadLetterRoutingKey: work });
    const inbox = await Inbox.of(channel, work);
    await send(channel, work, "again");
    for (let round = 0; round < 3; round++) channel.reject(await inbox.next(), false);
    const last = await inbox.next();
    expect(last.properties.headers?.["x-death"]).toMatchObject([
      { queue: wait, reason: "expired", count: 3 },
      { queue: work, reason: "rejected", count: 3 },
    ]);
    channel.ack(last);
  });

  it("drop a dead letter that would go round by itself for ever", async () => {
    const channel = await client.confirmChannel();
    const queue = name("circle");
    await channel.assertQueue(queue, { messageTtl: 10, deadLetterExchange: "", deadLetterRoutingKey: queue });
    await send(channel, queue, "round and round");
    await until(async () => (await channel.checkQueue(queue)).messageCount === 0);
  });

  it("drop their oldest messages beyond max-length", async () => {
    const channel = await client.confirmChannel();
    const [queue, dead] = [name("short"), name("dead")];
    await channel.assertQueue(dead);
    await channel.assertQueue(queue, { maxLength: 2, deadLetterExchange: "", deadLetterRoutingKey: dead });
    for (const body of ["1", "2", "3", "4"]) await send(channel, queue, body);
    expect(await drain(channel, queue)).toEqual(["3", "4"]);
    await until(async () => (await channel.checkQueue(dead)).messageCount === 2);
    expect(await drain(channel, dead)).toEqual(["1", "2"]);
  });

  it("drop their oldest messages beyond max-length-bytes", async () => {
    const channel = await client.confirmChannel();
    const queue = name("small");
    await channel.assertQueue(queue, { arguments: { "x-max-length-bytes": 10 } });
    for (const body of ["aaaa", "bbbb", "cccc"]) await send(channel, queue, body);
    expect(await drain(channel, queue)).toEqual(["bbbb", "cccc"]);
  });

  it("drop no more than is too much where the one at the head has expired by itself", async () => {
    const channel = await client.confirmChannel();
    const queue = name("returned");
    await channel.assertQueue(queue, { maxLength: 2 });
    const holder = await client.confirmChannel();
    let held = 0;
    await holder.consume(queue, () => {
      held++;
    });
    await send(channel, queue, "expires", { expiration: "0" });
    for (const body of ["1", "2"]) await send(channel, queue, body);
    await until(async () => held === 3);
    await holder.close();
    expect(await drain(channel, queue)).toEqual(["1", "2"]);
  });

  it("refuse publishes beyond max-length with overflow reject-publish", async () => {
    const channel = await client.confirmChannel();
    const queue = name("full");
    await channel.assertQueue(queue, { maxLength: 1, arguments: { "x-overflow": "reject-publish" } });
    await send(channel, queue, "1");
    await expect(send(channel, queue, "2")).rejects.toThrow();
    expect(await drain(channel, queue)).toEqual(["1"]);
    await send(channel, queue, "3");
    expect(await drain(channel, queue)).toEqual(["3"]);
  });

  it("refuse what would take them beyond max-length-bytes with overflow reject-publish", async () => {
    const channel = await client.confirmChannel();
    const queue = name("full");
    await channel.assertQueue(queue, {
      arguments: { "x-max-length-bytes": 10, "x-overflow": "reject-publish" },
    });
    await expect(send(channel, queue, "larger than all")).rejects.toThrow();
    await send(channel, queue, "12345678");
    await expect(send(channel, queue, "123")).rejects.toThrow();
    for (const fits of ["12", ""]) await send(channel, queue, fits);
    await expect(send(channel, queue, "1")).rejects.toThrow();
    expect(await drain(channel, queue)).toEqual(["12345678", "12", ""]);
  });

  it("refuse and dead-letter publishes beyond max-length with overflow reject-publish-dlx", async () => {
    const channel = await client.confirmChannel();
    const [queue, dead] = [name("full"), name("dead")];
    await channel.assertQueue(dead);
    await channel.assertQueue(queue, {
      maxLength: 1,
      deadLetterExchange: "",
      deadLetterRoutingKey: dead,
      arguments: { "x-overflow": "reject-publish-dlx" },
    });
    await send(channel, queue, "1");
    await expect(send(channel, queue, "2")).rejects.toThrow();
    await until(async () => (await channel.checkQueue(dead)).messageCount === 1);
    const refused = await channel.get(dead);
    expect(
      refused && [refused.content.toString(), refused.properties.headers?.["x-first-death-reason"]],
    ).toEqual(["2", "maxlen"]);
    expect(await drain(channel, queue)).toEqual(["1"]);
  });

  it("disappear when nobody uses them for x-expires", async () => {
    const channel = await client.confirmChannel();
    const queue = name("expires");
    await channel.assertQueue(queue, { expires: 50 });
    // Who asks for it uses it: then it has its time once more.
    const asked = async () => (await client.channel()).checkQueue(queue);
    do await new Promise((resolve) => setTimeout(resolve, 200));
    while (
      await asked().then(
        () => true,
        () => false,
      )
    );
    expect(await refusal((other) => other.checkQueue(queue), client)).toMatch(/NOT_FOUND/);
  });

  it("disappear with their last consumer if they are auto-delete", async () => {
    const channel = await client.channel();
    const queue = name("auto");
    await channel.assertQueue(queue, { autoDelete: true });
    const inbox = await Inbox.of(channel, queue);
    await channel.cancel(inbox.tag);
    expect(await refusal((other) => other.checkQueue(queue), client)).toMatch(/NOT_FOUND - no queue/);
  });

  it("disappear with their connection if they are exclusive, and are closed to others until then", async () => {
    const connection = await client.connect();
    const channel = await connection.createChannel();
    const queue = name("exclusive");
    await channel.assertQueue(queue, { exclusive: true });
    expect(await refusal((other) => other.checkQueue(queue), client)).toMatch(
      /^RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'exclusive-\d+' in vhost/,
    );
    await connection.close();
    expect(await refusal((other) => other.checkQueue(queue), client)).toMatch(/NOT_FOUND/);
  });

  it("that are exclusive are theirs alone also in being declared: once exclusive, always", async () => {
    const queue = name("exclusive-again");
    const declaredAgain = refusal(async (channel) => {
      await channel.assertQueue(queue, { exclusive: true });
      await channel.assertQueue(queue, { exclusive: true });
      await channel.assertQueue(queue, { exclusive: false });
    }, client);
    expect(await declaredAgain).toMatch(/^RESOURCE_LOCKED/);
  });

  it("tell their consumers when they are deleted", async () => {
    const channel = await client.channel();
    const queue = name("deleted");
    await channel.assertQueue(queue);
    const inbox = await Inbox.of(channel, queue);
    await channel.deleteQueue(queue);
    expect(await inbox.nextOrCancel()).toBeNull();
  });

  it("get a name from the server where the client gives none", async () => {
    const channel = await client.channel();
    const { queue } = await channel.assertQueue("");
    expect(queue).toMatch(/^amq\.gen-/);
  });

  it("serve one consumer alone with x-single-active-consumer, and the next when it leaves", async () => {
    const channel = await client.confirmChannel();
    const queue = name("single");
    await channel.assertQueue(queue, { arguments: { "x-single-active-consumer": true } });
    const first = await Inbox.of(channel, queue, { noAck: true });
    const second = await Inbox.of(channel, queue, { noAck: true });
    for (const body of ["1", "2"]) await send(channel, queue, body);
    await first.next();
    await first.next();
    await channel.cancel(first.tag);
    await send(channel, queue, "3");
    expect((await second.next()).content.toString()).toBe("3");
  });

  it.each([
    ["classic", "of the highest priority"],
    ["quorum", "that came next"],
  ])("of type %s let the consumer %s follow the single active one", async (type, follower) => {
    const channel = await client.confirmChannel();
    const queue = name("heirs");
    await channel.assertQueue(queue, {
      arguments: { "x-single-active-consumer": true, "x-queue-type": type },
    });
    const takers: string[] = [];
    const tags: string[] = [];
    for (const priority of [1, 0, 5, 3]) {
      const take = () => takers.push(String(priority));
      tags.push((await channel.consume(queue, take, { noAck: true, priority })).consumerTag);
    }
    await send(channel, queue, "1");
    await until(() => takers.length === 1);
    await channel.cancel(tags[0]!);
    await send(channel, queue, "2");
    await until(() => takers.length === 2);
    expect(takers).toEqual(["1", follower === "that came next" ? "0" : "5"]);
  });

  it("of type quorum count deliveries and dead-letter what comes back too often", async () => {
    const channel = await client.confirmChannel();
    const [queue, dead] = [name("quorum"), name("dead")];
    await channel.assertQueue(dead);
    await channel.assertQueue(queue, {
      deadLetterExchange: "",
      deadLetterRoutingKey: dead,
      arguments: { "x-queue-type": "quorum", "x-delivery-limit": 2 },
    });
    await send(channel, queue, "poison");
    const inbox = await Inbox.of(channel, queue);
    const counts: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const message = await inbox.next();
      counts.push(message.properties.headers?.["x-delivery-count"]);
      channel.nack(message, false, true);
    }
    expect(counts).toEqual([undefined, 1, 2]);
    const letter = await (await Inbox.of(channel, dead, { noAck: true })).next();
    expect(letter.properties.headers?.["x-first-death-reason"]).toBe("delivery_limit");
  });

  it("of type quorum tell whoever gets a message how often it came back, and of none as well", async () => {
    const channel = await client.confirmChannel();
    const queue = name("quorum");
    await channel.assertQueue(queue, { arguments: { "x-queue-type": "quorum" } });
    await send(channel, queue, "m");
    const counts: unknown[] = [];
    while (counts.length < 3) {
      const got = await channel.get(queue);
      if (!got) continue;
      counts.push(got.properties.headers?.["x-delivery-count"]);
      channel.nack(got);
    }
    expect(counts).toEqual([0, 1, 2]);
  });

  it("say how many messages they lost when purged or deleted", async () => {
    const channel = await client.confirmChannel();
    const queue = name("purge");
    await channel.assertQueue(queue);
    for (let i = 0; i < 3; i++) await send(channel, queue, String(i));
    expect(await channel.purgeQueue(queue)).toEqual({ messageCount: 3 });
    await send(channel, queue, "x");
    expect(await channel.deleteQueue(queue)).toEqual({ messageCount: 1 });
    expect(await channel.deleteQueue(queue)).toEqual({ messageCount: 0 });
  });
});
