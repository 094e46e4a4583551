/** A deadline holds whatever the garbage collector does meanwhile. */
import { getEventListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pause, within } from "../src/index.js";
import { type Peer, startPeer } from "./support/peer.js";

let peer: Peer;
beforeAll(async () => {
  peer = await startPeer(Array.from({ length: 30 }, () => ({ fault: "silence" })));
});
afterAll(() => peer.close());

const ask = (signal: AbortSignal) => fetch(peer.url, { method: "POST", body: "?", signal });

test("what takes longer than its deadline ends, though garbage is collected meanwhile", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const collecting = setInterval(collect, 20);
  const asked = await Promise.allSettled(
    Array.from({ length: 20 }, () => within(300, new AbortController().signal, ask)),
  );
  clearInterval(collecting);
  expect(asked.map((one) => one.status === "rejected" && one.reason.name)).toEqual(
    Array(20).fill("TimeoutError"),
  );
});

test("a signal that outlives many calls keeps nothing of them", async () => {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  const { signal } = new AbortController();
  const CALLS = 50_000;
  const kept = async (calls: number) => {
    for (let n = 0; n < calls; n++) await within(60_000, signal, async () => undefined);
    // What is only weakly held goes with the end of the turn.
    await new Promise(setImmediate);
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = await kept(CALLS);
  expect((await kept(CALLS)) - before).toBeLessThan(CALLS * 16);
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("what is told to stop before it begins, or meanwhile, ends with the reason that it was told", async () => {
  const stop = new AbortController();
  const asked = within(60_000, stop.signal, ask);
  stop.abort(new Error("told to stop"));
  await expect(asked).rejects.toThrow("told to stop");
  await expect(within(60_000, stop.signal, ask)).rejects.toThrow("told to stop");
});

test("what is done in time is what was made of it", async () => {
  await expect(
    within(60_000, new AbortController().signal, () => pause(1, AbortSignal.abort("no"))),
  ).rejects.toBe("no");
  await expect(within(60_000, new AbortController().signal, async () => 7)).resolves.toBe(7);
});
