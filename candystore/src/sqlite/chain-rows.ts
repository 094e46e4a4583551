/** The chain's rows of a SQLite store, some at a time, so that others are answered in between. */
import type { Checkpoint } from "../audit/contract.js";
import type { Chain, ChainRow } from "../audit/verify.js";
import type { Database } from "./database.js";
import type { Rows } from "./rows.js";

const SLICE = 500;
/** Of an event that cannot be read: its class is gone. */
const NONE = new Uint8Array(32);

/** All that is read at once is of one moment. */
export type AtOneMoment = <T>(work: () => T) => T;

/** What is recorded while it is read is not looked at; what stands beyond the head when that begins is. */
export function chainOf(
  database: Database,
  rows: Rows,
  outside: readonly Checkpoint[],
  atOneMoment: AtOneMoment,
): Chain {
  const head = database.prepare("SELECT position, link FROM head").get() as Chain["head"];
  const { last } = database.prepare("SELECT max(position) AS last FROM events").get() as {
    last: number | null;
  };
  return {
    head,
    rows: chainRows(database, rows, Math.max(head.position, last ?? 0), atOneMoment),
    checkpoints: [...checkpointsOf(database), ...outside],
  };
}

export function checkpointsOf(database: Database): readonly Checkpoint[] {
  const found = database.prepare("SELECT * FROM checkpoints ORDER BY position").all() as {
    position: number;
    hash: Uint8Array;
    at: number;
  }[];
  return found.map(({ position, hash, at }) => ({
    position,
    hash: Buffer.from(hash).toString("hex"),
    at: new Date(at).toISOString(),
  }));
}

async function* chainRows(
  database: Database,
  rows: Rows,
  last: number,
  atOneMoment: AtOneMoment,
): AsyncGenerator<ChainRow> {
  const kept = database.prepare("SELECT position, link FROM events WHERE position > ? AND position <= ?");
  const removed = database.prepare("SELECT * FROM removed WHERE position > ? AND position <= ?");
  for (let from = 0; from < last; from += SLICE) {
    const to = Math.min(from + SLICE, last);
    // Retention takes an event from one table to another: in between it would be in both, or in none.
    const slice = atOneMoment(() => {
      const found: ChainRow[] = [];
      for (const { position, link } of kept.all(from, to) as { position: number; link: Uint8Array }[]) {
        const event = rows.at(position);
        found.push(event === undefined ? { position, link, digest: NONE } : { position, link, event });
      }
      found.push(...(removed.all(from, to) as { position: number; link: Uint8Array; digest: Uint8Array }[]));
      return found;
    });
    yield* slice.sort((a, b) => a.position - b.position);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
