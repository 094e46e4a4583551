/** Connections to the store's schema, and our codes for PostgreSQL's errors. */
import pg from "pg";
import type { StoreLocation } from "../contract.js";
import { StoreError, type StoreErrorCode } from "../errors.js";

const SCHEMA = /^[a-z_][a-z0-9_]{0,62}$/;

export function schemaOf({ databaseSchema = "candystore" }: StoreLocation): string {
  if (!SCHEMA.test(databaseSchema))
    throw new StoreError(
      "STORE_UNAVAILABLE",
      `“${databaseSchema}” is no schema name: lower-case letters, digits and underscores.`,
    );
  return databaseSchema;
}

/**
 * For a client or a pool of them. Nothing is set by the startup packet's `options`, which PgBouncer refuses:
 * `connect` sets it once connected, and so does a pool.
 */
export function clientOptions(location: StoreLocation, role: string): pg.PoolConfig {
  return {
    connectionString: location.databaseUrl,
    application_name: `candystore ${role} ${schemaOf(location)}`.slice(0, 63),
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
    onConnect: (client) => setSession(client, location),
  };
}

export async function connect(location: StoreLocation, role: string): Promise<pg.Client> {
  const client = new pg.Client(clientOptions(location, role));
  // What waits on the connection is rejected; without a listener the event would end the process.
  client.on("error", () => undefined);
  try {
    await client.connect();
    await setSession(client, location);
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw postgresError(error);
  }
}

/**
 * Without compiling of queries: all are short, and without statistics PostgreSQL takes some for long and compiles them, which
 * took 20 ms of a trace's 50.
 */
async function setSession(client: pg.ClientBase, location: StoreLocation): Promise<void> {
  await client.query(`SET search_path = ${schemaOf(location)}; SET jit = off`);
}

/**
 * SQLSTATE classes: https://www.postgresql.org/docs/15/errcodes-appendix.html. Only what is wrong with the data is
 * an event's fault; whatever else happens passes, or is for an operator, and the event must wait.
 */
export function postgresError(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code = "", message = String(error) } = error as { code?: string; message?: string };
  return new StoreError(codeOf(String(code)), `PostgreSQL: ${message}`, { cause: error });
}

function codeOf(state: string): StoreErrorCode {
  if (/^53[12]00$/.test(state)) return "STORE_FULL";
  if (/^(40|55)/.test(state)) return "STORE_BUSY";
  if (/^(22|23|54)[0-9A-Z]{3}$/.test(state)) return "STORE_FAILED";
  return "STORE_UNAVAILABLE";
}

const UUID_BYTES = 16;

/** An id as it stands in a column: the 16 bytes of a UUID, or a zero byte and the text. A second one, where those would be 16. */
export function keyBytes(key: Uint8Array | string): Buffer {
  if (typeof key !== "string") return Buffer.from(key);
  const bytes = Buffer.from(`\0${key}`);
  return bytes.byteLength === UUID_BYTES ? Buffer.from(`\0\0${key}`) : bytes;
}

export function keyOf(bytes: Buffer): Uint8Array | string {
  if (bytes.byteLength === UUID_BYTES || bytes[0] !== 0) return bytes;
  return bytes.subarray(bytes[1] === 0 ? 2 : 1).toString();
}
