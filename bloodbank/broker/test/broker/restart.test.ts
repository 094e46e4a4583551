import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { GetMessage } from "amqplib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Broker, type BrokerOptions, type Clock, startBroker } from "../../src/index.js";
import { Client, drain, refusal, send, sendTo, until } from "../conformance/client.js";

/** Time that stands still until a test moves it. */
class ManualClock implements Clock {
  #now = 1_700_000_000_000;
  #timers: { readonly at: number; readonly callback: () => void }[] = [];
  now(): number {
    return this.#now;
  }
  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + ms, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }
  advance(ms: number): void {
    this.#now += ms;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { callback } of due) callback();
  }
}

describe("a broker's data directory", () => {
  let dataDir: string;
  let broker: Broker;
  let client: Client;
  beforeEach(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), "bloodbank-restart-"));
    await start();
  });
  afterEach(async () => {
    await stop();
    rmSync(dataDir, { recursive: true });
  });

  async function start(options: Partial<BrokerOptions> = {}): Promise<void> {
    broker = await startBroker({ dataDir, port: 0, ...options });
    client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
  }
  async function stop(): Promise<void> {
    await client.close();
    await broker.close();
  }

  it.runIf(process.platform === "linux")("is refused at once where the kernel makes no folders", async () => {
    await expect(startBroker({ dataDir: "/proc/bloodbank/data", port: 0 })).rejects.toThrow("ENOENT");
  });

  it("keeps a dead letter whose routing key is longer than any can be", async () => {
    const channel = await client.confirmChannel();
    await channel.assertExchange("graves", "topic");
    await channel.assertQueue("dead");
    await channel.bindQueue("dead", "graves", "#");
    const key = "ö".repeat(450);
    await channel.assertQueue("dying", { deadLetterExchange: "graves", deadLetterRoutingKey: key });
    for (const body of ["1", "2"]) {
      await send(channel, "dying", body, { headers: { kept: true } });
      const got = await channel.get("dying");
      if (got !== false) channel.reject(got, false);
      await until(async () => (await channel.checkQueue("dead")).messageCount > 0);
      if (body === "1") {
        const letter = (await channel.get("dead", { noAck: true })) as GetMessage;
        expect([
          letter.content.toString(),
          letter.fields.routingKey,
          letter.properties.headers?.kept,
        ]).toEqual(["1", "ö".repeat(127), true]);
      }
    }
    await stop();
    const notes: string[] = [];
    await start({ log: (level, text) => void (level === "error" && notes.push(text)) });
    expect(await drain(await client.channel(), "dead")).toEqual(["2"]);
    expect(notes).toEqual([]);
  });

  it("brings back what is durable, and nothing else", async () => {
    const channel = await client.confirmChannel();
    await channel.assertExchange("kept", "topic", { durable: true });
    await channel.assertExchange("gone", "topic", { durable: false });
    await channel.assertQueue("kept", { durable: true, maxLength: 10 });
    await channel.assertQueue("gone", { durable: false });
    await channel.bindQueue("kept", "kept", "a.#");
    await sendTo(channel, "kept", "a.b", "persistent", { headers: { trace: "1" } });
    await sendTo(channel, "kept", "a.b", "transient", { persistent: false });
    await stop();
    await start();
    const after = await client.confirmChannel();
    await after.assertQueue("kept", { durable: true, maxLength: 10 });
    const got = await after.get("kept", { noAck: true });
    if (!got) throw new Error("nothing was brought back");
    expect([got.content.toString(), got.fields.routingKey, got.properties.headers]).toEqual([
      "persistent",
      "a.b",
      { trace: "1" },
    ]);
    expect(await drain(after, "kept")).toEqual([]);
    await sendTo(after, "kept", "a.c", "by its binding");
    expect(await drain(after, "kept")).toEqual(["by its binding"]);
    expect(await refusal((c) => c.checkQueue("gone"), client)).toMatch(/NOT_FOUND/);
    expect(await refusal((c) => c.checkExchange("gone"), client)).toMatch(/NOT_FOUND/);
  });

  it("remembers what was delivered and not settled: it comes again, marked redelivered", async () => {
    const channel = await client.confirmChannel();
    await channel.assertQueue("marks");
    for (const body of ["settled", "delivered", "untouched"]) await send(channel, "marks", body);
    const first = await channel.get("marks");
    await channel.get("marks");
    if (first) channel.ack(first);
    await channel.checkQueue("marks"); // amqplib's close can overtake its acks
    await stop();
    await start();
    const after = await client.channel();
    const again = [await after.get("marks"), await after.get("marks")];
    expect(again.map((got) => got && [got.content.toString(), got.fields.redelivered])).toEqual([
      ["delivered", true],
      ["untouched", false],
    ]);
  });

  it("gives a deleted queue's messages to no later queue of that name", async () => {
    const channel = await client.confirmChannel();
    await channel.assertQueue("again");
    await send(channel, "again", "old");
    await channel.deleteQueue("again");
    await channel.assertQueue("again");
    await stop();
    await start();
    expect(await drain(await client.channel(), "again")).toEqual([]);
  });

  describe("whose metadata is damaged", () => {
    const journal = () => path.join(dataDir, "metadata.journal");
    const reports: string[] = [];
    const again = () => start({ log: (level, message) => void (level === "error" && reports.push(message)) });
    beforeEach(async () => {
      reports.length = 0;
      const channel = await client.confirmChannel();
      for (const queue of ["first", "second"]) {
        await channel.assertQueue(queue, { durable: true });
        await send(channel, queue, `of the ${queue}`);
        await send(channel, queue, `of the ${queue}, too`);
      }
      channel.ack((await channel.get("second")) as never);
      await channel.checkQueue("second");
      await stop();
    });

    it("keeps the messages of a queue whose entry is lost, in one that stands in for it, and says so", async () => {
      const lines = readFileSync(journal(), "utf8").split("\n");
      const damaged = lines.map((line) =>
        line.includes("second") ? line.replace("second", "sxcond") : line,
      );
      writeFileSync(journal(), damaged.join("\n"));
      await again();
      expect(reports.join("\n")).toMatch(/the entry at offset \d+ is damaged.*'recovered\.2' in vhost '\/'/s);
      const channel = await client.confirmChannel();
      expect(await drain(channel, "first")).toEqual(["of the first", "of the first, too"]);
      expect(await drain(channel, "recovered.2")).toEqual(["of the second, too"]);
      await stop();
      reports.length = 0;
      await again();
      expect(reports).toEqual([]);
    });

    it("is no new one when they are missing, and gives no queue the messages of another", async () => {
      rmSync(journal());
      await again();
      expect(reports[0]).toContain("the metadata is missing, although there is a log");
      const channel = await client.confirmChannel();
      await channel.assertQueue("third", { durable: true });
      await send(channel, "third", "of the third");
      await stop();
      await start();
      const later = await client.confirmChannel();
      expect(await drain(later, "third")).toEqual(["of the third"]);
      expect(await drain(later, "recovered.1")).toEqual(["of the first", "of the first, too"]);
      expect(await drain(later, "recovered.2")).toEqual(["of the second, too"]);
    });
  });

  it("remembers when a message arrived: its time to live goes on while the broker is down", async () => {
    await stop();
    const clock = new ManualClock();
    await start({ clock });
    const channel = await client.confirmChannel();
    await channel.assertQueue("ttl", { messageTtl: 60_000 });
    await send(channel, "ttl", "x");
    await send(channel, "ttl", "y");
    clock.advance(30_000);
    expect((await channel.checkQueue("ttl")).messageCount).toBe(2);
    await stop();
    clock.advance(40_000);
    await start({ clock });
    const after = await client.channel();
    expect(await drain(after, "ttl")).toEqual([]);
  });

  it("keeps priorities across a restart", async () => {
    const channel = await client.confirmChannel();
    await channel.assertQueue("priority", { maxPriority: 3 });
    await send(channel, "priority", "low", { priority: 0 });
    await send(channel, "priority", "high", { priority: 3 });
    await stop();
    await start();
    expect(await drain(await client.channel(), "priority")).toEqual(["high", "low"]);
  });

  it("is refused to a second broker, by name and with what to do", async () => {
    await expect(startBroker({ dataDir, port: 0 })).rejects.toMatchObject({
      code: "DATA_DIR_IN_USE",
      message: expect.stringContaining(dataDir),
    });
  });

  it("is free again after a start that failed because of its port", async () => {
    const other = mkdtempSync(path.join(tmpdir(), "bloodbank-restart-"));
    const again = { dataDir: other, port: broker.port };
    await expect(startBroker(again)).rejects.toMatchObject({ code: "PORT_IN_USE" });
    const free = await startBroker({ dataDir: other, port: 0 });
    await free.close();
    rmSync(other, { recursive: true });
  });
});
