/** amqplib as people use it: confirms, returns, prefetch, dead letters, large bodies, many channels, cancels, restarts. */
import amqplib, { type ConsumeMessage } from "amqplib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Lab, largeBody, until } from "./lab.js";

describe("amqplib", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await Lab.open();
  });
  afterAll(() => lab.close());

  async function connected<T>(use: (connection: amqplib.ChannelModel) => Promise<T>): Promise<T> {
    const connection = await amqplib.connect(lab.url);
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  }

  it("publishes with confirms and hears of what cannot be routed", () =>
    connected(async (connection) => {
      const channel = await connection.createConfirmChannel();
      await channel.assertQueue("a.confirmed");
      const returned: Buffer[] = [];
      channel.on("return", (message) => returned.push(message.content));
      for (let i = 0; i < 1000; i++)
        channel.sendToQueue("a.confirmed", Buffer.from(String(i)), { persistent: true });
      channel.publish("", "a.nowhere", Buffer.from("x"), { mandatory: true });
      await channel.waitForConfirms();
      expect((await channel.checkQueue("a.confirmed")).messageCount).toBe(1000);
      expect(returned.map(String)).toEqual(["x"]);
    }));

  it("consumes with a prefetch, nacks, requeues and dead-letters", () =>
    connected(async (connection) => {
      const channel = await connection.createConfirmChannel();
      await channel.assertQueue("a.dead");
      await channel.assertQueue("a.work", { deadLetterExchange: "", deadLetterRoutingKey: "a.dead" });
      for (const body of ["ack", "again", "die"]) channel.sendToQueue("a.work", Buffer.from(body));
      await channel.waitForConfirms();
      await channel.prefetch(1);
      const seen: string[] = [];
      await channel.consume("a.work", (message) => {
        const { content, fields } = message as ConsumeMessage;
        seen.push(`${content}${fields.redelivered ? "*" : ""}`);
        if (content.toString() === "ack" || fields.redelivered) channel.ack(message as ConsumeMessage);
        else channel.nack(message as ConsumeMessage, false, content.toString() === "again");
      });
      await until(async () => seen.length === 4 && (await channel.checkQueue("a.dead")).messageCount === 1);
      expect(seen).toEqual(["ack", "again", "again*", "die"]);
      const dead = await channel.get("a.dead", { noAck: true });
      expect((dead || undefined)?.properties.headers?.["x-death"]).toMatchObject([
        { queue: "a.work", reason: "rejected", count: 1 },
      ]);
    }));

  it("carries 16 MiB at once", () =>
    connected(async (connection) => {
      const channel = await connection.createConfirmChannel();
      await channel.assertQueue("a.large");
      const body = largeBody();
      channel.sendToQueue("a.large", body, { persistent: true });
      await channel.waitForConfirms();
      const got = await channel.get("a.large", { noAck: true });
      expect((got || undefined)?.content.equals(body)).toBe(true);
    }));

  it("works on hundreds of channels of one connection", () =>
    connected(async (connection) => {
      const channels = await Promise.all(
        Array.from({ length: 300 }, () => connection.createConfirmChannel()),
      );
      await channels[0]?.assertQueue("a.many");
      for (const channel of channels) channel.sendToQueue("a.many", Buffer.from("x"));
      await Promise.all(channels.map((channel) => channel.waitForConfirms()));
      expect((await channels[7]?.checkQueue("a.many"))?.messageCount).toBe(300);
    }));

  it("is told when its queue goes", () =>
    connected(async (connection) => {
      const channel = await connection.createChannel();
      await channel.assertQueue("a.doomed");
      const cancelled = new Promise((resolve) => channel.consume("a.doomed", resolve));
      await channel.checkQueue("a.doomed");
      await channel.deleteQueue("a.doomed");
      expect(await cancelled).toBeNull();
    }));

  it("finds everything confirmed when it comes back after a restart", async () => {
    const connection = await amqplib.connect(lab.url);
    const closed = new Promise((resolve) => connection.once("close", resolve));
    connection.on("error", () => undefined);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue("a.kept");
    for (let i = 0; i < 100; i++) channel.sendToQueue("a.kept", Buffer.from(String(i)), { persistent: true });
    await channel.waitForConfirms();
    await lab.restart();
    await closed;
    await connected(async (again) => {
      const reader = await again.createChannel();
      for (let i = 0; i < 100; i++) {
        const got = await reader.get("a.kept", { noAck: true });
        expect((got || undefined)?.content.toString()).toBe(String(i));
      }
    });
  });
});
