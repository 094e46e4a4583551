/** The chain's rows in PostgreSQL, some at a time, each time as they stand at one moment. */
import type pg from "pg";
import type { Checkpoint } from "../audit/contract.js";
import type { Chain, ChainRow } from "../audit/verify.js";
import { type ClassRow, classFromRow } from "../layout/class-rows.js";
import { Classes } from "../layout/classes.js";
import { PostgresRows } from "./rows.js";

const SLICE = 1_000;
/** Of an event that cannot be read: its class is gone. */
const NONE = new Uint8Array(32);

/** What is recorded while it is read is not looked at; what stands beyond the head when that begins is. */
export function chainOf(pool: pg.Pool): Promise<Chain> {
  return atOneMoment(pool, async (client) => {
    const { rows: heads } = await client.query<{ position: string; link: Buffer; last: string | null }>(
      "SELECT position, link, (SELECT max(position) FROM events) AS last FROM head",
    );
    const { position, link, last } = heads[0]!;
    const head = { position: Number(position), link };
    const classes = new Classes();
    for (const row of (await client.query<ClassRow>("SELECT * FROM classes ORDER BY class")).rows)
      classes.add(classFromRow(row));
    return {
      head,
      rows: chainRows(pool, classes, Math.max(head.position, Number(last ?? 0))),
      checkpoints: await checkpointsOf(client),
    };
  });
}

export async function checkpointsOf(from: pg.Pool | pg.ClientBase): Promise<readonly Checkpoint[]> {
  const { rows } = await from.query<{ position: string; hash: Buffer; at: string }>(
    "SELECT * FROM checkpoints ORDER BY position",
  );
  return rows.map(({ position, hash, at }) => ({
    position: Number(position),
    hash: hash.toString("hex"),
    at: new Date(Number(at)).toISOString(),
  }));
}

async function* chainRows(pool: pg.Pool, classes: Classes, last: number): AsyncGenerator<ChainRow> {
  for (let from = 0; from < last; from += SLICE) {
    const range = [from, Math.min(from + SLICE, last)];
    yield* await atOneMoment(pool, (client) => sliceOf(client, classes, range));
  }
}

async function sliceOf(
  client: pg.ClientBase,
  classes: Classes,
  range: readonly number[],
): Promise<readonly ChainRow[]> {
  const links = await client.query<{ position: string; link: Buffer }>(
    "SELECT position, link FROM events WHERE position > $1 AND position <= $2",
    [...range],
  );
  const linkAt = new Map(links.rows.map(({ position, link }) => [Number(position), link]));
  const removed = await client.query<{ position: string; digest: Buffer; link: Buffer }>(
    "SELECT * FROM removed WHERE position > $1 AND position <= $2",
    [...range],
  );
  const slice: ChainRow[] = [];
  for (const event of await new PostgresRows(client, () => classes).at([...linkAt.keys()])) {
    slice.push({ position: event.position, link: linkAt.get(event.position)!, event });
    linkAt.delete(event.position);
  }
  for (const [position, link] of linkAt) slice.push({ position, link, digest: NONE });
  for (const { position, digest, link } of removed.rows)
    slice.push({ position: Number(position), digest, link });
  return slice.sort((a, b) => a.position - b.position);
}

/** Retention takes an event from one table to another: in between it would be in both, or in none. */
async function atOneMoment<T>(pool: pg.Pool, work: (client: pg.ClientBase) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
    const result = await work(client);
    await client.query("COMMIT");
    broken = false;
    return result;
  } finally {
    client.release(broken);
  }
}
