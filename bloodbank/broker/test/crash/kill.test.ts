import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import amqp from "amqplib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../conformance/client.js";
import { Victim } from "./victim.js";

const MOMENTS = process.env.TEST_FULL ? 200 : 6;

/** What publisher and consumer know for certain. */
interface Ledger {
  published: number;
  readonly confirmed: Set<number>;
  readonly acked: Set<number>;
}

const QUEUES = ["left", "right"] as const;

/** Publishes numbered messages to an exchange with two queues and consumes one of them, until the connection breaks. */
async function load(url: string, ledger: Ledger): Promise<void> {
  const connection = await amqp.connect(url);
  const over = new Promise<void>((resolve) => connection.once("close", () => resolve()));
  connection.on("error", () => undefined);
  const channel = await connection.createConfirmChannel();
  channel.on("error", () => undefined);
  await channel.prefetch(50);
  await channel.consume("right", (message) => {
    if (message === null) return;
    ledger.acked.add(numberIn(message.content));
    channel.ack(message);
  });
  let open = true;
  let answered = ledger.published;
  void over.then(() => {
    open = false;
  });
  while (open) {
    for (let i = 0; i < 100; i++) {
      const number = ledger.published++;
      channel.publish("both", "", bodyFor(number), { persistent: true }, (error) => {
        answered++;
        if (!error) ledger.confirmed.add(number);
      });
    }
    await new Promise((resolve) => setImmediate(resolve));
    while (open && ledger.published - answered > 1000) await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A number, and enough after it to see that nothing was cut or mixed up. */
function bodyFor(number: number): Buffer {
  return Buffer.from(`${number}:`.padEnd(20 + (number % 700), String(number % 10)));
}

function numberIn(body: Buffer): number {
  return Number.parseInt(body.toString("latin1"), 10);
}

describe("kill -9 under load", () => {
  let dataDir: string;
  let victim: Victim | undefined;
  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), "bloodbank-kill-"));
  });
  afterEach(async () => {
    await victim?.kill();
    rmSync(dataDir, { recursive: true });
  });

  it(`loses no confirmed message, damages none and keeps their order, at ${MOMENTS} random moments`, {
    timeout: MOMENTS * 100_000,
  }, async () => {
    const ledger: Ledger = { published: 0, confirmed: new Set(), acked: new Set() };
    const seen: Record<string, Set<number>> = { left: new Set(), right: new Set() };
    for (let moment = 0; moment < MOMENTS; moment++) {
      victim = await Victim.start(dataDir);
      if (moment === 0) await declare(victim.url);
      // Ends with an error wherever the kill found it, also in the middle of connecting.
      const loaded = load(victim.url, ledger).catch(() => undefined);
      const before = ledger.confirmed.size;
      await until(() => ledger.confirmed.size > before);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 300));
      await victim.kill();
      await loaded;

      victim = await Victim.start(dataDir);
      const connection = await amqp.connect(victim.url);
      const channel = await connection.createChannel();
      for (const queue of QUEUES) {
        const bodies = await takeAll(channel, queue);
        const numbers = bodies.map((body) => Number.parseInt(body, 10));
        for (const [i, body] of bodies.entries()) expect(body).toBe(bodyFor(numbers[i]!).toString());
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
        expect(new Set(numbers).size).toBe(numbers.length);
        for (const number of numbers) seen[queue]!.add(number);
      }
      await connection.close();
      await victim.kill();
      victim = undefined;
    }
    expect([...ledger.confirmed].filter((number) => !seen.left!.has(number))).toEqual([]);
    expect([...ledger.confirmed].filter((n) => !seen.right!.has(n) && !ledger.acked.has(n))).toEqual([]);
    expect(ledger.confirmed.size).toBeGreaterThan(0);
  });
});

async function takeAll(channel: amqp.Channel, queue: string): Promise<string[]> {
  const { messageCount } = await channel.checkQueue(queue);
  const bodies: string[] = [];
  const { consumerTag } = await channel.consume(queue, (message) => bodies.push(String(message?.content)), {
    noAck: true,
  });
  await until(() => bodies.length >= messageCount);
  await channel.cancel(consumerTag);
  return bodies;
}

async function declare(url: string): Promise<void> {
  const connection = await amqp.connect(url);
  const channel = await connection.createChannel();
  await channel.assertExchange("both", "fanout", { durable: true });
  for (const queue of QUEUES) {
    await channel.assertQueue(queue, { durable: true });
    await channel.bindQueue(queue, "both", "");
  }
  await connection.close();
}
