/**
 * The store's tables in PostgreSQL: the layout of SQLite's, and what several writers need.
 *
 * - `events` is partitioned by position, a million each. A unique index could not span them, so `ids` says which
 *   ids exist, where, and how many copies came.
 * - All who append hold one advisory lock from taking positions to the commit. So a position becomes visible only
 *   after all smaller ones, whoever wrote them, and a reader by position misses nothing.
 *
 * Migrations are additions that running programs of the version before can live with: stop nobody to migrate.
 */
import type pg from "pg";
import { StoreError } from "../errors.js";

export const PARTITION = 1 << 20;

const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE classes (
    class integer PRIMARY KEY,
    type text NOT NULL, version text NOT NULL, app text NOT NULL,
    exchange text NOT NULL, routing_key text NOT NULL, valid smallint NOT NULL,
    events bigint NOT NULL DEFAULT 0
  );
  CREATE TABLE events (
    position bigint NOT NULL PRIMARY KEY,
    id bytea NOT NULL,
    class integer NOT NULL,
    received bigint NOT NULL,
    facts text NOT NULL,
    link bytea NOT NULL,
    body bytea NOT NULL
  ) PARTITION BY RANGE (position);
  CREATE INDEX events_class ON events (class, position) INCLUDE (received);
  CREATE TABLE ids (id bytea PRIMARY KEY, position bigint NOT NULL, copies integer NOT NULL DEFAULT 0);
  CREATE TABLE links (
    id bytea NOT NULL, kind smallint NOT NULL, position bigint NOT NULL, PRIMARY KEY (id, kind, position)
  );
  CREATE TABLE blocks (
    block bigint PRIMARY KEY, earliest bigint NOT NULL, latest bigint NOT NULL, counts text NOT NULL
  );
  CREATE TABLE removed (position bigint PRIMARY KEY, digest bytea NOT NULL, link bytea NOT NULL);
  CREATE TABLE checkpoints (position bigint PRIMARY KEY, hash bytea NOT NULL, at bigint NOT NULL);
  CREATE TABLE replays (replay_id text PRIMARY KEY, record text NOT NULL);
  CREATE TABLE head (
    one integer PRIMARY KEY CHECK (one = 1), position bigint NOT NULL, link bytea NOT NULL,
    generation bigint NOT NULL, indexed bigint NOT NULL
  );
  INSERT INTO head VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0, 0);
  CREATE TABLE search (position bigint PRIMARY KEY, words tsvector NOT NULL);
  CREATE INDEX search_words ON search USING gin (words);
  `,
];

/** Locks that all programs on one schema share: 1 migrates, 2 appends, 3 indexes. */
export const LOCKS = { migrate: 1, append: 2, index: 3 } as const;

/** Two numbers for an advisory lock of this schema. */
export const lockArgs = (lock: keyof typeof LOCKS): string =>
  `hashtext('candystore ' || current_schema()), ${LOCKS[lock]}`;

export async function migrate(client: pg.Client, schema: string): Promise<void> {
  await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`).catch((error: { code?: string }) => {
    // Two at once: the other one made it.
    if (error.code !== "23505" && error.code !== "42P06") throw error;
  });
  await client.query("BEGIN");
  try {
    await client.query(`SELECT pg_advisory_xact_lock(${lockArgs("migrate")})`);
    await client.query(
      "CREATE TABLE IF NOT EXISTS migrations (version integer PRIMARY KEY, at timestamptz NOT NULL)",
    );
    const { rows } = await client.query<{ version: number }>(
      "SELECT coalesce(max(version), 0) AS version FROM migrations",
    );
    const version = rows[0]?.version ?? 0;
    if (version > MIGRATIONS.length)
      throw new StoreError(
        "STORE_TOO_NEW",
        `The store has version ${version}; this program knows ${MIGRATIONS.length}. Update it.`,
      );
    for (const [i, step] of MIGRATIONS.slice(version).entries()) {
      await client.query(step);
      await client.query("INSERT INTO migrations VALUES ($1, now())", [version + i + 1]);
    }
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  }
}
