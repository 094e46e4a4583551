/** Each event once, whatever ends while events arrive. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { embedded, type TestBus } from "../../../bloodbank/client/test/support/engines.js";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { ThreadedStore } from "../../src/engine/threaded-store.js";
import { type EventStore, openStore } from "../../src/index.js";
import { many } from "../support/deliveries.js";
import { postgres, sqlite, type TestPlace } from "../support/engines.js";
import { expectEachOnce } from "../support/ledger.js";
import { type Publishing, publishing } from "../support/publishing.js";

const script = path.join(path.dirname(fileURLToPath(import.meta.url)), "../support/recorder-process.mjs");

for (const engine of [sqlite, postgres])
  describe.skipIf(!engine.available)(`faults of ${engine.name}`, () => {
    let bus: TestBus;
    let place: TestPlace;
    let sender: Publishing;
    const ids: string[] = [];

    beforeEach(async () => {
      bus = await embedded.open();
      place = await engine.place();
      sender = await publishing(bus.url);
      ids.length = 0;
    });
    afterEach(async () => {
      await sender.close();
      await bus.close();
      await place.remove();
    });

    const publish = async (count: number) => {
      const batch = many(count, () => ({ payload: { title: "z".repeat(300) } }));
      await sender.publish(batch);
      ids.push(...batch.map(({ id }) => id));
    };
    const allStored = (store: EventStore) =>
      eventually(async () => (await store.position()) >= ids.length, "all events");

    /** Ends when told, with SIGKILL. */
    async function recorderProcess(): Promise<ChildProcess> {
      const child = spawn(
        process.execPath,
        [script, JSON.stringify(place.options), JSON.stringify({ url: bus.url, maxBatch: 100 })],
        { stdio: ["ignore", "pipe", "inherit"] },
      );
      await once(child.stdout!, "data");
      return child;
    }

    it("stores each event once when its process is killed again and again", async () => {
      for (let round = 0; round < 3; round++) {
        const child = await recorderProcess();
        const committed = once(child.stdout!, "data");
        await publish(3_000);
        await committed;
        const ended = once(child, "exit");
        child.kill("SIGKILL");
        await ended;
      }
      const store = await openStore(place.options);
      await store.record({ url: bus.url });
      await allStored(store);
      await expectEachOnce(store, ids);
      await store.close();
    });

    it("stores each event once when the thread that writes ends", async () => {
      const store = new ThreadedStore(place.options);
      await store.open(place.options);
      const recorder = await store.record({ url: bus.url, maxBatch: 100 });
      const publishingAll = publish(5_000);
      await eventually(async () => (await store.position()) > 300, "some events");
      await store.threads.writer.kill();
      await publishingAll;
      await allStored(store);
      // Where all was stored before the thread ended, the new one is not connected yet.
      const connected = async () => (await recorder.status()).connected;
      await eventually(() => connected().catch(() => false), "the recorder");
      await store.threads.reader.kill();
      await eventually(() => store.position().catch(() => undefined), "the reader");
      await expectEachOnce(store, ids);
      await store.close();
    });

    it("stores each event once with two recorders at the same queue", async () => {
      const stores = [await openStore(place.options), await openStore({ ...place.options, indexing: false })];
      for (const store of stores) await store.record({ url: bus.url, maxBatch: 50 });
      await publish(4_000);
      await allStored(stores[0]!);
      const shares = await Promise.all(stores.map((store) => store.position()));
      expect(shares).toEqual([4_000, 4_000]);
      await expectEachOnce(stores[0]!, ids);
      for (const store of stores) await store.close();
    });

    it("lets nobody who follows miss what another writer commits", async () => {
      const stores = [await openStore(place.options), await openStore({ ...place.options, indexing: false })];
      const stop = new AbortController();
      const seen: number[] = [];
      const reading = (async () => {
        for await (const events of stores[0]!.follow({ after: 0, signal: stop.signal }))
          seen.push(...events.map(({ position }) => position));
      })();
      await Promise.all(
        stores.map(async (store) => {
          for (let i = 0; i < 20; i++) await store.append(many(20));
        }),
      );
      await stores[0]!.append(many(1));
      await eventually(() => seen.length === 801, "all events");
      expect(seen).toEqual(Array.from({ length: 801 }, (_, i) => i + 1));
      stop.abort();
      await reading;
      for (const store of stores) await store.close();
    });
  });

describe("a full disk", () => {
  it("holds events back in the queue, says why, and stores each once when there is room", async () => {
    const bus = await embedded.open();
    const place = await sqlite.place();
    const sender = await publishing(bus.url);
    const batch = many(3_000, () => ({ payload: { title: "z".repeat(300) } }));
    try {
      const full = new ThreadedStore(place.options, { maxPages: 100 });
      await full.open(place.options);
      const recorder = await full.record({ url: bus.url, maxBatch: 200 });
      await sender.publish(batch);
      const status = await eventually(async () => {
        const now = await recorder.status();
        return now.failing === undefined ? undefined : now;
      }, "the failure");
      expect(status.failing).toMatch(/full/);
      const kept = await full.position();
      expect(kept).toBeGreaterThan(0);
      expect(await full.verifyAudit()).toMatchObject({ intact: true, verified: kept });
      await full.close();

      const store = await openStore(place.options);
      await store.record({ url: bus.url });
      await eventually(async () => (await store.position()) >= batch.length, "all events");
      await expectEachOnce(
        store,
        batch.map(({ id }) => id),
      );
      await store.close();
    } finally {
      await sender.close();
      await bus.close();
      await place.remove();
    }
  });
});

describe.skipIf(!postgres.available)("a PostgreSQL that cuts its connections", () => {
  it("stores each event once, and answers again", async () => {
    const bus = await embedded.open();
    const place = await postgres.place();
    const sender = await publishing(bus.url);
    const admin = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL });
    await admin.connect();
    try {
      const store = await openStore(place.options);
      await store.record({ url: bus.url, maxBatch: 100 });
      const batch = many(6_000);
      const published = sender.publish(batch);
      for (let cut = 0; cut < 5; cut++) {
        await eventually(async () => (await store.position().catch(() => 0)) > cut * 500, "events");
        await admin.query(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'candystore %' || $1",
          [place.options.databaseSchema],
        );
      }
      await published;
      await eventually(async () => (await store.position().catch(() => 0)) >= batch.length, "all events");
      await expectEachOnce(
        store,
        batch.map(({ id }) => id),
      );
      await eventually(async () => (await store.stats()).indexed >= batch.length, "the index");
      await store.close();
    } finally {
      await admin.end();
      await sender.close();
      await bus.close();
      await place.remove();
    }
  });
});
