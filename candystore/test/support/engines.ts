/** The engines that the store suite runs against. A test gets a store of its own: a fresh folder, a fresh schema. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe } from "vitest";
import { type EventStore, openStore, type StoreOptions } from "../../src/index.js";

export interface TestPlace {
  readonly options: StoreOptions;
  /** SQL straight into the store's tables, as somebody who tampers would. The store must not be open. */
  tamper(sql: string): Promise<void>;
  remove(): Promise<void>;
}

export interface TestEngine {
  readonly name: string;
  readonly available: boolean;
  place(): Promise<TestPlace>;
}

const folder = () => mkdtemp(path.join(tmpdir(), "candystore-test-"));

export const sqlite: TestEngine = {
  name: "SQLite",
  available: true,
  async place() {
    const dataDir = await folder();
    return {
      options: { dataDir },
      async tamper(sql) {
        const { DatabaseSync } = await import("@photostructure/sqlite");
        const database = new DatabaseSync(path.join(dataDir, "candystore.sqlite"));
        database.exec(sql);
        database.close();
      },
      remove: () => rm(dataDir, { recursive: true, force: true }),
    };
  },
};

const databaseUrl = process.env.TEST_DATABASE_URL;

export const postgres: TestEngine = {
  name: "PostgreSQL",
  available: databaseUrl !== undefined,
  async place() {
    const dataDir = await folder();
    const databaseSchema = `test_${randomUUID().replaceAll("-", "")}`;
    const run = async (sql: string) => {
      const client = new pg.Client({ connectionString: databaseUrl });
      await client.connect();
      await client.query(`SET search_path = ${databaseSchema}; ${sql}`).finally(() => client.end());
    };
    return {
      options: { dataDir, databaseUrl: databaseUrl ?? "", databaseSchema },
      tamper: (sql) => run(sql.replaceAll(/x'([0-9a-f]*)'/g, String.raw`'\x$1'`)),
      async remove() {
        await run(`SET client_min_messages = error; DROP SCHEMA IF EXISTS ${databaseSchema} CASCADE`);
        await rm(dataDir, { recursive: true, force: true });
      },
    };
  },
};

export interface Fixture {
  readonly store: EventStore;
  readonly place: TestPlace;
  /** Closes the store and opens it again. */
  reopen(changes?: Partial<StoreOptions>): Promise<void>;
  /** While the store is closed. */
  whileClosed(work: () => Promise<void>): Promise<void>;
}

/** Declares the same cases once for every engine; one that cannot be reached here is reported as skipped. */
export function onEachStore(title: string, cases: (fixture: () => Fixture) => void): void {
  for (const engine of [sqlite, postgres])
    describe.skipIf(!engine.available)(`${title} (${engine.name})`, () => {
      let place: TestPlace;
      let store: EventStore;
      beforeAll(async () => {
        place = await engine.place();
        store = await openStore(place.options);
      });
      afterAll(async () => {
        await store?.close();
        await place?.remove();
      });
      cases(() => ({
        store,
        place,
        async reopen(changes = {}) {
          await store.close();
          store = await openStore({ ...place.options, ...changes });
        },
        async whileClosed(work) {
          await store.close();
          await work();
          store = await openStore(place.options);
        },
      }));
    });
}
