import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Admit, type Broker, startBroker } from "../../src/index.js";
import { Client, drain, sendTo } from "../conformance/client.js";

const judged: string[] = [];
const admit: Admit = ({ routingKey, body, client, properties }) => {
  judged.push(`${client.user}:${routingKey}:${properties().contentType ?? ""}`);
  const text = Buffer.from(body).toString();
  if (text === "bad") return { action: "refuse", reason: "it is bad", headers: { "x-pointers": "/payload" } };
  if (text === "very bad") return { action: "refuse", reason: "é".repeat(300) };
  return text === "doubtful" ? { action: "divert", reason: "who knows" } : true;
};

describe("admission", () => {
  let dataDir: string;
  let broker: Broker;
  let client: Client;
  beforeEach(async () => {
    judged.length = 0;
    dataDir = mkdtempSync(path.join(tmpdir(), "bloodbank-admission-"));
    broker = await startBroker({
      dataDir,
      port: 0,
      admit,
      guarded: ["guarded"],
      quarantineQueue: "quarantine",
      quarantineLimit: 3,
    });
    client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
  });
  afterEach(async () => {
    await client.close();
    await broker.close();
    rmSync(dataDir, { recursive: true });
  });

  async function guarded() {
    const channel = await client.confirmChannel();
    await channel.assertExchange("guarded", "topic");
    await channel.assertExchange("open", "topic");
    await channel.assertQueue("bound");
    for (const exchange of ["guarded", "open"]) await channel.bindQueue("bound", exchange, "#");
    return channel;
  }

  it("nacks what is refused, and the next good one is confirmed", async () => {
    const channel = await guarded();
    await expect(sendTo(channel, "guarded", "k", "bad")).rejects.toThrow();
    await sendTo(channel, "guarded", "k", "good");
    expect(await drain(channel, "bound")).toEqual(["good"]);
  });

  it("sends no return with the nack, also where returns were asked for", async () => {
    const channel = await guarded();
    const returned: unknown[] = [];
    channel.on("return", (message) => returned.push(message));
    await expect(sendTo(channel, "guarded", "k", "bad", { mandatory: true })).rejects.toThrow();
    await sendTo(channel, "guarded", "k", "good");
    expect(returned).toEqual([]);
  });

  it("returns a mandatory publish without confirms, with 406 and the reason", async () => {
    await guarded();
    const channel = await client.channel();
    const returned = new Promise<{ fields: object }>((resolve) => channel.on("return", resolve));
    channel.publish("guarded", "k", Buffer.from("bad"), { mandatory: true });
    expect((await returned).fields).toMatchObject({
      replyCode: 406,
      replyText: "PRECONDITION_FAILED - it is bad",
      exchange: "guarded",
      routingKey: "k",
    });
  });

  it("cuts a long reason between two characters: clients read it as UTF-8", async () => {
    await guarded();
    const channel = await client.channel();
    const returned = new Promise<{ fields: { replyText: string } }>((resolve) =>
      channel.on("return", resolve as (message: object) => void),
    );
    channel.publish("guarded", "k", Buffer.from("very bad"), { mandatory: true });
    const { replyText } = (await returned).fields;
    expect(replyText).toMatch(/^PRECONDITION_FAILED - é+\.\.\.$/);
    expect(Buffer.byteLength(replyText)).toBeLessThanOrEqual(255);
  });

  it("keeps a copy with the reasons in the quarantine", async () => {
    const channel = await guarded();
    await expect(
      sendTo(channel, "guarded", "k", "bad", { headers: { own: 1 }, expiration: "1" }),
    ).rejects.toThrow();
    const copy = await channel.get("quarantine", { noAck: true });
    expect((copy || undefined)?.content.toString()).toBe("bad");
    expect((copy || undefined)?.properties.headers).toMatchObject({
      own: 1,
      "x-reason": "it is bad",
      "x-exchange": "guarded",
      "x-routing-key": "k",
      "x-pointers": "/payload",
      "x-client": expect.stringContaining("guest@127.0.0.1"),
      "x-refused-at": expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it("confirms what is diverted, and gives it to the quarantine alone", async () => {
    const channel = await guarded();
    await sendTo(channel, "guarded", "k", "doubtful");
    expect(await drain(channel, "bound")).toEqual([]);
    expect(await drain(channel, "quarantine")).toEqual(["doubtful"]);
  });

  it("bounds the quarantine by dropping the oldest", async () => {
    const channel = await guarded();
    for (let i = 0; i < 5; i++) await sendTo(channel, "guarded", String(i), "doubtful");
    const keys: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      const copy = await channel.get("quarantine", { noAck: true });
      keys.push((copy || undefined)?.properties.headers?.["x-routing-key"]);
    }
    expect(keys).toEqual(["2", "3", "4", undefined]);
  });

  it("is asked for guarded exchanges alone", async () => {
    const channel = await guarded();
    await sendTo(channel, "open", "k", "bad");
    await sendTo(channel, "guarded", "k", "good", { contentType: "text/plain" });
    expect(judged).toEqual(["guest:k:text/plain"]);
  });
});
