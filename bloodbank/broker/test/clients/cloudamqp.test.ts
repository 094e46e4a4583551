/** @cloudamqp/amqp-client, the one our own publisher stands on. */
import { AMQPClient, type AMQPMessage } from "@cloudamqp/amqp-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lab, largeBody, until } from "./lab.js";

describe("@cloudamqp/amqp-client", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab.close());

  async function connected<T>(use: (client: AMQPClient) => Promise<T>): Promise<T> {
    const client = new AMQPClient(lab.url);
    await client.connect();
    try {
      return await use(client);
    } finally {
      await client.close();
    }
  }

  it("publishes with confirms and hears of what cannot be routed", () =>
    connected(async (client) => {
      const channel = await client.channel();
      await channel.confirmSelect();
      const returned: number[] = [];
      channel.onReturn = (message) => void returned.push(message.replyCode ?? 0);
      await channel.queueDeclare("c.confirmed", { durable: true });
      await Promise.all(
        Array.from({ length: 1000 }, (_, i) =>
          channel.basicPublish("", "c.confirmed", String(i), { deliveryMode: 2 }),
        ),
      );
      await channel.basicPublish("", "c.nowhere", "x", {}, true);
      expect((await channel.queueDeclare("c.confirmed", { passive: true })).messageCount).toBe(1000);
      expect(returned).toEqual([312]);
    }));

  it("hears of every publish beside others that are refused", () =>
    connected(async (client) => {
      const channel = await client.channel();
      await channel.confirmSelect();
      await channel.queueDeclare("c.beside", { durable: true });
      await channel.queueDeclare(
        "c.full",
        { durable: true },
        { "x-max-length": 0, "x-overflow": "reject-publish" },
      );
      const queues = ["c.beside", "c.full", "c.full", "c.beside", "c.full"];
      const heard = await Promise.allSettled(
        queues.map((queue) => channel.basicPublish("", queue, "x", { deliveryMode: 2 })),
      );
      expect(heard.map(({ status }) => status)).toEqual(
        queues.map((queue) => (queue === "c.full" ? "rejected" : "fulfilled")),
      );
    }));

  it("consumes with a prefetch, nacks, requeues and dead-letters", () =>
    connected(async (client) => {
      const channel = await client.channel();
      await channel.confirmSelect();
      await channel.queueDeclare("c.dead", { durable: true });
      await channel.queueDeclare(
        "c.work",
        { durable: true },
        { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "c.dead" },
      );
      for (const body of ["ack", "again", "die"]) await channel.basicPublish("", "c.work", body);
      await channel.basicQos(1);
      const seen: string[] = [];
      await channel.basicConsume("c.work", { noAck: false }, (message: AMQPMessage) => {
        const body = message.bodyString();
        seen.push(`${body}${message.redelivered ? "*" : ""}`);
        if (body === "ack" || message.redelivered) void message.ack();
        else void message.nack(body === "again");
      });
      await until(async () => (await channel.queueDeclare("c.dead", { passive: true })).messageCount === 1);
      expect(seen).toEqual(["ack", "again", "again*", "die"]);
      const dead = await channel.basicGet("c.dead", { noAck: true });
      expect(dead?.properties.headers?.["x-death"]).toMatchObject([{ queue: "c.work", reason: "rejected" }]);
    }));

  it("carries 16 MiB at once", () =>
    connected(async (client) => {
      const channel = await client.channel();
      await channel.confirmSelect();
      await channel.queueDeclare("c.large", { durable: true });
      const body = largeBody();
      await channel.basicPublish("", "c.large", body, { deliveryMode: 2 });
      const got = await channel.basicGet("c.large", { noAck: true });
      expect(Buffer.from(got?.body ?? []).equals(body)).toBe(true);
    }));

  it("works on many channels of one connection", () =>
    connected(async (client) => {
      const channels = await Promise.all(Array.from({ length: 200 }, () => client.channel()));
      await channels[0]?.queueDeclare("c.many", { durable: true });
      await Promise.all(
        channels.map(async (channel) => {
          await channel.confirmSelect();
          await channel.basicPublish("", "c.many", "x");
        }),
      );
      expect((await channels[7]?.queueDeclare("c.many", { passive: true }))?.messageCount).toBe(200);
    }));

  it("is told when its queue goes", () =>
    connected(async (client) => {
      const channel = await client.channel();
      await channel.queueDeclare("c.doomed", { durable: true });
      const consumer = await channel.basicConsume("c.doomed", { noAck: true }, () => undefined);
      const ended = consumer.wait().then(
        () => "ended",
        (error: Error) => error.message,
      );
      await channel.queueDelete("c.doomed");
      expect(await ended).toMatch(/cancel/i);
    }));

  it("finds everything confirmed when it comes back after a restart", async () => {
    const before = new AMQPClient(lab.url);
    before.onerror = () => undefined;
    await before.connect();
    const channel = await before.channel();
    await channel.confirmSelect();
    await channel.queueDeclare("c.kept", { durable: true });
    for (let i = 0; i < 100; i++) await channel.basicPublish("", "c.kept", String(i), { deliveryMode: 2 });
    await lab.restart();
    await until(() => before.closed);
    await connected(async (client) => {
      const again = await client.channel();
      for (let i = 0; i < 100; i++)
        expect((await again.basicGet("c.kept", { noAck: true }))?.bodyString()).toBe(String(i));
    });
  });
});
