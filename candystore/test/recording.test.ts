import { Buffer } from "node:buffer";
import { RawConsumer, type RawDelivery } from "@33god/bloodbank";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { engines, type TestBus } from "../../bloodbank/client/test/support/engines.js";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { type EventStore, openStore, type Recorder } from "../src/index.js";
import { delivery, many, raw } from "./support/deliveries.js";
import { postgres, sqlite, type TestPlace } from "./support/engines.js";
import { type Publishing, publishing } from "./support/publishing.js";

for (const bus of engines)
  for (const engine of [sqlite, postgres])
    describe.skipIf(!bus.available || !engine.available)(
      `recording from ${bus.name} into ${engine.name}`,
      () => {
        let place: TestPlace;
        let open: TestBus;
        let sender: Publishing;
        let store: EventStore;
        let recorder: Recorder;

        beforeAll(async () => {
          open = await bus.open();
          place = await engine.place();
          store = await openStore(place.options);
          sender = await publishing(open.url);
          recorder = await store.record({ url: open.url });
        });
        afterAll(async () => {
          await store?.close();
          await sender?.close();
          await open?.close();
          await place?.remove();
        });

        it("stores what is published, with the facts of its delivery", async () => {
          const batch = many(500);
          await sender.publish(batch);
          const stored = await eventually(() => store.get(batch[499]!.id), "the last event");
          expect(stored).toMatchObject({
            routing_key: "artifact.created",
            exchange: "bloodbank.events.v1",
            valid: true,
            properties: { contentType: "application/json", messageId: batch[499]!.id },
          });
          expect(await store.position()).toBe(500);
          // PostgreSQL shows what is committed before it tells the one who commits.
          const status = await eventually(async () => {
            const now = await recorder.status();
            return now.stored >= 500 && now.pending === 0 && now;
          }, "the recorder's count");
          expect(status).toMatchObject({ connected: true, stored: 500, duplicates: 0, paused: false });
        });

        it("keeps what breaks its contract, and what is not JSON", async () => {
          const before = await store.position();
          await sender.publish([
            { ...delivery({ payload: { artifact_type: 1 } }) },
            { ...raw("nonsense"), id: "" },
            { ...delivery({ routingKey: "llm.prompt" }) },
          ]);
          await eventually(async () => (await store.position()) === before + 3, "three events");
          const events = await store.after(before, 3);
          expect(events.map(({ valid }) => valid)).toEqual([false, false, false]);
          expect(events.map(({ violations }) => violations[0]?.keyword)).toEqual([
            "type",
            "json",
            "routing_key",
          ]);
        });

        it("stores a copy once and counts it, and a replayed one not even that", async () => {
          const once = delivery();
          await sender.publish([once]);
          await sender.publish([once, { ...once, headers: { "x-replay-id": "r" } }, delivery()]);
          const copied = await eventually(async () => {
            const stored = await store.get(once.id);
            return stored?.duplicates === 1 ? stored : undefined;
          }, "the copy");
          expect(copied.duplicates).toBe(1);
        });

        it("leaves out the store's own events", async () => {
          const before = await store.position();
          const own = delivery({ type: "event_store.event.persisted" });
          await sender.publish([own, delivery()]);
          await eventually(async () => (await store.position()) === before + 1, "the other event");
          expect(await store.get(own.id)).toBeUndefined();
        });

        it("pauses and goes on", async () => {
          await recorder.pause();
          expect((await recorder.status()).paused).toBe(true);
          const late = delivery();
          await sender.publish([late]);
          expect(await store.get(late.id)).toBeUndefined();
          await recorder.resume();
          await eventually(() => store.get(late.id), "the event");
        });

        it("has one recorder at a time", async () => {
          await expect(store.record({ url: open.url })).rejects.toMatchObject({ code: "RECORDER_RUNNING" });
        });

        it("says why when there is no broker and it may not wait", async () => {
          await recorder.close();
          await expect(store.record({ url: "amqp://127.0.0.1:1/", retry: false })).rejects.toMatchObject({
            code: "STORE_UNAVAILABLE",
          });
          recorder = await store.record({ url: open.url });
          const later = delivery();
          await sender.publish([later]);
          await eventually(() => store.get(later.id), "the event");
        });

        it("moves what cannot be stored to its dead-letter queue, and only that", async () => {
          await recorder.close();
          // A table that takes no event of this source: the fault is in the event.
          await place.tamper(
            engine.name === "SQLite"
              ? `CREATE TRIGGER refused BEFORE INSERT ON classes WHEN new.app = 'unbearable'
               BEGIN SELECT RAISE(ABORT, 'unbearable'); END`
              : "ALTER TABLE classes ADD CONSTRAINT refused CHECK (app <> 'unbearable')",
          );
          const doomed = delivery({ app: "unbearable" });
          const others = many(20);
          await sender.publish([...others.slice(0, 10), doomed, ...others.slice(10)]);
          recorder = await store.record({ url: open.url, deadLetterQueue: "graveyard" });
          await eventually(() => store.get(others[19]!.id), "the last event");
          for (const { id } of others) expect(await store.get(id)).toBeDefined();
          const dead: RawDelivery[] = [];
          const reader = new RawConsumer(sender.address, {
            queue: "graveyard",
            onBatch: async (batch) => {
              dead.push(...batch);
            },
          });
          await reader.start();
          await eventually(() => dead.length === 1, "the dead letter");
          await reader.close();
          expect(Buffer.from(dead[0]!.body)).toEqual(doomed.body);
          expect(dead[0]!.headers).toMatchObject({
            "x-reason-code": "STORE_FAILED",
            "x-original-queue": "event_store_manager_queue",
          });
          // The letter lies there before the broker has told the recorder so.
          await eventually(async () => (await recorder.status()).dead_lettered > 0, "the recorder's count");
          expect((await recorder.status()).dead_lettered).toBe(1);
        });
      },
    );
