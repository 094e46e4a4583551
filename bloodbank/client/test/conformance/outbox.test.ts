import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  Consumer,
  type EventEnvelope,
  Inbox,
  Outbox,
  OutboxRelay,
  Publisher,
  whileHandling,
} from "../../src/index.js";
import { artifactCreated, meetingCreated } from "../support/catalog.js";
import { databases, type TestDatabase } from "../support/databases.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";

for (const database of databases)
  describe.skipIf(!database.available)(database.name, () => {
    onEachEngine(`outbox and inbox`, (fixture) => {
      let db: TestDatabase;
      let outbox: Outbox;
      beforeEach(async () => {
        db = await database.open();
        outbox = new Outbox(fixture().options);
        await outbox.createTable(db.connection);
        await outbox.createTable(db.connection);
      });
      afterEach(() => db.close());

      const waiting = async () => (await outbox.waiting(db.connection, 10_000)).map(({ event }) => event);

      test("an event is written with the row of its transaction, or with it not at all", async () => {
        await db.connection.query("CREATE TABLE orders (n INTEGER)");
        const refused = db.transaction(async (tx) => {
          await tx.query("INSERT INTO orders (n) VALUES (1)");
          await outbox.add(tx, artifactCreated, { n: 1 });
          throw new Error("changed my mind");
        });
        await expect(refused).rejects.toThrow("changed my mind");
        expect(await waiting()).toEqual([]);
        const cause = { eventId: crypto.randomUUID(), eventType: "test.thing.done", conversationId: "c1" };
        const event = await whileHandling(cause, () =>
          db.transaction(async (tx) => {
            await tx.query("INSERT INTO orders (n) VALUES (2)");
            return outbox.add(tx, artifactCreated, { n: 2 });
          }),
        );
        expect(event.correlation_ids).toEqual([cause.eventId]);
        expect(await outbox.waiting(db.connection, 10)).toMatchObject([{ event, conversationId: "c1" }]);
        expect(await db.connection.query("SELECT n FROM orders")).toEqual([{ n: 2 }]);
      });

      test("an event that breaks its contract is refused before it is written; the same id waits once", async () => {
        await expect(
          db.transaction((tx) => outbox.add(tx, artifactCreated, { broken: true })),
        ).rejects.toMatchObject({ code: "CONTRACT_VIOLATION" });
        await expect(
          db.transaction((tx) => outbox.add(tx, artifactCreated, { n: 1n })),
        ).rejects.toMatchObject({ code: "MALFORMED_JSON" });
        const eventId = crypto.randomUUID();
        for (let twice = 0; twice < 2; twice++)
          await db.transaction((tx) => outbox.add(tx, artifactCreated, {}, { eventId }));
        expect((await waiting()).map(({ event_id }) => event_id)).toEqual([eventId]);
      });

      test("what waits is published in order with its conversation and headers, and then gone", async () => {
        const publisher = new Publisher(fixture().options);
        await publisher.start();
        const queue = `outbox.ordered.${database.name}`;
        const seen: EventEnvelope[] = [];
        const conversations = new Set<unknown>();
        const consumer = new Consumer(fixture().options, { queue }).on(
          meetingCreated,
          (event, { headers }) => {
            seen.push(event);
            conversations.add(headers.tenant);
          },
        );
        await consumer.start();
        const relay = new OutboxRelay({ outbox, publisher, transaction: db.transaction, batch: 40 });
        relay.start();
        for (let n = 0; n < 100; n += 10)
          await db.transaction(async (tx) => {
            for (let each = n; each < n + 10; each++)
              await outbox.add(
                tx,
                meetingCreated,
                { n: each },
                { headers: { tenant: "acme" }, conversationId: "talk" },
              );
          });
        relay.wake();
        await eventually(() => seen.length === 100);
        await eventually(async () => (await waiting()).length === 0);
        expect(seen.map(({ payload }) => payload.n)).toEqual(Array.from({ length: 100 }, (_, n) => n));
        expect([...conversations]).toEqual(["acme"]);
        await relay.close();
        await consumer.close();
        await publisher.close();
      });

      test("an effect is made once for an event that comes again, and again when its transaction failed", async () => {
        const inbox = new Inbox();
        await inbox.createTable(db.connection);
        await db.connection.query("CREATE TABLE effects (n INTEGER)");
        let fail = true;
        const handler = inbox.once(db.transaction, async (event, tx) => {
          await tx.query(`INSERT INTO effects (n) VALUES (${event.payload.n})`);
          if (fail) throw new Error("later");
        });
        const event = { event_id: "e1", payload: { n: 7 } } as unknown as EventEnvelope;
        const context = { queue: "q" } as never;
        await expect(handler(event, context)).rejects.toThrow("later");
        fail = false;
        await handler(event, context);
        await Promise.all([handler(event, context), handler(event, context)]);
        await handler(event, { queue: "another" } as never);
        expect(await db.connection.query("SELECT n FROM effects")).toEqual([{ n: 7 }, { n: 7 }]);
        await inbox.forget(db.connection, Date.now() + 1);
        await handler(event, context);
        expect(await db.connection.query("SELECT n FROM effects")).toHaveLength(3);
      });

      test("work that went on after a statement had failed is committed whole, or rejects", async () => {
        await db.connection.query("CREATE TABLE effects (n INTEGER PRIMARY KEY)");
        await db.connection.query("INSERT INTO effects (n) VALUES (1)");
        const outcome = await db
          .transaction(async (tx) => {
            await outbox.add(tx, artifactCreated, { n: 1 });
            await tx.query("INSERT INTO effects (n) VALUES (1)").catch(() => undefined);
          })
          .then(
            () => "committed",
            (error: Error) => error.message,
          );
        if (database.name === "SQLite") expect(outcome).toBe("committed");
        else expect(outcome).toMatch(/nothing was committed/);
        expect(await waiting()).toHaveLength(outcome === "committed" ? 1 : 0);
      });

      // PostgreSQL's transactions have a connection of the pool each.
      if (database.name === "SQLite")
        test("a transaction within another one rejects instead of waiting for it; what the other left to do may have its own", async () => {
          let later: Promise<unknown> | undefined;
          let goOn = () => {};
          await db.transaction(async (tx) => {
            await expect(db.transaction(async () => undefined)).rejects.toThrow(/in a transaction already/);
            await outbox.add(tx, artifactCreated, { n: 1 });
            later = new Promise<void>((resolve) => (goOn = resolve)).then(() =>
              db.transaction((own) => outbox.add(own, artifactCreated, { n: 2 })),
            );
          });
          goOn();
          await later;
          expect(await waiting()).toHaveLength(2);
        });

      test("a transaction that the database itself gave up says why", async () => {
        await db.connection.query("CREATE TABLE effects (n INTEGER PRIMARY KEY)");
        await db.connection.query("INSERT INTO effects (n) VALUES (1)");
        const insert = database.name === "SQLite" ? "INSERT OR ROLLBACK" : "INSERT";
        const again = db.transaction((tx) => tx.query(`${insert} INTO effects (n) VALUES (1)`));
        await expect(again).rejects.toThrow(/unique/i);
        await db.transaction((tx) => tx.query("INSERT INTO effects (n) VALUES (2)"));
      });

      test("a process killed again and again leaves no row without its event and makes no effect twice", async () => {
        await new Inbox().createTable(db.connection);
        await db.connection.query("CREATE TABLE orders (n INTEGER)");
        await db.connection.query("CREATE TABLE effects (n INTEGER)");
        const rows = process.env.TEST_FULL ? 10_000 : 2_500;
        for (let kill = 0; kill < (process.env.TEST_FULL ? 20 : 5); kill++)
          await run(rows, 300 + Math.random() * 400);
        expect(await run(rows)).toBe(0);
        const numbers = await db.connection.query("SELECT n FROM effects ORDER BY n");
        expect(numbers.map(({ n }) => Number(n))).toEqual(Array.from({ length: rows }, (_, n) => n));
        expect(await waiting()).toEqual([]);
      }, 900_000);

      /** The shop as a process of its own, killed after so many milliseconds. */
      async function run(rows: number, killAfter?: number): Promise<number> {
        const shop = fileURLToPath(new URL("../support/shop.mjs", import.meta.url));
        const child = spawn(process.execPath, [shop, fixture().bus.url, db.address, String(rows)], {
          stdio: ["ignore", "ignore", "inherit"],
        });
        const timer =
          killAfter === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfter);
        const code = await new Promise<number>((resolve) =>
          child.on("exit", (status) => resolve(status ?? 1)),
        );
        clearTimeout(timer);
        return code;
      }
    });
  });
