/** A store in PostgreSQL takes the place of another: made beside it, in a schema of its own, and renamed in one step. */
import type pg from "pg";
import type { StoreLocation } from "../contract.js";
import { StoreError } from "../errors.js";
import { connect, postgresError, schemaOf } from "./connection.js";

/** PostgreSQL cuts longer names off. */
const LONGEST = 63;
const beside = (schema: string, suffix: string) => schema.slice(0, LONGEST - suffix.length) + suffix;

/**
 * `make` fills the store in the location that it is given.
 *
 * @throws StoreError `FILE_EXISTS` when there is a history already, unless `replace`, or anything else; `STORE_BUSY` when a
 *   program has it open
 */
export async function replacePostgres(
  location: StoreLocation,
  replace: boolean,
  make: (location: StoreLocation) => Promise<void>,
): Promise<{ readonly events: number; readonly position: number }> {
  const schema = schemaOf(location);
  const making = beside(schema, "_restoring");
  const before = beside(schema, "_before_restore");
  const client = await connect(location, "restore");
  try {
    const there = await isThere(client, schema);
    if (!there) await refuseForeign(client, schema);
    // Not by its events: of those that retention removed there are the digests.
    const isBegun = there && (await positionIn(client, schema)) > 0;
    if (isBegun && !replace)
      throw new StoreError(
        "FILE_EXISTS",
        `There is a history of ${await eventsIn(client, schema)} events in the database's schema ${schema}. Say that it may be replaced.`,
      );
    await checkIdle(client, schema);
    await client.query(`SET client_min_messages = error; DROP SCHEMA IF EXISTS ${making} CASCADE`);
    await make({ ...location, databaseSchema: making });
    await client.query("BEGIN");
    if (isBegun) {
      await client.query(`DROP SCHEMA IF EXISTS ${before} CASCADE`);
      await client.query(`ALTER SCHEMA ${schema} RENAME TO ${before}`);
    } else await client.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
    await client.query(`ALTER SCHEMA ${making} RENAME TO ${schema}`);
    await client.query("COMMIT");
    return {
      events: await eventsIn(client, schema),
      position: await positionIn(client, schema),
    };
  } catch (error) {
    throw postgresError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function isThere(client: pg.Client, schema: string): Promise<boolean> {
  const { rows } = await client.query("SELECT to_regclass($1) IS NOT NULL AS there", [`${schema}.head`]);
  return rows[0]?.there === true;
}

/** What is no store of ours is never dropped. */
async function refuseForeign(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relnamespace = to_regnamespace($1) ORDER BY relname LIMIT 1",
    [schema],
  );
  if (rows[0] !== undefined)
    throw new StoreError(
      "FILE_EXISTS",
      `The database's schema ${schema} is another program's: it has ${rows[0].name}, and is not replaced.`,
    );
}

const eventsIn = (client: pg.Client, schema: string) =>
  numberOf(client, `SELECT coalesce(sum(events), 0) AS n FROM ${schema}.classes`);

const positionIn = (client: pg.Client, schema: string) =>
  numberOf(client, `SELECT position AS n FROM ${schema}.head`);

async function numberOf(client: pg.Client, question: string): Promise<number> {
  const { rows } = await client.query<{ n: string }>(question);
  return Number(rows[0]?.n);
}

/** Every connection of a store names its role and its schema: see `clientOptions`. */
async function checkIdle(client: pg.Client, schema: string): Promise<void> {
  const { rows } = await client.query(
    `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
     AND application_name = left('candystore ' || split_part(application_name, ' ', 2) || ' ' || $1, 63) LIMIT 1`,
    [schema],
  );
  if (rows.length > 0)
    throw new StoreError("STORE_BUSY", `A program has the store in schema ${schema} open.`);
}
