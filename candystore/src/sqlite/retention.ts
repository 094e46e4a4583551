/**
 * Removes events, in rounds: choose ─▶ archive, synced ─▶ delete, a transaction for each thousand.
 *
 * A crash before the deletion leaves an archive of what is still there; the next run archives it again, and an import
 * of both stores each event once. What is deleted leaves its digest and link in the same transaction.
 */
import { digestOf } from "../audit/chain.js";
import type { RetentionResult } from "../engine/contract.js";
import { writeArchive } from "../keep/archive.js";
import type { Retention } from "../keep/contract.js";
import { exportLine } from "../keep/export-lines.js";
import { checkRetention, cutoffOf } from "../keep/rules.js";
import { BLOCK, type BlockRow, blockFromRow, blockOf, countsText } from "../layout/blocks.js";
import { type ClassRow, classFromRow } from "../layout/class-rows.js";
import { Classes } from "../layout/classes.js";
import { type MembersRow, membersFrom, membersRow } from "../layout/members.js";
import { eventKey } from "../record/event-key.js";
import { linksOf } from "../record/links-of.js";
import type { Database } from "./database.js";
import { Rows } from "./rows.js";
import { pragma } from "./schema.js";
import type { SqliteWriter } from "./writer.js";

/** Events an archive holds, and a round takes, at most. */
const ROUND = 100_000;
const SLICE = 1_000;

export async function retainSqlite(
  writer: SqliteWriter,
  archive: string,
  retention: Retention,
): Promise<RetentionResult> {
  checkRetention(retention);
  const { database } = writer;
  const classes = new Classes();
  for (const row of database.prepare("SELECT * FROM classes").all() as ClassRow[])
    classes.add(classFromRow(row));
  const rows = new Rows(database, () => classes);
  const archives: string[] = [];
  let removed = 0;
  let bytes = 0;
  for (const round of rounds(database, classes, retention)) {
    removed += round.length;
    for (const position of round) bytes += rows.at(position)?.body.byteLength ?? 0;
    if (retention.dry_run) continue;
    if (retention.archive !== false) {
      const name = `events-${pad(round[0]!)}-${pad(round.at(-1)!)}`;
      archives.push(await writeArchive(archive, name, linesOf(rows, round)));
    }
    for (let at = 0; at < round.length; at += SLICE) {
      remove(writer, rows, round.slice(at, at + SLICE));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  if (removed > 0 && !retention.dry_run) await shrink(database);
  const first = database.prepare("SELECT min(position) AS first FROM events").get() as {
    first: number | null;
  };
  return {
    removed,
    bytes,
    archives,
    dry_run: retention.dry_run ?? false,
    first: first.first ?? writer.position + 1,
  };
}

/** Positions that go, by age and then by size, oldest first. */
function* rounds(database: Database, classes: Classes, retention: Retention): Generator<readonly number[]> {
  const cutoff = cutoffOf(retention);
  const before = new Map<number, number>();
  for (const { class: number, type } of classes) {
    const time = cutoff(type);
    if (time !== undefined) before.set(number, time);
  }
  const blocks = (database.prepare("SELECT * FROM blocks ORDER BY block").all() as BlockRow[])
    .map(blockFromRow)
    // Only of those that have what may go are the events looked at.
    .filter(({ counts, earliest }) => [...counts.keys()].some((one) => earliest < (before.get(one) ?? 0)));
  const inBlock = database.prepare(
    "SELECT position, class, received FROM events WHERE position BETWEEN ? AND ?",
  );
  const gone = new Set<number>();
  let round: number[] = [];
  for (const { block } of blocks) {
    const from = block * BLOCK;
    for (const row of inBlock.all(from, from + BLOCK - 1) as {
      position: number;
      class: number;
      received: number;
    }[]) {
      if (row.received >= (before.get(row.class) ?? 0)) continue;
      round.push(row.position);
      if (retention.dry_run) gone.add(row.position);
    }
    if (round.length >= ROUND) {
      yield round;
      round = [];
    }
  }
  if (round.length > 0) yield round;
  yield* bySize(database, retention.max_bytes, gone);
}

function* bySize(
  database: Database,
  most: number | undefined,
  gone: ReadonlySet<number>,
): Generator<readonly number[]> {
  if (most === undefined) return;
  const { events } = database.prepare("SELECT coalesce(sum(events), 0) AS events FROM classes").get() as {
    events: number;
  };
  const used = usedBytes(database);
  if (used <= most || events === 0) return;
  let surplus = Math.min(events, Math.ceil((used - most) / (used / events))) - gone.size;
  const oldest = database.prepare("SELECT position FROM events WHERE position > ? ORDER BY position LIMIT ?");
  for (let after = 0; surplus > 0; ) {
    const found = oldest.all(after, ROUND) as { position: number }[];
    if (found.length === 0) return;
    after = found.at(-1)!.position;
    const round = found
      .map(({ position }) => position)
      .filter((position) => !gone.has(position))
      .slice(0, surplus);
    surplus -= round.length;
    if (round.length > 0) yield round;
  }
}

const usedBytes = (database: Database): number =>
  (pragma(database, "page_count") - pragma(database, "freelist_count")) * pragma(database, "page_size");

function* linesOf(rows: Rows, positions: readonly number[]): Generator<Uint8Array> {
  for (const position of positions) {
    const row = rows.at(position);
    if (row !== undefined) yield exportLine(row);
  }
}

function remove(writer: SqliteWriter, rows: Rows, positions: readonly number[]): void {
  const { database } = writer;
  writer.transaction(() => {
    const leave = database.prepare(
      "INSERT INTO removed SELECT position, ?, link FROM events WHERE position = ?",
    );
    const event = database.prepare("DELETE FROM events WHERE position = ?");
    const copies = database.prepare("DELETE FROM duplicates WHERE position = ?");
    const ids = ["ids", "recent_ids", "new_ids"].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE id = ? AND position = ?`),
    );
    const links = ["links", "recent_links", "new_links"].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE id = ? AND kind = ? AND position = ?`),
    );
    const count = database.prepare("UPDATE classes SET events = events - 1 WHERE class = ?");
    const byBlock = new Map<number, { position: number; eventClass: number }[]>();
    for (const position of positions) {
      const row = rows.at(position);
      const sketch = rows.sketch(position);
      if (row === undefined || sketch === undefined) continue;
      leave.run(digestOf(position, row), position);
      for (const id of ids) id.run(eventKey(row.id), position);
      for (const [id, kind] of linksOf(row)) for (const link of links) link.run(eventKey(id), kind, position);
      copies.run(position);
      event.run(position);
      count.run(sketch.class);
      const block = blockOf(position);
      byBlock.set(block, [...(byBlock.get(block) ?? []), { position, eventClass: sketch.class }]);
    }
    for (const [block, gone] of byBlock) uncount(database, block, gone);
    database.exec("UPDATE head SET generation = generation + 1");
    writer.forget();
  });
}

function uncount(
  database: Database,
  number: number,
  gone: readonly { readonly position: number; readonly eventClass: number }[],
): void {
  const row = database.prepare("SELECT * FROM blocks WHERE block = ?").get(number) as BlockRow | undefined;
  if (row === undefined) return;
  const counts = new Map(blockFromRow(row).counts);
  for (const { eventClass } of gone) {
    const left = (counts.get(eventClass) ?? 1) - 1;
    if (left > 0) counts.set(eventClass, left);
    else counts.delete(eventClass);
  }
  const from = number * BLOCK;
  const left = database
    .prepare(
      "SELECT min(received) AS earliest, max(received) AS latest FROM events WHERE position BETWEEN ? AND ?",
    )
    .get(from, from + BLOCK - 1) as { earliest: number | null; latest: number | null };
  database
    .prepare("UPDATE blocks SET earliest = ?, latest = ?, counts = ? WHERE block = ?")
    .run(left.earliest ?? row.earliest, left.latest ?? row.latest, countsText(counts), number);
  const members = membersFrom(
    database.prepare("SELECT * FROM members WHERE block = ?").get(number) as MembersRow,
  );
  for (const { position } of gone) members.classes[position % BLOCK] = 0;
  database.prepare("UPDATE members SET classes = ? WHERE block = ?").run(membersRow(members).classes, number);
}

/** Gives freed pages back to the file system, a few megabytes at a time. */
async function shrink(database: Database): Promise<void> {
  for (let free = pragma(database, "freelist_count"); free > 0; ) {
    database.prepare("PRAGMA incremental_vacuum(1000)").all();
    const left = pragma(database, "freelist_count");
    if (left >= free) return;
    free = left;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const pad = (position: number): string => String(position).padStart(12, "0");
