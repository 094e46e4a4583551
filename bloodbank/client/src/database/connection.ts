/**
 * The little that outbox and inbox need of a database: the caller's own connection, in the caller's own
 * transaction. No driver is imported here; the two adapters fit `pg` and everything with the face of `node:sqlite`.
 */

import { AsyncLocalStorage } from "node:async_hooks";

export type Row = Readonly<Record<string, unknown>>;

export interface SqlConnection {
  readonly dialect: "sqlite" | "postgres";
  /** Runs one statement; parameters are `?` in SQLite and `$1` in PostgreSQL. */
  query(sql: string, parameters?: readonly unknown[]): Promise<readonly Row[]>;
}

/** Runs work in one transaction: committed when it resolves, rolled back when it rejects. */
export type Transactions<C extends SqlConnection = SqlConnection> = <T>(
  work: (connection: C) => Promise<T>,
) => Promise<T>;

/** `DatabaseSync` of `node:sqlite`, `@photostructure/sqlite`, or anything of that shape. */
export interface SqliteDatabase {
  exec(sql: string): unknown;
  prepare(sql: string): { all(...parameters: never[]): unknown[] };
}

/** A client, pool client or pool of `pg`. */
export interface PostgresClient {
  query(sql: string, parameters?: unknown[]): Promise<{ rows: Row[]; command?: string }>;
}

/** `pg`'s pool, as far as it is needed here. */
export interface PostgresPool {
  connect(): Promise<PooledClient>;
}

interface PooledClient extends PostgresClient {
  release(broken?: boolean): void;
  on(event: "error", listener: (error: Error) => void): unknown;
  removeListener(event: "error", listener: (error: Error) => void): unknown;
}

/** Statements run when `query` is called, before it returns: the caller's synchronous transaction holds them. */
export function sqliteConnection(database: SqliteDatabase): SqlConnection {
  return {
    dialect: "sqlite",
    async query(sql, parameters = []) {
      return database.prepare(sql).all(...(parameters as never[])) as Row[];
    },
  };
}

export function postgresConnection(client: PostgresClient): SqlConnection {
  return {
    dialect: "postgres",
    query: async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows,
  };
}

/** The transactions of one database, whoever asked for them. */
interface Turns {
  readonly outer: AsyncLocalStorage<{ open: boolean }>;
  last: Promise<unknown>;
}

const turnsOf = new WeakMap<SqliteDatabase, Turns>();

/**
 * Transactions on one SQLite database, one after the other: handlers at work at the same time share the
 * connection, and would otherwise write into each other's transaction. A relay on the same connection takes its turn too.
 *
 * One that is begun within another rejects: it would wait for the outer one, and the outer one for it.
 */
export function sqliteTransactions(database: SqliteDatabase): Transactions {
  const connection = sqliteConnection(database);
  const turns = turnsOf.get(database) ?? { outer: new AsyncLocalStorage(), last: Promise.resolve() };
  turnsOf.set(database, turns);
  return (work) => {
    if (turns.outer.getStore()?.open)
      return Promise.reject(
        new Error("this code runs in a transaction already: use the connection that it was given"),
      );
    const turn = turns.last.then(async () => {
      database.exec("BEGIN IMMEDIATE");
      const state = { open: true };
      try {
        const result = await turns.outer.run(state, () => work(connection));
        database.exec("COMMIT");
        return result;
      } catch (error) {
        try {
          database.exec("ROLLBACK");
        } catch {
          // SQLite has done so itself, as on a full disk: what went wrong is the first error.
        }
        throw error;
      } finally {
        state.open = false;
      }
    });
    turns.last = turn.catch(() => undefined);
    return turn;
  };
}

/** Transactions on a pool, each on a connection of its own. */
export function postgresTransactions(pool: PostgresPool): Transactions {
  return async (work) => {
    const client = await pool.connect();
    let broken = false;
    // A connection may be lost between two statements, while the work waits for something else.
    const lost = () => {
      broken = true;
    };
    client.on("error", lost);
    try {
      await client.query("BEGIN");
      try {
        const result = await work(postgresConnection(client));
        const { command } = await client.query("COMMIT");
        // So PostgreSQL answers where a statement had failed, also when the work went on without it.
        if (command === "ROLLBACK")
          throw new Error(
            "nothing was committed: a statement of the transaction failed, and its error was caught in it; use a savepoint",
          );
        return result;
      } catch (error) {
        await client.query("ROLLBACK").catch(() => {
          broken = true;
        });
        throw error;
      }
    } finally {
      client.removeListener("error", lost);
      client.release(broken);
    }
  };
}

/**
 * Makes a table where it is missing, and adds to one that was made before they were known the columns that it lacks.
 * PostgreSQL lets two who make it at the same time run into each other, so there they take turns.
 *
 * @param columns their definitions by name
 * @param constraint of the table
 */
export async function createTable(
  connection: SqlConnection,
  table: string,
  columns: Readonly<Record<string, string>>,
  constraint?: string,
): Promise<void> {
  const postgres = connection.dialect === "postgres";
  const definitions = Object.entries(columns).map((column) => column.join(" "));
  if (constraint !== undefined) definitions.push(constraint);
  const create = `CREATE TABLE IF NOT EXISTS ${table} (${definitions.join(", ")})`;
  await connection.query(
    postgres ? `DO $$ BEGIN PERFORM pg_advisory_xact_lock(hashtext('${table}')); ${create}; END $$` : create,
  );
  const [name = table, schema = "main"] = table.split(".").reverse();
  const there = postgres
    ? await connection.query("SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass", [
        table,
      ])
    : await connection.query("SELECT name FROM pragma_table_info(?, ?)", [name, schema]);
  const known = new Set(there.map((row) => row.name));
  // Only PostgreSQL knows IF NOT EXISTS here, and only there another may have added it meanwhile.
  const add = postgres ? "ADD COLUMN IF NOT EXISTS" : "ADD COLUMN";
  for (const [column, definition] of Object.entries(columns))
    if (!known.has(column)) await connection.query(`ALTER TABLE ${table} ${add} ${column} ${definition}`);
}

/** The placeholder of the `n`-th parameter, counted from 1. */
export const placeholder = (dialect: SqlConnection["dialect"], n: number): string =>
  dialect === "postgres" ? `$${n}` : "?";

/** A table's name goes into statements as it stands. */
export function tableName(name: string): string {
  if (!/^[a-z_][a-z0-9_]{0,50}(\.[a-z_][a-z0-9_]{0,50})?$/i.test(name))
    throw new RangeError(`not a table's name: ${name}`);
  return name;
}
