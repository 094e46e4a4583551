import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { publish, RawClient } from "../hostile/raw-client.js";
import { Client, drain, Inbox, send, sendTo, until } from "./client.js";
import { engines } from "./engine.js";

/** amqplib knows these methods and has no function for them. */
interface Rpc {
  rpc(method: number, fields: object, expect: number): Promise<unknown>;
}
const [TX_SELECT, TX_COMMIT, TX_ROLLBACK] = [5_898_250, 5_898_260, 5_898_270];

describe.each(engines)("messages on $name", (engine) => {
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

  it("arrive in the order in which they were published", async () => {
    const channel = await client.confirmChannel();
    const queue = name("order");
    await channel.assertQueue(queue);
    const bodies = Array.from({ length: 500 }, (_, i) => String(i));
    await Promise.all(bodies.map((body) => send(channel, queue, body)));
    expect(await drain(channel, queue)).toEqual(bodies);
  });

  it("keep every property and header", async () => {
    const channel = await client.confirmChannel();
    const queue = name("properties");
    await channel.assertQueue(queue);
    const properties = {
      contentType: "application/json",
      contentEncoding: "utf-8",
      headers: { text: "a", number: 12, big: 2 ** 40, float: 1.5, list: [1, "b", true], nested: { a: null } },
      deliveryMode: 2,
      priority: 3,
      correlationId: "c",
      replyTo: "r",
      expiration: "60000",
      messageId: "m",
      timestamp: 1_700_000_000,
      type: "t",
      appId: "app",
    };
    await send(channel, queue, "x", properties);
    const got = await channel.get(queue, { noAck: true });
    expect((got || undefined)?.properties).toMatchObject(properties);
  });

  it("die as often as they like with properties that are no text", async () => {
    const channel = await client.channel();
    const [first, second, dead] = [name("first"), name("second"), name("dead")];
    const dying = (next: string) => ({ messageTtl: 1, deadLetterExchange: "", deadLetterRoutingKey: next });
    await channel.assertQueue(dead);
    await channel.assertQueue(second, dying(dead));
    await channel.assertQueue(first, dying(second));
    const raw = await RawClient.open(running.url);
    const [begin, header, body] = publish(1, "", first, Buffer.from("x"), { correlationId: "??" });
    header!.set([0xff, 0xfe], header!.indexOf("??"));
    raw.send(begin!, header!, body!);
    await until(async () => (await channel.checkQueue(dead)).messageCount === 1);
    await raw.end();
    const got = await channel.get(dead, { noAck: true });
    expect((got || undefined)?.properties.headers?.["x-death"]).toMatchObject([
      { queue: second },
      { queue: first },
    ]);
  });

  it.each([0, 1, 4_000, 131_064, 131_065, 1_000_000])("of %i bytes arrive as they are", async (size) => {
    const channel = await client.confirmChannel();
    const queue = name("size");
    await channel.assertQueue(queue);
    const inbox = await Inbox.of(channel, queue, { noAck: true });
    const body = Array.from({ length: size }, (_, i) => String.fromCharCode(97 + (i % 26))).join("");
    await send(channel, queue, body);
    expect((await inbox.next()).content.equals(Buffer.from(body))).toBe(true);
  });

  it("that are nacked come back to their old place, marked redelivered", async () => {
    const channel = await client.confirmChannel();
    const queue = name("nack");
    await channel.assertQueue(queue);
    for (const body of ["1", "2", "3"]) await send(channel, queue, body);
    const first = await channel.get(queue);
    const second = await channel.get(queue);
    if (!first || !second) throw new Error("nothing to get");
    expect(first.fields.redelivered).toBe(false);
    channel.nack(first, false, true);
    channel.nack(second, false, true);
    const inbox = await Inbox.of(channel, queue, { noAck: true });
    const again = [await inbox.next(), await inbox.next(), await inbox.next()];
    expect(again.map(({ content, fields }) => [content.toString(), fields.redelivered])).toEqual([
      ["1", true],
      ["2", true],
      ["3", false],
    ]);
  });

  it("return to the queue when their channel closes", async () => {
    const channel = await client.confirmChannel();
    const queue = name("close");
    await channel.assertQueue(queue);
    for (const body of ["1", "2", "3"]) await send(channel, queue, body);
    const other = await client.channel();
    const inbox = await Inbox.of(other, queue);
    for (let i = 0; i < 3; i++) await inbox.next();
    await other.close();
    await until(async () => (await channel.checkQueue(queue)).messageCount === 3);
    expect(await drain(channel, queue)).toEqual(["1", "2", "3"]);
  });

  it("are held back by prefetch until something is acknowledged", async () => {
    const channel = await client.confirmChannel();
    const queue = name("prefetch");
    await channel.assertQueue(queue);
    for (let i = 0; i < 6; i++) await send(channel, queue, String(i));
    await channel.prefetch(2);
    const inbox = await Inbox.of(channel, queue);
    const first = await inbox.next();
    const second = await inbox.next();
    expect((await channel.checkQueue(queue)).messageCount).toBe(4);
    expect(inbox.size).toBe(0);
    channel.ack(second, true);
    expect((await inbox.next()).content.toString()).toBe("2");
    expect((await inbox.next()).content.toString()).toBe("3");
    expect(first.content.toString()).toBe("0");
  });

  it("are held back from all consumers of a channel together by a global prefetch, from each by its own as well", async () => {
    const channel = await client.confirmChannel();
    const queue = name("global");
    await channel.assertQueue(queue);
    for (let i = 0; i < 6; i++) await send(channel, queue, String(i));
    await channel.prefetch(2);
    await channel.prefetch(3, true);
    const left = await Inbox.of(channel, queue);
    const right = await Inbox.of(channel, queue);
    await until(() => left.size + right.size === 3);
    expect((await channel.checkQueue(queue)).messageCount).toBe(3);
    expect([left.size, right.size]).toEqual([2, 1]);
    await channel.prefetch(0, true);
    await until(() => left.size + right.size === 4);
    expect((await channel.checkQueue(queue)).messageCount).toBe(2);
    expect([left.size, right.size]).toEqual([2, 2]);
  });

  it("are shared by consumers in turn", async () => {
    const channel = await client.confirmChannel();
    const queue = name("turns");
    await channel.assertQueue(queue);
    const left = await Inbox.of(channel, queue, { noAck: true });
    const right = await Inbox.of(channel, queue, { noAck: true });
    for (let i = 0; i < 6; i++) await send(channel, queue, String(i));
    for (let i = 0; i < 3; i++) await Promise.all([left.next(), right.next()]);
  });

  it("go to the consumer with the highest priority first", async () => {
    const channel = await client.confirmChannel();
    const queue = name("consumer-priority");
    await channel.assertQueue(queue);
    await channel.prefetch(1);
    const low = await Inbox.of(channel, queue, { priority: 1 });
    const high = await Inbox.of(channel, queue, { priority: 5 });
    await send(channel, queue, "a");
    await high.next();
    await send(channel, queue, "b");
    expect((await low.next()).content.toString()).toBe("b");
  });

  it("with mandatory come back when no queue takes them", async () => {
    const channel = await client.confirmChannel();
    const exchange = name("returns");
    await channel.assertExchange(exchange, "direct");
    const returned = new Promise<{ fields: unknown; content: Buffer }>((resolve) =>
      channel.on("return", resolve),
    );
    await sendTo(channel, exchange, "nowhere", "lost", { mandatory: true });
    const { fields, content } = await returned;
    expect(fields).toMatchObject({ replyCode: 312, replyText: "NO_ROUTE", exchange, routingKey: "nowhere" });
    expect(content.toString()).toBe("lost");
  });

  it("also go where CC and BCC say, and BCC is removed", async () => {
    const channel = await client.confirmChannel();
    const [to, cc, bcc] = [name("to"), name("cc"), name("bcc")];
    for (const queue of [to, cc, bcc]) await channel.assertQueue(queue);
    await send(channel, to, "x", { CC: [cc], BCC: [bcc] });
    for (const queue of [to, cc, bcc]) {
      const got = await channel.get(queue, { noAck: true });
      expect((got || undefined)?.properties.headers).toEqual({ CC: [cc] });
    }
  });

  it("of a queue with priorities come by priority, then by age", async () => {
    const channel = await client.confirmChannel();
    const queue = name("priority");
    await channel.assertQueue(queue, { maxPriority: 5 });
    for (const [body, priority] of [
      ["a", 1],
      ["b", 9],
      ["c", 0],
      ["d", 5],
      ["e", 1],
    ] as const)
      await send(channel, queue, body, { priority });
    expect(await drain(channel, queue)).toEqual(["b", "d", "a", "e", "c"]);
  });

  it("of a transaction arrive with its commit, and never after a rollback", async () => {
    const connection = await client.connect();
    const channel = await connection.createChannel();
    const queue = name("tx");
    await channel.assertQueue(queue);
    const raw = channel as unknown as Rpc;
    await raw.rpc(TX_SELECT, {}, TX_SELECT + 1);
    channel.sendToQueue(queue, Buffer.from("dropped"));
    await raw.rpc(TX_ROLLBACK, {}, TX_ROLLBACK + 1);
    channel.sendToQueue(queue, Buffer.from("kept"), { persistent: true });
    expect((await channel.checkQueue(queue)).messageCount).toBe(0);
    await raw.rpc(TX_COMMIT, {}, TX_COMMIT + 1);
    expect(await drain(channel, queue)).toEqual(["kept"]);
  });

  it("of a transaction go to the queues that have their names when it commits", async () => {
    const other = await client.channel();
    const [gone, again, stays, exchange] = [name("tx"), name("tx"), name("tx"), name("tx")];
    await other.assertExchange(exchange, "fanout");
    for (const queue of [gone, again, stays]) {
      await other.assertQueue(queue);
      await other.bindQueue(queue, exchange, "");
    }
    const channel = await client.channel();
    const raw = channel as unknown as Rpc;
    await raw.rpc(TX_SELECT, {}, TX_SELECT + 1);
    channel.publish(exchange, "", Buffer.from("kept"), { persistent: true });
    await channel.checkExchange(exchange);
    for (const queue of [gone, again]) await other.deleteQueue(queue);
    await other.assertQueue(again);
    await raw.rpc(TX_COMMIT, {}, TX_COMMIT + 1);
    for (const queue of [again, stays]) expect(await drain(other, queue)).toEqual(["kept"]);
  });

  it("of a transaction that a full queue refuses in part end its channel, and the rest is there", async () => {
    const connection = await client.connect();
    const channel = await connection.createChannel();
    const closed = new Promise<Error>((resolve) => channel.on("error", resolve));
    const queue = name("tx-full");
    await channel.assertQueue(queue, { maxLength: 1, arguments: { "x-overflow": "reject-publish" } });
    const raw = channel as unknown as Rpc;
    await raw.rpc(TX_SELECT, {}, TX_SELECT + 1);
    for (const body of ["1", "2"]) channel.sendToQueue(queue, Buffer.from(body), { persistent: true });
    await expect(raw.rpc(TX_COMMIT, {}, TX_COMMIT + 1)).rejects.toThrow();
    expect((await closed).message).toContain("PRECONDITION_FAILED - partial tx completion");
    expect(await drain(await client.channel(), queue)).toEqual(["1"]);
  });

  it("answer requests through direct reply-to", async () => {
    const requester = await client.channel();
    const responder = await client.channel();
    const queue = name("requests");
    await responder.assertQueue(queue);
    await responder.consume(
      queue,
      (request) => {
        if (request) responder.sendToQueue(request.properties.replyTo, Buffer.from(`re: ${request.content}`));
      },
      { noAck: true },
    );
    const inbox = await Inbox.of(requester, "amq.rabbitmq.reply-to", { noAck: true });
    requester.sendToQueue(queue, Buffer.from("hello"), { replyTo: "amq.rabbitmq.reply-to" });
    expect((await inbox.next()).content.toString()).toBe("re: hello");
  });

  it("survive basic.recover in order", async () => {
    const channel = await client.confirmChannel();
    const queue = name("recover");
    await channel.assertQueue(queue);
    for (const body of ["1", "2"]) await send(channel, queue, body);
    const inbox = await Inbox.of(channel, queue);
    await inbox.next();
    await inbox.next();
    await channel.recover();
    const again = [await inbox.next(), await inbox.next()];
    expect(again.map(({ content, fields }) => [content.toString(), fields.redelivered])).toEqual([
      ["1", true],
      ["2", true],
    ]);
  });
});
