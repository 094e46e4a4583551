/** The databases that outbox and inbox are tested on: SQLite in a folder of its own, PostgreSQL in a schema of its own. */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  postgresConnection,
  postgresTransactions,
  type SqlConnection,
  sqliteConnection,
  sqliteTransactions,
  type Transactions,
} from "../../src/index.js";

export interface TestDatabase {
  readonly connection: SqlConnection;
  readonly transaction: Transactions;
  /** For a process of its own: a file, or a URL with the schema in it. */
  readonly address: string;
  close(): Promise<void>;
}

export interface Database {
  readonly name: string;
  readonly available: boolean;
  open(): Promise<TestDatabase>;
}

const postgresUrl = process.env.TEST_DATABASE_URL;

export const databases: readonly Database[] = [
  {
    name: "SQLite",
    available: true,
    async open() {
      const { DatabaseSync } = await import("@photostructure/sqlite");
      const folder = await mkdtemp(path.join(tmpdir(), "bloodbank-outbox-"));
      const address = path.join(folder, "test.db");
      const database = new DatabaseSync(address);
      database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 10000");
      return {
        connection: sqliteConnection(database),
        transaction: sqliteTransactions(database),
        address,
        async close() {
          database.close();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
  },
  {
    name: "PostgreSQL",
    available: postgresUrl !== undefined,
    async open() {
      const { default: pg } = await import("pg");
      const schema = `outbox_${randomUUID().replaceAll("-", "")}`;
      const address = new URL(postgresUrl ?? "");
      address.searchParams.set("options", `-c search_path=${schema}`);
      const pool = new pg.Pool({ connectionString: address.href, max: 5 });
      await pool.query(`CREATE SCHEMA ${schema}`);
      return {
        connection: postgresConnection(pool),
        transaction: postgresTransactions(pool),
        address: address.href,
        async close() {
          await pool.query(`DROP SCHEMA ${schema} CASCADE`);
          await pool.end();
        },
      };
    },
  },
];
