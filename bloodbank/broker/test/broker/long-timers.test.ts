/** What is to happen in a month or more is waited for in steps: a timer of Node's that is set for longer fires at once. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Broker, type Clock, startBroker } from "../../src/index.js";
import { Client, until } from "../conformance/client.js";

const DAY = 86_400_000;
const LONGEST_OF_NODE = 2 ** 31 - 1;

describe("a queue that expires after sixty days without use", () => {
  let dataDir: string;
  let broker: Broker;
  let client: Client;
  let now = 1_700_000_000_000;
  let timers: { readonly at: number; readonly callback: () => void }[] = [];
  const waits: number[] = [];
  const clock: Clock = {
    now: () => now,
    after(ms, callback) {
      waits.push(ms);
      const timer = { at: now + ms, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  };
  const pass = (ms: number): void => {
    now += ms;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { callback } of due) callback();
  };
  beforeEach(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), "bloodbank-timers-"));
    broker = await startBroker({ dataDir, port: 0, clock });
    client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
  });
  afterEach(async () => {
    await client.close();
    await broker.close();
    rmSync(dataDir, { recursive: true });
  });

  it("is there until then, and sets no timer that Node cannot", async () => {
    const channel = await client.channel();
    await channel.assertQueue("seldom", { expires: 60 * DAY });
    for (let days = 0; days < 59; days++) pass(DAY);
    expect(broker.stats().queues).toBe(1);
    expect(waits.length).toBeGreaterThan(1);
    expect(Math.max(...waits)).toBeLessThanOrEqual(LONGEST_OF_NODE);
    for (let days = 0; days < 2; days++) pass(DAY);
    await until(() => broker.stats().queues === 0);
  });
});
