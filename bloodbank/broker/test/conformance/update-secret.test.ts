/**
 * `connection.update-secret` is for secrets that expire (OAuth tokens). RabbitMQ's internal database of users has
 * none: it asks nobody, whatever the secret is, and the connection goes on as the user that it was opened by.
 */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { method, RawClient } from "../hostile/raw-client.js";
import { engines } from "./engine.js";

const declare = method(1, "queue.declare", {
  passive: false,
  durable: false,
  exclusive: true,
  autoDelete: false,
  noWait: false,
  queue: "",
  arguments: new Map(),
});

describe.each(engines)("a new secret on $name", (engine) => {
  let running: Awaited<ReturnType<typeof engine.start>>;
  beforeAll(async () => {
    running = await engine.start();
  });
  afterAll(() => running.stop());

  it.each([
    ["the user's password", "guest"],
    ["a password that is not the user's", "wrong"],
    ["nothing at all", ""],
  ])("is taken, and the connection goes on, where it is %s", async (_what, secret) => {
    const client = await RawClient.open(running.url);
    client.send(method(0, "connection.update-secret", { newSecret: Buffer.from(secret), reason: "expired" }));
    await client.until(10, 71);
    client.send(declare);
    await client.until(50, 11);
    expect([client.count(10, 71), client.count(50, 11), client.farewell]).toEqual([1, 1, ""]);
    await client.end();
  });

  it("does not change who may log in", async () => {
    const client = await RawClient.open(running.url);
    client.send(method(0, "connection.update-secret", { newSecret: Buffer.from("other"), reason: "test" }));
    await client.until(10, 71);
    await client.end();
    const again = await RawClient.open(running.url);
    expect(again.count(20, 11)).toBe(1);
    await again.end();
  });
});
