/**
 * A pooler between us and PostgreSQL that lends a connection for one transaction at a time (PgBouncer's
 * `pool_mode = transaction`) takes away what the store rests on: `LISTEN`, prepared statements, its schema. Nothing
 * fails at once there; settings and notices go astray. So it is found out before anything is written.
 */
import type pg from "pg";
import type { StoreLocation } from "../contract.js";
import { StoreError } from "../errors.js";
import { connect } from "./connection.js";

/** How often the two connections are compared: a pool of several may serve them from different ones in turn. */
const LOOKS = 4;

/** @throws StoreError `STORE_POOLED` */
export async function refuseTransactionPooling(location: StoreLocation): Promise<void> {
  const one = await connect(location, "door");
  try {
    // PostgreSQL tells each client the process that serves it; a pooler makes up a number of its own.
    if ((await servedBy(one)) === told(one)) return;
    const two = await connect(location, "door");
    try {
      await compare(one, two);
    } finally {
      await two.end();
    }
  } finally {
    await one.end();
  }
}

/** Two connections that are open at once are never served by the same process, unless it is lent to both in turn. */
async function compare(...clients: readonly pg.Client[]): Promise<void> {
  const owners = new Map<number, pg.Client>();
  for (let look = 0; look < LOOKS; look++)
    for (const client of clients) {
      const process = await servedBy(client);
      if ((owners.get(process) ?? client) !== client)
        throw new StoreError(
          "STORE_POOLED",
          "DATABASE_URL leads to a pooler that lends its connections for one transaction at a time (PgBouncer's " +
            "pool_mode = transaction). Give the store one with pool_mode = session, or PostgreSQL's own address.",
        );
      owners.set(process, client);
    }
}

async function servedBy(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ process: number }>("SELECT pg_backend_pid() AS process");
  return rows[0]!.process;
}

/** Of the protocol's BackendKeyData; `pg` knows it, and its types do not. */
const told = (client: pg.Client): unknown => (client as { readonly processID?: unknown }).processID;
