/**
 * The store's tables in SQLite, one migration a version, never edited once released.
 *
 * - `events`: the integer primary key is the position. `class` stands for everything an event has in common with
 *   many others (see `classes.ts`). There is no index on it, nor on the time of receipt: `blocks` bound both.
 * - `ids`: from an id to its position; `links`: from a cause (kind 0) or a conversation (kind 1) to the events that name
 *   it. What waits to be moved there is in `new_` and `recent_` ones, `all_ids` and `all_links` give all. `prints`: for
 *   a filter of ids (see `prints.ts`). Before version 3 the ids were an index of `events`.
 * - `blocks`: 1,024 positions each, with the earliest and latest receipt and the number of events of each class;
 *   `members`: class and receipt of each of these positions. They serve every filter on type, source, version and validity,
 *   in order of position, alone and together.
 * - `head`: the last position and its link; `generation` rises when something other than an append changed the tables.
 * - `removed`: the digest that an event leaves behind when retention deletes it.
 */

import { StoreError } from "../errors.js";
import { BLOCK, blockOf } from "../layout/blocks.js";
import { membersRow, noMembers, setMember } from "../layout/members.js";
import { printOf } from "../layout/prints.js";
import type { Database } from "./database.js";

const MIGRATIONS: readonly (string | ((database: Database) => void))[] = [
  `
  CREATE TABLE classes (
    class INTEGER PRIMARY KEY,
    type TEXT NOT NULL, version TEXT NOT NULL, app TEXT NOT NULL,
    exchange TEXT NOT NULL, routing_key TEXT NOT NULL, valid INTEGER NOT NULL,
    events INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    id ANY NOT NULL,
    class INTEGER NOT NULL,
    received INTEGER NOT NULL,
    facts TEXT NOT NULL,
    link BLOB NOT NULL,
    body BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_id ON events (id);
  CREATE INDEX events_class ON events (class);
  CREATE TABLE links (
    id ANY NOT NULL, kind INTEGER NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (id, kind, position)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE duplicates (position INTEGER PRIMARY KEY, copies INTEGER NOT NULL) STRICT;
  CREATE TABLE blocks (
    block INTEGER PRIMARY KEY, earliest INTEGER NOT NULL, latest INTEGER NOT NULL, counts TEXT NOT NULL
  ) STRICT;
  CREATE TABLE removed (position INTEGER PRIMARY KEY, digest BLOB NOT NULL, link BLOB NOT NULL) STRICT;
  CREATE TABLE checkpoints (position INTEGER PRIMARY KEY, hash BLOB NOT NULL, at INTEGER NOT NULL) STRICT;
  CREATE TABLE replays (replay_id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT;
  CREATE TABLE head (
    one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL, link BLOB NOT NULL,
    generation INTEGER NOT NULL
  ) STRICT;
  INSERT INTO head VALUES (1, 0, zeroblob(32), 0);
  `,
  membersForIndex,
  idsInTables,
];

/** 2: `members` in place of an index on the class, which cost an eighth of each append. Reads all events once. */
function membersForIndex(database: Database): void {
  database.exec(`
    DROP INDEX events_class;
    CREATE TABLE members (
      block INTEGER PRIMARY KEY, classes BLOB NOT NULL, received BLOB NOT NULL
    ) STRICT;
  `);
  const blocks = database.prepare("SELECT block FROM blocks ORDER BY block").all() as { block: number }[];
  const events = database.prepare(
    "SELECT position, class, received FROM events WHERE position BETWEEN ? AND ?",
  );
  const insert = database.prepare("INSERT INTO members VALUES (?, ?, ?)");
  for (const { block } of blocks) {
    let members = noMembers();
    for (const row of events.all(block * BLOCK, block * BLOCK + BLOCK - 1) as {
      position: number;
      class: number;
      received: number;
    }[])
      members = setMember(members, row.position, row.class, row.received);
    const { classes, received } = membersRow(members);
    insert.run(block, classes, received);
  }
}

const waitingTables = (name: string): string => `
    CREATE TABLE ${name}_ids (id ANY NOT NULL PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE ${name}_links (
      id ANY NOT NULL, kind INTEGER NOT NULL, position INTEGER NOT NULL,
      PRIMARY KEY (id, kind, position)
    ) STRICT, WITHOUT ROWID;`;

/** 3: ids in tables of their own, see `id-tables.ts`. Reads all ids once, and no events. */
function idsInTables(database: Database): void {
  database.exec(`
    CREATE TABLE ids (id ANY NOT NULL PRIMARY KEY, position INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    INSERT INTO ids SELECT id, position FROM events ORDER BY id;
    DROP INDEX events_id;
    ${["new", "recent"].map(waitingTables).join("")}
    CREATE TABLE prints (block INTEGER PRIMARY KEY, prints BLOB NOT NULL) STRICT;
    CREATE VIEW all_ids AS
      SELECT * FROM ids UNION ALL SELECT * FROM recent_ids UNION ALL SELECT * FROM new_ids;
    CREATE VIEW all_links AS
      SELECT * FROM links UNION ALL SELECT * FROM recent_links UNION ALL SELECT * FROM new_links;
  `);
  const prints = new Map<number, Uint32Array>();
  // Not those of version 7.
  const unordered = database.prepare(
    "SELECT id, position FROM ids WHERE typeof(id) = 'blob' AND substr(id, 7, 1) NOT BETWEEN x'70' AND x'7f'",
  );
  for (const { id, position } of unordered.iterate() as Iterable<{ id: Uint8Array; position: number }>) {
    const block = blockOf(position);
    const ofBlock = prints.get(block) ?? new Uint32Array(BLOCK);
    ofBlock[position % BLOCK] = printOf(id);
    prints.set(block, ofBlock);
  }
  const insert = database.prepare("INSERT INTO prints VALUES (?, ?)");
  for (const [block, ofBlock] of prints) insert.run(block, new Uint8Array(ofBlock.buffer));
}

const APPLICATION_ID = 0x43414e44;

/** Brings the file to the newest version, or makes it. Safe when several processes do it at once. */
export function migrate(database: Database): void {
  database.exec("BEGIN IMMEDIATE");
  try {
    const version = pragma(database, "user_version");
    const application = pragma(database, "application_id");
    if (application !== 0 && application !== APPLICATION_ID)
      throw new StoreError("STORE_CORRUPT", "The file is a database of another program.");
    if (version > MIGRATIONS.length)
      throw new StoreError(
        "STORE_TOO_NEW",
        `The store has version ${version}; this program knows ${MIGRATIONS.length}. Update it.`,
      );
    for (const step of MIGRATIONS.slice(version))
      if (typeof step === "string") database.exec(step);
      else step(database);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; PRAGMA application_id = ${APPLICATION_ID}`);
    database.exec("COMMIT");
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}

export function pragma(database: Database, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get() as Record<string, number> | undefined;
  return Number(row === undefined ? 0 : Object.values(row)[0]);
}
