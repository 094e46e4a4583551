/** rabbitmq-client as people use it; reconnecting is its own business, and must find everything as it was. */
import { Connection } from "rabbitmq-client";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Lab, largeBody, until } from "./lab.js";

describe("rabbitmq-client", () => {
  let lab: Lab;
  let connection: Connection;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab.close());
  beforeEach(async () => {
    connection = new Connection({ url: lab.url, retryLow: 50, retryHigh: 200 });
    connection.on("error", () => undefined);
    await connection.onConnect();
  });
  afterEach(() => connection.close());

  it("publishes with confirms and hears of what cannot be routed", async () => {
    await connection.queueDeclare({ queue: "r.confirmed", durable: true });
    const publisher = connection.createPublisher({ confirm: true, maxAttempts: 1 });
    const returned: number[] = [];
    publisher.on("basic.return", ({ replyCode }) => returned.push(replyCode));
    await Promise.all(Array.from({ length: 1000 }, (_, i) => publisher.send("r.confirmed", { i })));
    await publisher.send({ routingKey: "r.nowhere", mandatory: true }, "x");
    expect((await connection.queueDeclare({ queue: "r.confirmed", passive: true })).messageCount).toBe(1000);
    expect(returned).toEqual([312]);
    await publisher.close();
  });

  it("consumes with a prefetch; what a handler refuses is requeued or dead-lettered", async () => {
    await connection.queueDeclare({ queue: "r.dead" });
    const seen: string[] = [];
    const consumer = connection.createConsumer(
      {
        queue: "r.work",
        queueOptions: { arguments: { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "r.dead" } },
        qos: { prefetchCount: 1 },
        requeue: false,
      },
      async ({ body, redelivered }) => {
        seen.push(`${body}${redelivered ? "*" : ""}`);
        if (body === "again" && !redelivered) return 1;
        if (body === "die") throw new Error("no");
        return 0;
      },
    );
    consumer.on("error", () => undefined);
    const publisher = connection.createPublisher({ confirm: true });
    await new Promise((resolve) => consumer.once("ready", resolve));
    for (const body of ["ack", "again", "die"]) await publisher.send("r.work", body);
    await until(
      async () => (await connection.queueDeclare({ queue: "r.dead", passive: true })).messageCount === 1,
    );
    expect(seen).toEqual(["ack", "again", "again*", "die"]);
    const dead = await connection.basicGet({ queue: "r.dead", noAck: true });
    expect(dead?.headers?.["x-death"]).toMatchObject([{ queue: "r.work", reason: "rejected" }]);
    await consumer.close();
    await publisher.close();
  });

  it("carries 16 MiB at once", async () => {
    await connection.queueDeclare({ queue: "r.large", durable: true });
    const publisher = connection.createPublisher({ confirm: true });
    const body = largeBody();
    await publisher.send({ routingKey: "r.large", durable: true }, body);
    const got = await connection.basicGet({ queue: "r.large", noAck: true });
    expect(body.equals(got?.body)).toBe(true);
    await publisher.close();
  });

  it("works on many channels of one connection", async () => {
    await connection.queueDeclare({ queue: "r.many" });
    const channels = await Promise.all(Array.from({ length: 200 }, () => connection.acquire()));
    await Promise.all(
      channels.map(async (channel) => {
        await channel.confirmSelect();
        await channel.basicPublish("r.many", "x");
      }),
    );
    expect((await connection.queueDeclare({ queue: "r.many", passive: true })).messageCount).toBe(200);
    await Promise.all(channels.map((channel) => channel.close()));
  });

  it("asks and is answered through direct reply-to", async () => {
    const server = connection.createConsumer(
      { queue: "r.rpc", queueOptions: { durable: false } },
      async ({ body }, reply) => reply(`${body}!`),
    );
    await new Promise((resolve) => server.once("ready", resolve));
    const client = connection.createRPCClient({ confirm: true });
    expect((await client.send("r.rpc", "hello")).body).toBe("hello!");
    await client.close();
    await server.close();
  });

  it("starts consuming anew when its queue goes", async () => {
    const got: string[] = [];
    const consumer = connection.createConsumer(
      { queue: "r.doomed", queueOptions: { durable: true } },
      async ({ body }) => void got.push(body),
    );
    consumer.on("error", () => undefined);
    await new Promise((resolve) => consumer.once("ready", resolve));
    const back = new Promise((resolve) => consumer.once("ready", resolve));
    await connection.queueDelete({ queue: "r.doomed" });
    await back;
    const publisher = connection.createPublisher({ confirm: true });
    await publisher.send("r.doomed", "after all");
    await until(() => got.length === 1);
    await consumer.close();
    await publisher.close();
  });

  it("goes on after a restart, with everything confirmed", async () => {
    await connection.queueDeclare({ queue: "r.kept", durable: true });
    const publisher = connection.createPublisher({ confirm: true, maxAttempts: 5 });
    for (let i = 0; i < 100; i++) await publisher.send({ routingKey: "r.kept", durable: true }, { i });
    await lab.restart();
    const seen: number[] = [];
    const consumer = connection.createConsumer(
      { queue: "r.kept", queueOptions: { durable: true }, qos: { prefetchCount: 10 } },
      async ({ body }) => void seen.push(body.i),
    );
    consumer.on("error", () => undefined);
    await until(() => seen.length === 100);
    expect(seen).toEqual(Array.from({ length: 100 }, (_, i) => i));
    await publisher.send({ routingKey: "r.kept", durable: true }, { i: 100 });
    await until(() => seen.length === 101);
    await consumer.close();
    await publisher.close();
  });
});
