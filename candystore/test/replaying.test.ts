import { Buffer } from "node:buffer";
import { declareQueues, QueueDepths, RawConsumer, type RawDelivery } from "@33god/bloodbank";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, type TestBus } from "../../bloodbank/client/test/support/engines.js";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { type EventStore, openStore, type ReplayRecord, type Replays, startReplays } from "../src/index.js";
import { Pace } from "../src/replay/pace.js";
import { delivery, many, type TestDelivery } from "./support/deliveries.js";
import { postgres, sqlite, type TestPlace } from "./support/engines.js";
import { type Publishing, publishing } from "./support/publishing.js";

for (const bus of engines)
  for (const engine of [sqlite, postgres])
    describe.skipIf(!bus.available || !engine.available)(
      `replaying from ${engine.name} over ${bus.name}`,
      () => {
        let place: TestPlace;
        let open: TestBus;
        let sender: Publishing;
        let store: EventStore;
        let replays: Replays;
        let number = 0;
        const day = Date.parse("2026-11-20T00:00:00Z");
        const stored: TestDelivery[] = [
          ...many(40, (i) => ({ at: day + i * 10, headers: { traceparent: "00-1", "x-death": [] } })),
          ...many(10, (i) => ({
            type: "llm.prompt",
            payload: { provider: "p", prompt: "q" },
            at: day + 400 + i,
          })),
          delivery({ payload: { artifact_type: 1 }, at: day + 500 }),
        ];

        beforeAll(async () => {
          open = await bus.open();
          place = await engine.place();
          store = await openStore(place.options);
          sender = await publishing(open.url);
          await store.append(stored);
          replays = await startReplays({ store, bus: { url: open.url } });
        });
        afterAll(async () => {
          await replays?.close();
          await store?.close();
          await sender?.close();
          await open?.close();
          await place?.remove();
        });

        /** A queue of its own, and what comes into it. */
        async function taker(bindings: readonly string[] = [], queue = `taker-${number++}`) {
          await declareQueues(sender.address, [{ queue, bindings }]);
          const got: RawDelivery[] = [];
          const reader = new RawConsumer(sender.address, {
            queue,
            onBatch: async (batch) => {
              got.push(...batch);
            },
          });
          await reader.start();
          return { queue, got, close: () => reader.close() };
        }
        /** As `taker`, one message after the other and no more than it is told to. */
        async function slowTaker() {
          const queue = `taker-${number++}`;
          await declareQueues(sender.address, [{ queue, bindings: [] }]);
          const got: RawDelivery[] = [];
          let most = 0;
          let goOn: () => void = () => undefined;
          const reader = new RawConsumer(sender.address, {
            queue,
            maxBatch: 1,
            prefetch: 1,
            onBatch: async (batch) => {
              while (got.length >= most)
                await new Promise<void>((resolve) => {
                  goOn = resolve;
                });
              got.push(...batch);
            },
          });
          await reader.start();
          return {
            queue,
            got,
            /** Resolves when it has so many in all. */
            async take(count: number) {
              most = count;
              goOn();
              await eventually(() => got.length === count, `${count} copies`);
            },
            close: () => reader.close(),
          };
        }
        const positions = (got: readonly RawDelivery[]) =>
          got.map(({ headers }) => headers["x-replay-position"]);
        const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

        it("says beforehand what it would send", async () => {
          expect(await replays.preview({})).toMatchObject({
            total: 50,
            by_type: [{ count: 40 }, { count: 10 }],
          });
          expect(await replays.preview({ include_invalid: true })).toMatchObject({ total: 51 });
          expect(await replays.preview({ filter: { type: ["llm.*"] } })).toMatchObject({
            total: 10,
            first_received_at: new Date(day + 400).toISOString(),
            last_received_at: new Date(day + 409).toISOString(),
          });
        });

        it("sends to one queue only, in order, byte for byte, and marked", async () => {
          const one = await taker();
          const other = await taker(["#"]);
          const { replay_id: id } = await replays.create({
            select: {},
            queue: one.queue,
            actor: "me",
            reason: "test",
          });
          expect(await replays.settled(id)).toMatchObject({
            state: "finished",
            total: 50,
            sent: 50,
            position: 51,
          });
          await eventually(() => one.got.length === 50, "all copies");
          expect(positions(one.got)).toEqual(range(1, 50));
          expect(one.got[0]?.headers).toEqual({
            traceparent: "00-1",
            "x-replay-id": id,
            "x-replay-position": 1,
          });
          expect(one.got[0]?.properties.messageId).toBe(stored[0]!.id);
          expect(one.got.map(({ body }) => Buffer.from(body))).toEqual(
            stored.slice(0, 50).map(({ body }) => body),
          );
          expect(other.got).toEqual([]);
          await one.close();
          await other.close();
        });

        it("sends to the exchange for all that are bound, and the recorder stores nothing twice", async () => {
          const recorder = await store.record({ url: open.url });
          const bound = await taker(["llm.*"]);
          const before = await store.position();
          const { replay_id: id } = await replays.create({ select: { from_position: 35, to_position: 45 } });
          expect(await replays.settled(id)).toMatchObject({ state: "finished", sent: 11, unrouted: 0 });
          await eventually(() => bound.got.length === 5, "the copies");
          expect(positions(bound.got)).toEqual(range(41, 45));
          await eventually(async () => (await recorder.status()).duplicates === 11, "the recorder");
          expect(await store.position()).toBe(before);
          expect((await store.get(stored[41]!.id))?.duplicates).toBe(0);
          await recorder.close();
          await bound.close();
        });

        it("sends a trace", async () => {
          const root = delivery();
          const leaves = [delivery({ causes: [root.id] }), delivery({ causes: [root.id] })];
          await store.append([root, delivery(), ...leaves]);
          const { queue, got, close } = await taker();
          const { replay_id: id } = await replays.create({ select: { trace: leaves[1]!.id }, queue });
          expect(await replays.settled(id)).toMatchObject({ state: "finished", total: 3, sent: 3 });
          await eventually(() => got.length === 3, "the copies");
          expect(got.map(({ properties }) => properties.messageId)).toEqual(
            [root, ...leaves].map((one) => one.id),
          );
          await close();
        });

        it("pauses, survives a restart while paused and while running, and sends each once when nothing crashed", async () => {
          // It holds while three wait: not done before it is paused, however long that takes.
          const { queue, got, take, close } = await slowTaker();
          const select = { to_position: 50 };
          const { replay_id: id } = await replays.create({ select, queue, max_waiting: 3 });
          await take(3);
          const paused = await replays.pause(id);
          expect(paused.state).toBe("paused");
          expect(paused.sent).toBeLessThan(50);
          await replays.close();
          replays = await startReplays({ store, bus: { url: open.url } });
          expect(await replays.get(id)).toMatchObject({ state: "paused", sent: paused.sent });
          await replays.resume(id);
          await take(paused.sent + 3);
          await replays.close();
          expect((await store.replays.list()).find(({ replay_id }) => replay_id === id)?.state).toBe(
            "running",
          );
          replays = await startReplays({ store, bus: { url: open.url } });
          await take(50);
          expect(await replays.settled(id)).toMatchObject({ state: "finished", sent: 50 });
          expect(positions(got)).toEqual(range(1, 50));
          await close();
        });

        it("can be paused, cancelled and left to the next start before its thread has begun", async () => {
          const { queue, got, close } = await taker();
          const begin = async () => {
            await replays.close();
            replays = await startReplays({ store, bus: { url: open.url } });
            return replays.create({ select: {}, queue, rate: 0.1 });
          };
          const { replay_id: paused } = await begin();
          expect(await replays.pause(paused)).toMatchObject({ state: "paused", sent: 0 });
          const { replay_id: cancelled } = await begin();
          expect(await replays.cancel(cancelled)).toMatchObject({ state: "cancelled", sent: 0 });
          const { replay_id: left } = await begin();
          await replays.close();
          replays = await startReplays({ store, bus: { url: open.url } });
          expect(await replays.cancel(left)).toMatchObject({ state: "cancelled", sent: 0 });
          expect(got).toEqual([]);
          await close();
        });

        it("can be cancelled, running, waiting and paused", async () => {
          const { queue, close } = await taker();
          const slow: ReplayRecord = await replays.create({ select: {}, queue, rate: 5 });
          const waiting = await replays.create({ select: {}, queue });
          expect((await replays.cancel(waiting.replay_id)).state).toBe("cancelled");
          await replays.pause(slow.replay_id);
          expect((await replays.cancel(slow.replay_id)).state).toBe("cancelled");
          await expect(replays.resume(slow.replay_id)).rejects.toMatchObject({ code: "REPLAY_STATE" });
          const running = await replays.create({ select: {}, queue, rate: 5 });
          const cancelled = await replays.cancel(running.replay_id);
          expect(cancelled.state).toBe("cancelled");
          expect(cancelled.finished_at).toBeDefined();
          await close();
        });

        it("holds before too many messages wait in its queue, and goes on as they are taken", async () => {
          const queue = `full-${number++}`;
          await declareQueues(sender.address, [{ queue, bindings: [] }]);
          const depths = new QueueDepths(sender.address);
          await depths.start();
          const { replay_id: id } = await replays.create({
            select: { to_position: 50 },
            queue,
            max_waiting: 10,
          });
          const looks: number[] = [];
          await eventually(async () => {
            looks.push((await depths.of(queue))!.ready);
            return looks.length > 20 && looks.slice(-20).every((ready) => ready === 10);
          }, "the hold");
          expect(Math.max(...looks)).toBe(10);
          expect(await replays.get(id)).toMatchObject({ state: "running", total: 50 });
          await depths.close();
          const { got, close } = await taker([], queue);
          expect(await replays.settled(id)).toMatchObject({ state: "finished", sent: 50 });
          await eventually(() => got.length === 50, "all copies");
          expect(positions(got)).toEqual(range(1, 50));
          await close();
        });

        it("is cancelled while it holds", async () => {
          const queue = `full-${number++}`;
          await declareQueues(sender.address, [{ queue, bindings: [] }]);
          const { replay_id: id } = await replays.create({ select: {}, queue, max_waiting: 1 });
          await eventually(async () => (await replays.get(id)).state === "running", "its begin");
          expect(await replays.cancel(id)).toMatchObject({ state: "cancelled" });
        });

        it("is refused when the queue does not exist", async () => {
          const queue = `missing-${number++}`;
          const before = (await replays.list()).length;
          await expect(replays.create({ select: {}, queue })).rejects.toMatchObject({
            code: "UNKNOWN_QUEUE",
            status: 404,
            message: `There is no queue ${queue}.`,
          });
          expect(await replays.list()).toHaveLength(before);
        });

        it("fails with the reason when the queue has gone meanwhile, and can be resumed then", async () => {
          const queue = `late-${number++}`;
          await declareQueues(sender.address, [{ queue, bindings: [] }]);
          const select = { to_position: 5 };
          const { replay_id: id } = await replays.create({ select, queue, rate: 1 });
          await replays.pause(id);
          const { url, authorization } = open.management;
          const address = new URL(`/api/queues/${encodeURIComponent(open.vhost)}/${queue}`, url);
          expect((await fetch(address, { method: "DELETE", headers: { authorization } })).ok).toBe(true);
          await replays.resume(id);
          expect(await replays.settled(id)).toMatchObject({
            state: "failed",
            error: `There is no queue ${queue}.`,
          });
          await declareQueues(sender.address, [{ queue, bindings: [] }]);
          await replays.resume(id);
          expect(await replays.settled(id)).toMatchObject({ state: "finished", sent: 5 });
        });

        it("refuses what makes no sense, and says why", async () => {
          for (const request of [
            { select: { colour: 1 } },
            { select: {}, speed: 0 },
            { select: {}, rate: -1 },
            { select: {}, max_waiting: 0 },
            {},
          ])
            await expect(replays.create(request as never)).rejects.toMatchObject({
              code: "INVALID_REPLAY",
              status: 400,
            });
          await expect(
            replays.create({ select: { filter: { nonsense: 1 } as never } }),
          ).rejects.toMatchObject({
            code: "INVALID_FILTER",
          });
          await expect(replays.create({ select: { trace: delivery().id } })).rejects.toMatchObject({
            code: "UNKNOWN_EVENT",
          });
          await expect(replays.get("none")).rejects.toMatchObject({ code: "UNKNOWN_REPLAY", status: 404 });
        });
      },
    );

describe("pace", () => {
  const at = () => {
    let now = 0;
    return { now: () => now, turn: (ms: number) => (now += ms) };
  };

  it("keeps the original distances, divided by the speed", () => {
    const clock = at();
    const pace = new Pace(2, undefined, clock.now);
    expect(pace.wait(10_000)).toBe(0);
    expect(pace.wait(10_100)).toBe(50);
    clock.turn(50);
    expect(pace.wait(10_200)).toBe(50);
    clock.turn(1_000);
    expect(pace.wait(10_300)).toBe(0);
  });

  it("sends no more than the rate, and makes no burst after a pause", () => {
    const clock = at();
    const pace = new Pace("max", 10, clock.now);
    expect(pace.wait(0)).toBe(0);
    expect(pace.wait(0)).toBe(100);
    clock.turn(10_000);
    expect(pace.wait(0)).toBe(0);
    expect(pace.wait(0)).toBe(100);
  });

  it("waits for nothing when it is to be as fast as it can", () => {
    const pace = new Pace("max");
    expect([pace.wait(0), pace.wait(1e9)]).toEqual([0, 0]);
  });
});
