/** The chain's rows in PostgreSQL, some at a time. */
import type pg from "pg";
import type { Checkpoint } from "../audit/contract.js";
import type { Chain, ChainRow } from "../audit/verify.js";
import type { PostgresRows } from "./rows.js";

const SLICE = 1_000;
/** Of an event that cannot be read: its class is gone. */
const NONE = new Uint8Array(32);

export async function chainOf(pool: pg.Pool, rows: PostgresRows): Promise<Chain> {
  const { rows: heads } = await pool.query<{ position: string; link: Buffer }>(
    "SELECT position, link FROM head",
  );
  const head = { position: Number(heads[0]!.position), link: heads[0]!.link };
  return { head, rows: chainRows(pool, rows, head.position), checkpoints: await checkpointsOf(pool) };
}

export async function checkpointsOf(pool: pg.Pool): Promise<readonly Checkpoint[]> {
  const { rows } = await pool.query<{ position: string; hash: Buffer; at: string }>(
    "SELECT * FROM checkpoints ORDER BY position",
  );
  return rows.map(({ position, hash, at }) => ({
    position: Number(position),
    hash: hash.toString("hex"),
    at: new Date(Number(at)).toISOString(),
  }));
}

async function* chainRows(pool: pg.Pool, rows: PostgresRows, head: number): AsyncGenerator<ChainRow> {
  const { rows: furthest } = await pool.query<{ last: string | null }>(
    "SELECT max(position) AS last FROM events",
  );
  const last = Math.max(head, Number(furthest[0]?.last ?? 0));
  for (let from = 0; from < last; from += SLICE) {
    const range = [from, Math.min(from + SLICE, last)];
    const links = await pool.query<{ position: string; link: Buffer }>(
      "SELECT position, link FROM events WHERE position > $1 AND position <= $2",
      range,
    );
    const linkAt = new Map(links.rows.map(({ position, link }) => [Number(position), link]));
    const removed = await pool.query<{ position: string; digest: Buffer; link: Buffer }>(
      "SELECT * FROM removed WHERE position > $1 AND position <= $2",
      range,
    );
    const slice: ChainRow[] = [];
    for (const event of await rows.at([...linkAt.keys()])) {
      slice.push({ position: event.position, link: linkAt.get(event.position)!, event });
      linkAt.delete(event.position);
    }
    for (const [position, link] of linkAt) slice.push({ position, link, digest: NONE });
    for (const { position, digest, link } of removed.rows)
      slice.push({ position: Number(position), digest, link });
    yield* slice.sort((a, b) => a.position - b.position);
  }
}
