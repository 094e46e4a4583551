/** What the relay does with events that are turned down, and with a broker or another relay that is in its way. */
import type { Catalog } from "@33god/holyfields";
import amqplib from "amqplib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  declareQueues,
  type EventEnvelope,
  Outbox,
  OutboxRelay,
  Publisher,
  queueDepth,
} from "../../src/index.js";
import { artifactCreated, meetingCreated, meetingStarted } from "../support/catalog.js";
import { databases, type TestDatabase } from "../support/databases.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";
import { startProxy } from "../support/proxy.js";

/** Gives up soon. */
class HastyPublisher extends Publisher {
  override publishEvent(...[event, options]: Parameters<Publisher["publishEvent"]>) {
    return super.publishEvent(event, { ...options, deadline: 300 });
  }
}

for (const database of databases)
  describe.skipIf(!database.available)(database.name, () => {
    onEachEngine("the outbox's relay", (fixture) => {
      let db: TestDatabase;
      let outbox: Outbox;
      beforeEach(async () => {
        db = await database.open();
        outbox = new Outbox(fixture().options);
        await outbox.createTable(db.connection);
      });
      afterEach(() => db.close());

      const waiting = () => outbox.waiting(db.connection, 100);

      test("what is turned down steps aside with the reason, holds up no other, and goes when it can", async () => {
        const { catalog, source } = fixture().options;
        const [contract] = catalog.contracts;
        if (contract === undefined) throw new Error("no contracts");
        const lenient: Catalog = {
          ...catalog,
          validate: (event) => ({ valid: true, event: event as EventEnvelope, contract }),
        };
        let current = catalog;
        const turning: Catalog = { ...catalog, validate: (...args) => current.validate(...args) };
        const queue = `outbox.turned_down.${database.name}`;
        await declareQueues(fixture().options, [{ queue, bindings: [artifactCreated] }]);
        const { event_id } = await db.transaction((tx) =>
          new Outbox({ source, catalog: lenient }).add(tx, artifactCreated, { broken: true }),
        );
        await db.transaction((tx) =>
          outbox.add(tx, artifactCreated, { n: 1 }, { headers: { note: "x".repeat(140_000) } }),
        );
        await db.transaction((tx) => outbox.add(tx, artifactCreated, { n: 2 }));
        const logged: string[] = [];
        const publisher = new Publisher(fixture().with({ catalog: turning }));
        await publisher.start();
        const log = (_: string, message: string) => logged.push(message);
        // One at a time: the last one is in no batch of theirs.
        const relay = new OutboxRelay({ outbox, publisher, transaction: db.transaction, batch: 1, log });
        relay.start();
        const [good] = await fixture().drain(queue, 1);
        expect(JSON.parse(String(good && Buffer.from(good.body)))).toMatchObject({ payload: { n: 2 } });
        const [broken, long] = await outbox.parked(db.connection);
        expect(broken).toMatchObject({ event: { event_id }, reason: "broken must not be true" });
        expect(long?.reason).toMatch(/headers make 140\d+ bytes/);
        expect(logged.find((line) => line.includes(event_id))).toMatch(
          /turned down .* broken must not be true/,
        );
        // Nobody releases it: it is tried again by itself, each time later.
        await eventually(async () =>
          (await outbox.parked(db.connection)).every(({ attempts }) => attempts > 1),
        );
        current = lenient;
        expect(await outbox.release(db.connection)).toBe(2);
        relay.wake();
        const [late] = await fixture().drain(queue, 1);
        expect(late?.properties.messageId).toBe(event_id);
        await eventually(async () => (await outbox.parked(db.connection)).length === 1);
        if (long) await outbox.done(db.connection, [long.position]);
        await relay.close();
        await publisher.close();
        expect(await outbox.parked(db.connection)).toEqual([]);
      });

      test("what the broker refuses holds up no other, and arrives when the broker takes it", async () => {
        const full = `outbox.full.${database.name}`;
        const open = `outbox.open.${database.name}`;
        const connection = await amqplib.connect(fixture().bus.url);
        const channel = await connection.createChannel();
        const only = { "x-max-length": 1, "x-overflow": "reject-publish" };
        await channel.assertQueue(full, { durable: true, arguments: only });
        await declareQueues(fixture().options, [
          { queue: full, bindings: [meetingCreated] },
          { queue: open, bindings: [artifactCreated] },
        ]);
        await db.transaction(async (tx) => {
          for (let n = 0; n < 4; n++) await outbox.add(tx, meetingCreated, { n });
          await outbox.add(tx, artifactCreated, {});
        });
        const publisher = new Publisher(fixture().options);
        await publisher.start();
        // As many as are refused: the last one is in no batch of theirs.
        const relay = new OutboxRelay({ outbox, publisher, transaction: db.transaction, batch: 4 });
        relay.start();
        await fixture().drain(open, 1);
        await eventually(async () => (await waiting()).length === 0);
        const parked = await outbox.parked(db.connection);
        expect(parked.map(({ event }) => event.payload.n)).toEqual([1, 2, 3]);
        expect(parked[0]?.reason).toMatch(/refused/);
        // As each makes room, the next one comes by itself.
        const ids = new Set((await fixture().drain(full, 4)).map(({ properties }) => properties.messageId));
        expect(ids.size).toBe(4);
        await eventually(async () => (await outbox.parked(db.connection)).length === 0);
        await relay.close();
        await publisher.close();
        await connection.close();
      });

      test("while the broker is away nothing is turned down, and all of it arrives afterwards", async () => {
        const proxy = await startProxy(fixture().bus.url);
        const queue = `outbox.away.${database.name}`;
        await declareQueues(fixture().options, [{ queue, bindings: [meetingStarted] }]);
        const publisher = new HastyPublisher(fixture().with({ url: proxy.url }));
        await publisher.start();
        proxy.shut();
        proxy.cut();
        await eventually(() => !publisher.connected);
        await db.transaction(async (tx) => {
          for (let n = 0; n < 20; n++) await outbox.add(tx, meetingStarted, { n });
        });
        const logged: string[] = [];
        const log = (_: string, message: string) => logged.push(message);
        const relay = new OutboxRelay({ outbox, publisher, transaction: db.transaction, interval: 5, log });
        relay.start();
        await eventually(() => logged.length > 1);
        expect(logged[0]).toMatch(/nothing is published for now: .*the broker is away/);
        expect(await waiting()).toHaveLength(20);
        proxy.open();
        // What was not confirmed in time may come twice, and behind others.
        await eventually(async () => (await waiting()).length === 0);
        const ready = (await queueDepth(fixture().options, queue))?.ready ?? 0;
        const arrived = await fixture().drain(queue, ready);
        expect(new Set(arrived.map(({ properties }) => properties.messageId)).size).toBe(20);
        expect(await outbox.parked(db.connection)).toEqual([]);
        await relay.close();
        await publisher.close();
        await proxy.close();
      });

      test("each time that an event is turned down it waits longer, an hour at most; the reason may be any text", async () => {
        await db.transaction((tx) => outbox.add(tx, artifactCreated, {}));
        const [entry] = await outbox.waiting(db.connection, 1);
        if (entry === undefined) throw new Error("nothing waits");
        const pauses: number[] = [];
        for (const attempts of [0, 1, 11, 12, 2_000]) {
          const now = Date.now();
          const due = await outbox.park(db.connection, { ...entry, attempts }, "not \0 so");
          pauses.push(Math.floor((due.getTime() - now) / 1_000));
          expect(await outbox.due(db.connection, 10)).toEqual([]);
        }
        expect(pauses).toEqual([1, 2, 2_048, 3_600, 3_600]);
        expect(await outbox.parked(db.connection)).toMatchObject([
          { reason: "not \u{fffd} so", attempts: 2_001 },
        ]);
        await outbox.release(db.connection);
        expect(await outbox.due(db.connection, 10)).toHaveLength(1);
      });

      test("what was parked in a table made before events were tried again is tried again", async () => {
        await db.connection.query(
          `CREATE TABLE earlier (position BIGINT PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, event TEXT NOT NULL,
            conversation_id TEXT, headers TEXT, parked TEXT)`,
        );
        await db.connection.query(
          `INSERT INTO earlier (position, event_id, event, parked) VALUES (1, 'one', '{"event_id":"one"}', 'refused')`,
        );
        const earlier = new Outbox(fixture().options, { table: "earlier" });
        for (let start = 0; start < 2; start++) await earlier.createTable(db.connection);
        expect(await earlier.parked(db.connection)).toMatchObject([{ attempts: 0, due: 0 }]);
        expect(await earlier.due(db.connection, 10)).toMatchObject([{ event: { event_id: "one" } }]);
      });

      if (database.name === "PostgreSQL")
        test("waits for no relay of a table of the same name in another schema", async () => {
          const other = await database.open();
          await outbox.createTable(other.connection);
          const proxy = await startProxy(fixture().bus.url);
          const stuck = new Publisher(fixture().with({ url: proxy.url }));
          const publisher = new Publisher(fixture().options);
          await Promise.all([stuck.start(), publisher.start()]);
          proxy.withhold();
          for (const { transaction } of [db, other])
            await transaction((tx) => outbox.add(tx, artifactCreated, {}));
          const first = new OutboxRelay({ outbox, publisher: stuck, transaction: db.transaction });
          first.start();
          await eventually(() => stuck.pending === 1);
          const second = new OutboxRelay({ outbox, publisher, transaction: other.transaction });
          second.start();
          await eventually(async () => (await outbox.waiting(other.connection, 1)).length === 0);
          expect(stuck.pending).toBe(1);
          proxy.cut();
          proxy.open();
          await Promise.all([first.close(), second.close()]);
          await Promise.all([stuck.close(), publisher.close()]);
          await other.close();
          await proxy.close();
        });
    });
  });
