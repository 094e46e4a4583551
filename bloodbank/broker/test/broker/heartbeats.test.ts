/** Clients that are there although nothing of them was read for a while, and one that is not any more. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RunningBroker } from "../../src/broker.js";
import { HEARTBEAT_FRAME } from "../../src/wire/index.js";
import { until } from "../conformance/client.js";
import { FrailFiles } from "../disk/frail-files.js";
import { method, RawClient } from "../hostile/raw-client.js";

describe("a broker whose process stood still for longer than its clients' heartbeats", () => {
  let broker: RunningBroker;
  const reported: string[] = [];
  beforeEach(async () => {
    reported.length = 0;
    const log = (_level: string, message: string) => void reported.push(message);
    broker = new RunningBroker({ dataDir: "/data", port: 0, log }, new FrailFiles());
    await broker.listen();
  });
  afterEach(() => broker.close());

  it("reads what they sent meanwhile before it gives them up", async () => {
    const client = await RawClient.tuned(broker.port, { channelMax: 0, frameMax: 0, heartbeat: 1 });
    await client.until(10, 41);
    client.send(HEARTBEAT_FRAME);
    // As a process that was stopped, or a machine that was busy: no timer runs, and nothing is read.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_500);
    client.send(method(1, "channel.open", {}));
    await client.until(20, 11);
    expect(client.count(20, 11)).toBe(1);
    expect(reported).toEqual([]);
    await client.end();
  });
});

describe("a client that is refused before it is connected", () => {
  it("leaves no timer behind that a process would wait for", async () => {
    const broker = new RunningBroker({ dataDir: "/data", port: 0 }, new FrailFiles());
    await broker.listen();
    const set = vi.spyOn(globalThis, "setTimeout");
    const cleared = vi.spyOn(globalThis, "clearTimeout");
    const client = await RawClient.tuned(broker.port, { channelMax: 65_535, frameMax: 0, heartbeat: 0 });
    await client.until(10, 50);
    expect(client.farewell).toContain("channel_max");
    await client.end();
    await until(() => broker.connections.size === 0);
    const patient = set.mock.results.filter((_, i) => (set.mock.calls[i]?.[1] ?? 0) > 1_000);
    expect(patient.length).toBeGreaterThan(1);
    for (const { value } of patient) expect(cleared.mock.calls).toContainEqual([value]);
    vi.restoreAllMocks();
    await broker.close();
  });
});
