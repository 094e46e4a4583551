/** Removes events from PostgreSQL, in rounds as SQLite's store does: choose ─▶ archive, synced ─▶ delete. */
import type pg from "pg";
import { digestOf } from "../audit/chain.js";
import type { RetentionResult } from "../engine/contract.js";
import { writeArchive } from "../keep/archive.js";
import type { Retention } from "../keep/contract.js";
import { exportLine } from "../keep/export-lines.js";
import { checkRetention, cutoffOf } from "../keep/rules.js";
import { BLOCK, blockOf, countsText } from "../layout/blocks.js";
import { type ClassRow, classFromRow } from "../layout/class-rows.js";
import { Classes } from "../layout/classes.js";
import { eventKey } from "../record/event-key.js";
import { linksOf } from "../record/links-of.js";
import type { EventRow } from "../record/stored-event.js";
import { keyBytes } from "./connection.js";
import { PostgresRows } from "./rows.js";
import { PARTITION } from "./schema.js";
import type { PostgresWriter } from "./writer.js";

const ROUND = 20_000;
const SLICE = 1_000;

export async function retainPostgres(
  writer: PostgresWriter,
  archive: string,
  retention: Retention,
): Promise<RetentionResult> {
  checkRetention(retention);
  const client = await writer.newClient("retention");
  try {
    return await retain(writer, client, archive, retention);
  } finally {
    await client.end();
  }
}

async function retain(
  writer: PostgresWriter,
  client: pg.Client,
  archive: string,
  retention: Retention,
): Promise<RetentionResult> {
  const classes = new Classes();
  for (const row of (await client.query<ClassRow>("SELECT * FROM classes")).rows)
    classes.add(classFromRow(row));
  const rows = new PostgresRows(client, () => classes);
  const archives: string[] = [];
  let removed = 0;
  let bytes = 0;
  for await (const positions of rounds(client, classes, retention)) {
    if (retention.archive !== false && !retention.dry_run) {
      const name = `events-${pad(positions[0]!)}-${pad(positions.at(-1)!)}`;
      archives.push(await writeArchive(archive, name, linesOf(rows, positions)));
    }
    // Read once more: all of a round may be more than there is memory for.
    for await (const slice of slicesOf(rows, positions)) {
      removed += slice.length;
      for (const { body } of slice) bytes += body.byteLength;
      if (!retention.dry_run) await writer.transaction((one) => remove(one, slice));
    }
  }
  if (removed > 0 && !retention.dry_run) await writer.transaction(dropEmptyPartitions);
  const { rows: firsts } = await client.query<{ first: string | null; position: string }>(
    "SELECT (SELECT min(position) FROM events) AS first, position FROM head",
  );
  const first = firsts[0]!.first === null ? Number(firsts[0]!.position) + 1 : Number(firsts[0]!.first);
  return { removed, bytes, archives, dry_run: retention.dry_run ?? false, first };
}

async function* slicesOf(rows: PostgresRows, positions: readonly number[]) {
  for (let at = 0; at < positions.length; at += SLICE) yield await rows.at(positions.slice(at, at + SLICE));
}

async function* linesOf(rows: PostgresRows, positions: readonly number[]): AsyncGenerator<Uint8Array> {
  for await (const slice of slicesOf(rows, positions)) for (const row of slice) yield exportLine(row);
}

/** None of them is empty. */
async function* rounds(
  client: pg.Client,
  classes: Classes,
  retention: Retention,
): AsyncGenerator<readonly number[]> {
  const cutoff = cutoffOf(retention);
  const aged = [...classes].flatMap(({ class: number, type }) => {
    const before = cutoff(type);
    return before === undefined ? [] : [{ number, before }];
  });
  const gone = new Set<number>();
  for (let after = 0; ; ) {
    const { rows } = await client.query<{ position: string }>(
      `SELECT position FROM events JOIN unnest($1::int[], $2::bigint[]) AS old (class, before)
         ON events.class = old.class AND events.received < old.before
       WHERE position > $3 ORDER BY position LIMIT $4`,
      [aged.map(({ number }) => number), aged.map(({ before }) => Math.floor(before)), after, ROUND],
    );
    if (rows.length === 0) break;
    const round = rows.map(({ position }) => Number(position));
    after = round.at(-1)!;
    if (retention.dry_run) for (const position of round) gone.add(position);
    yield round;
  }
  yield* bySize(client, retention, gone);
}

async function* bySize(
  client: pg.Client,
  { max_bytes: most }: Retention,
  gone: ReadonlySet<number>,
): AsyncGenerator<readonly number[]> {
  if (most === undefined) return;
  const { rows: sizes } = await client.query<{ bytes: string; events: string }>(`
    SELECT coalesce(sum(octet_length(body) + octet_length(facts) + 200), 0) AS bytes, count(*) AS events FROM events`);
  const used = Number(sizes[0]!.bytes);
  const events = Number(sizes[0]!.events);
  if (used <= most || events === 0) return;
  let surplus = Math.min(events, Math.ceil((used - most) / (used / events))) - gone.size;
  for (let after = 0; surplus > 0; ) {
    const { rows } = await client.query<{ position: string }>(
      "SELECT position FROM events WHERE position > $1 ORDER BY position LIMIT $2",
      [after, ROUND],
    );
    if (rows.length === 0) return;
    after = Number(rows.at(-1)!.position);
    const round = rows
      .map(({ position }) => Number(position))
      .filter((position) => !gone.has(position))
      .slice(0, surplus);
    surplus -= round.length;
    if (round.length > 0) yield round;
  }
}

async function remove(client: pg.Client, round: readonly EventRow[]): Promise<void> {
  const positions = round.map(({ position }) => position);
  await client.query(
    `INSERT INTO removed SELECT events.position, left_behind.digest, events.link FROM events
     JOIN unnest($1::bigint[], $2::bytea[]) AS left_behind (position, digest)
       ON left_behind.position = events.position`,
    [positions, round.map((row) => digestOf(row.position, row))],
  );
  await client.query(
    `UPDATE classes SET events = events - gone.n
     FROM (SELECT class, count(*) AS n FROM events WHERE position = ANY ($1::bigint[]) GROUP BY class) AS gone
     WHERE classes.class = gone.class`,
    [positions],
  );
  await client.query(
    "DELETE FROM ids WHERE id IN (SELECT id FROM events WHERE position = ANY ($1::bigint[]))",
    [positions],
  );
  const links = round.flatMap((row) =>
    linksOf(row).map(([id, kind]) => ({ id, kind, position: row.position })),
  );
  await client.query(
    `DELETE FROM links USING unnest($1::bytea[], $2::smallint[], $3::bigint[]) AS gone (id, kind, position)
     WHERE links.id = gone.id AND links.kind = gone.kind AND links.position = gone.position`,
    [
      links.map(({ id }) => keyBytes(eventKey(id))),
      links.map(({ kind }) => kind),
      links.map(({ position }) => position),
    ],
  );
  for (const table of ["search", "events"])
    await client.query(`DELETE FROM ${table} WHERE position = ANY ($1::bigint[])`, [positions]);
  for (const block of new Set(positions.map(blockOf))) await recount(client, block);
  await client.query("UPDATE head SET generation = generation + 1");
}

async function recount(client: pg.Client, block: number): Promise<void> {
  const { rows } = await client.query<{ class: number; n: string; earliest: string; latest: string }>(
    `SELECT class, count(*) AS n, min(received) AS earliest, max(received) AS latest FROM events
     WHERE position BETWEEN $1 AND $2 GROUP BY class`,
    [block * BLOCK, block * BLOCK + BLOCK - 1],
  );
  const counts = new Map(rows.map((row) => [row.class, Number(row.n)]));
  if (rows.length === 0) {
    await client.query("UPDATE blocks SET counts = $2 WHERE block = $1", [block, countsText(counts)]);
    return;
  }
  await client.query("UPDATE blocks SET counts = $2, earliest = $3, latest = $4 WHERE block = $1", [
    block,
    countsText(counts),
    Math.min(...rows.map(({ earliest }) => Number(earliest))),
    Math.max(...rows.map(({ latest }) => Number(latest))),
  ]);
}

/** A partition that no event will be added to any more is given back as a whole. */
async function dropEmptyPartitions(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string; position: string }>(
    `SELECT relname AS name, (SELECT position FROM head) AS position FROM pg_inherits
     JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent = 'events'::regclass`,
  );
  for (const { name, position } of rows) {
    const number = Number(/^events_(\d+)$/.exec(name)?.[1] ?? Number.NaN);
    if (!(number < Math.floor(Number(position) / PARTITION))) continue;
    const { rows: some } = await client.query(`SELECT 1 FROM ${name} LIMIT 1`);
    if (some.length === 0) await client.query(`DROP TABLE ${name}`);
  }
}

const pad = (position: number): string => String(position).padStart(12, "0");
