/** Transactions and tables of outbox and inbox, where others are at work on the same database. */
import { DatabaseSync } from "@photostructure/sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Inbox, sqliteConnection, sqliteTransactions } from "../src/index.js";
import { databases, type TestDatabase } from "./support/databases.js";
import { eventually } from "./support/eventually.js";

for (const database of databases)
  describe.skipIf(!database.available)(database.name, () => {
    let db: TestDatabase;
    beforeEach(async () => {
      db = await database.open();
    });
    afterEach(() => db.close());

    test("a table that several make at the same time is made once, and none of them fails", async () => {
      for (let round = 0; round < 20; round++) {
        const inbox = new Inbox({ table: `inbox_${round}` });
        await Promise.all(Array.from({ length: 5 }, () => inbox.createTable(db.connection)));
        expect(await inbox.enter(db.connection, "queue", "event")).toBe(true);
      }
    });

    if (database.name === "PostgreSQL")
      test("a connection that is lost while the work waits for something else fails that work alone", async () => {
        const lost = db.transaction(async (tx) => {
          const [row] = await tx.query("SELECT pg_backend_pid() AS pid");
          await db.connection.query(`SELECT pg_terminate_backend(${row?.pid})`);
          await eventually(async () => {
            const left = await db.connection.query(`SELECT 1 FROM pg_stat_activity WHERE pid = ${row?.pid}`);
            return left.length === 0;
          });
          // Until its end has arrived here.
          await eventually(() =>
            tx.query("SELECT 1").then(
              () => false,
              () => true,
            ),
          );
        });
        await expect(lost).rejects.toThrow();
        expect(await db.transaction((tx) => tx.query("SELECT 1 AS one"))).toEqual([{ one: 1 }]);
      });
  });

test("transactions on one SQLite connection take turns, whoever asked for them", async () => {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE TABLE rows (n INTEGER)");
  const insert = (n: number, fails: boolean) =>
    sqliteTransactions(database)(async (tx) => {
      await tx.query(`INSERT INTO rows (n) VALUES (${n})`);
      await new Promise(setImmediate);
      if (fails) throw new Error("changed my mind");
    });
  const outcomes = await Promise.allSettled([insert(1, false), insert(2, true), insert(3, false)]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await sqliteConnection(database).query("SELECT n FROM rows")).toEqual([{ n: 1 }, { n: 3 }]);
  database.close();
});
