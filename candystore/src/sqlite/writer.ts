/**
 * The one that writes. Synchronous, and meant for a thread of its own.
 *
 * A batch is one transaction that begins by taking SQLite's write lock; where another process wrote meanwhile
 * (`data_version` tells), what is remembered here is read again first. So positions and links follow each other
 * whoever writes, and a batch that fails leaves nothing, here or in the file.
 */

import { linkAfter } from "../audit/chain.js";
import { appendCheckpoints, CHECKPOINT_EVERY } from "../audit/checkpoint-file.js";
import type { Checkpoint } from "../audit/contract.js";
import type { Appended, RetentionResult, Writer } from "../engine/contract.js";
import { StoreError } from "../errors.js";
import type { Retention } from "../keep/contract.js";
import { type Block, type BlockRow, blockFromRow, blockOf, countsText, OpenBlock } from "../layout/blocks.js";
import { type ClassRow, classFromRow } from "../layout/class-rows.js";
import { Classes, type EventClass } from "../layout/classes.js";
import { CAUSE, CONVERSATION } from "../layout/links.js";
import {
  type Members,
  type MembersRow,
  membersFrom,
  membersRow,
  noMembers,
  setMember,
} from "../layout/members.js";
import type { Draft } from "../record/draft.js";
import { type EventKey, eventKey } from "../record/event-key.js";
import type { ReplayRecord } from "../replay/contract.js";
import { type Database, type DatabaseOptions, openDatabase, type Statement, storeError } from "./database.js";
import { retainSqlite } from "./retention.js";
import { migrate } from "./schema.js";

interface Remembered {
  position: number;
  link: Uint8Array;
  classes: Classes;
  block: OpenBlock | undefined;
  /** Of that block. */
  members: Members;
}

/** A draft with all that its row says, as if it were new. */
interface Placed {
  readonly draft: Draft;
  readonly position: number;
  readonly eventClass: EventClass;
  readonly link: Uint8Array;
}

/** Rows that one statement takes: one call of it costs as much as several rows do. */
const ROWS = 20;

export class SqliteWriter implements Writer {
  readonly database: Database;
  readonly #insert: Statement;
  readonly #insertRows: Statement;
  readonly #undo: Statement;
  readonly #link: Statement;
  readonly #linkRows: Statement;
  readonly #find: Statement;
  readonly #duplicate: Statement;
  readonly #class: Statement;
  readonly #classCount: Statement;
  readonly #block: Statement;
  readonly #members: Statement;
  readonly #head: Statement;
  readonly #dataVersion: Statement;
  readonly #saveCheckpoint: Statement;
  readonly #checkpointFile: string | undefined;
  #remembered: Remembered | undefined;
  #seenVersion = 0;

  /** @param checkpointFile where each checkpoint is written as well */
  constructor(file: string, options: DatabaseOptions = {}, checkpointFile?: string) {
    this.#checkpointFile = checkpointFile;
    const database = openDatabase(file, options);
    try {
      migrate(database);
      this.database = database;
      this.#insert = database.prepare(`INSERT OR IGNORE INTO events VALUES ${rows(1, 7)}`);
      this.#insertRows = database.prepare(`INSERT OR IGNORE INTO events VALUES ${rows(ROWS, 7)}`);
      this.#undo = database.prepare("DELETE FROM events WHERE position = ? AND link = ?");
      this.#link = database.prepare(`INSERT OR IGNORE INTO links VALUES ${rows(1, 3)}`);
      this.#linkRows = database.prepare(`INSERT OR IGNORE INTO links VALUES ${rows(ROWS, 3)}`);
      this.#find = database.prepare("SELECT position, body FROM events WHERE id = ?");
      this.#duplicate = database.prepare(
        "INSERT INTO duplicates VALUES (?, 1) ON CONFLICT (position) DO UPDATE SET copies = copies + 1",
      );
      this.#class = database.prepare("INSERT INTO classes VALUES (?, ?, ?, ?, ?, ?, ?, 0)");
      this.#classCount = database.prepare("UPDATE classes SET events = events + ? WHERE class = ?");
      this.#block = database.prepare("INSERT OR REPLACE INTO blocks VALUES (?, ?, ?, ?)");
      this.#members = database.prepare("INSERT OR REPLACE INTO members VALUES (?, ?, ?)");
      this.#head = database.prepare("UPDATE head SET position = ?, link = ?");
      this.#saveCheckpoint = database.prepare("INSERT OR IGNORE INTO checkpoints VALUES (?, ?, ?)");
      this.#dataVersion = database.prepare("PRAGMA data_version");
    } catch (error) {
      database.close();
      throw storeError(error, file);
    }
  }

  /** Committed and synced when it returns. */
  append(drafts: readonly Draft[]): Appended {
    const checkpoints: Checkpoint[] = [];
    const appended = this.transaction((head) => {
      checkpoints.length = 0;
      const counts = new Map<EventClass, number>();
      const links: Link[] = [];
      const conflicting: string[] = [];
      let stored = 0;
      let invalid = 0;
      const accept = ({ draft, position, eventClass, link }: Placed) => {
        for (const cause of draft.causes) links.push([eventKey(cause), CAUSE, position]);
        if (draft.conversation !== undefined)
          links.push([eventKey(draft.conversation), CONVERSATION, position]);
        head.position = position;
        head.link = link;
        counts.set(eventClass, (counts.get(eventClass) ?? 0) + 1);
        this.#addToBlock(head, position, eventClass.class, draft.receivedAt);
        if (position % CHECKPOINT_EVERY === 0) checkpoints.push(this.#checkpoint(position, link));
        stored++;
        if (!draft.valid) invalid++;
      };
      for (let at = 0; at < drafts.length; at += ROWS) {
        const group = drafts.slice(at, at + ROWS);
        if (this.#insertAll(head, group, accept)) continue;
        for (const draft of group) {
          const placed = this.#place(head.classes, draft, head.position, head.link);
          if (this.#insert.run(...addRow([], placed)).changes === 1) accept(placed);
          else if (!this.#known(draft)) conflicting.push(draft.id);
        }
      }
      this.#saveLinks(links);
      if (stored > 0) {
        for (const [{ class: number }, count] of counts) this.#classCount.run(count, number);
        this.#saveBlock(head);
        this.#head.run(head.position, head.link);
      }
      return { stored, duplicates: drafts.length - stored, invalid, conflicting, position: head.position };
    });
    if (this.#checkpointFile !== undefined) appendCheckpoints(this.#checkpointFile, checkpoints);
    return appended;
  }

  /** All in one statement; false, and nothing done, when one of them is known already, or they are too few. */
  #insertAll(head: Remembered, drafts: readonly Draft[], accept: (placed: Placed) => void): boolean {
    if (drafts.length < ROWS) return false;
    const all: Placed[] = [];
    const values: Value[] = [];
    let { position, link } = head;
    for (const draft of drafts) {
      const placed = this.#place(head.classes, draft, position, link);
      ({ position, link } = placed);
      addRow(values, placed);
      all.push(placed);
    }
    if (this.#insertRows.run(...values).changes === ROWS) {
      for (const placed of all) accept(placed);
      return true;
    }
    for (const { position, link } of all) this.#undo.run(position, link);
    return false;
  }

  #place(classes: Classes, draft: Draft, after: number, previous: Uint8Array): Placed {
    const position = after + 1;
    return {
      draft,
      position,
      eventClass: classes.of(draft) ?? this.#newClass(classes, draft),
      link: linkAfter(previous, position, draft),
    };
  }

  /** Counts a copy of an event that is stored. False: its bytes differ. */
  #known({ id, body, replayed }: Draft): boolean {
    const known = this.#find.get(eventKey(id)) as { position: number; body: Uint8Array } | undefined;
    if (known === undefined)
      throw new StoreError(
        "STORE_CORRUPT",
        "Beyond the last position stands an event that was not recorded.",
      );
    if (!replayed) this.#duplicate.run(known.position);
    return sameBytes(known.body, body);
  }

  #saveLinks(links: readonly Link[]): void {
    let at = 0;
    for (; at + ROWS <= links.length; at += ROWS) this.#linkRows.run(...links.slice(at, at + ROWS).flat());
    for (; at < links.length; at++) this.#link.run(...links[at]!);
  }

  /** A checkpoint of the chain as it ends now, in the database and in the file beside it. */
  checkpoint(): Checkpoint | undefined {
    const last = this.transaction(({ position, link }) =>
      position === 0 ? undefined : this.#checkpoint(position, link),
    );
    if (last !== undefined && this.#checkpointFile !== undefined)
      appendCheckpoints(this.#checkpointFile, [last]);
    return last;
  }

  #checkpoint(position: number, link: Uint8Array): Checkpoint {
    const now = Date.now();
    this.#saveCheckpoint.run(position, link, now);
    return { position, hash: Buffer.from(link).toString("hex"), at: new Date(now).toISOString() };
  }

  /** Runs `work` with the write lock held; what it throws undoes everything. */
  transaction<T>(work: (head: Remembered) => T): T {
    try {
      this.database.exec("BEGIN IMMEDIATE");
    } catch (error) {
      throw storeError(error);
    }
    try {
      const result = work(this.#recall());
      this.database.exec("COMMIT");
      return result;
    } catch (error) {
      this.forget();
      // A full disk may have rolled back already.
      if (this.database.isTransaction) this.database.exec("ROLLBACK");
      throw storeError(error);
    }
  }

  get position(): number {
    const row = this.database.prepare("SELECT position FROM head").get() as { position: number };
    return row.position;
  }

  saveReplay(record: ReplayRecord): void {
    this.transaction(() =>
      this.database
        .prepare("INSERT OR REPLACE INTO replays VALUES (?, ?)")
        .run(record.replay_id, JSON.stringify(record)),
    );
  }

  retain(archive: string, retention: Retention): Promise<RetentionResult> {
    return retainSqlite(this, archive, retention);
  }

  /** Something else than `append` changed what is remembered here. */
  forget(): void {
    this.#remembered = undefined;
  }

  close(): void {
    if (!this.database.isOpen) return;
    try {
      this.database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // Readers may hold it back; the next start does it.
    }
    this.database.close();
  }

  #recall(): Remembered {
    const { data_version: version } = this.#dataVersion.get() as { data_version: number };
    if (this.#remembered !== undefined && version === this.#seenVersion) return this.#remembered;
    this.#seenVersion = version;
    const { position, link } = this.database.prepare("SELECT position, link FROM head").get() as {
      position: number;
      link: Uint8Array;
    };
    const classes = new Classes();
    for (const row of this.database.prepare("SELECT * FROM classes").all() as ClassRow[])
      classes.add(classFromRow(row));
    const last = this.database.prepare("SELECT * FROM blocks WHERE block = ?").get(blockOf(position)) as
      | BlockRow
      | undefined;
    const block: Block | undefined = last === undefined ? undefined : blockFromRow(last);
    const row = this.database.prepare("SELECT * FROM members WHERE block = ?").get(blockOf(position)) as
      | MembersRow
      | undefined;
    const members = row === undefined ? noMembers() : membersFrom(row);
    this.#remembered = { position, link, classes, block: block && new OpenBlock(block), members };
    return this.#remembered;
  }

  #newClass(classes: Classes, traits: Draft): EventClass {
    const { type, version, app, exchange, routingKey, valid } = traits;
    const eventClass = { class: classes.nextNumber, type, version, app, exchange, routingKey, valid };
    this.#class.run(eventClass.class, type, version, app, exchange, routingKey, valid ? 1 : 0);
    classes.add(eventClass);
    return eventClass;
  }

  #addToBlock(head: Remembered, position: number, eventClass: number, receivedAt: number): void {
    const number = blockOf(position);
    if (head.block?.block !== number) {
      this.#saveBlock(head);
      head.block = new OpenBlock(number);
      head.members = noMembers();
    }
    head.block.add(eventClass, receivedAt);
    head.members = setMember(head.members, position, eventClass, receivedAt);
  }

  #saveBlock({ block: open, members }: Remembered): void {
    if (open === undefined) return;
    const { block, earliest, latest, counts } = open;
    this.#block.run(block, earliest, latest, countsText(counts));
    const { classes, received } = membersRow(members);
    this.#members.run(block, classes, received);
  }
}

type Value = number | string | Uint8Array;
type Link = readonly [id: EventKey, kind: number, position: number];

function addRow(values: Value[], { draft, position, eventClass, link }: Placed): Value[] {
  const { id, receivedAt, facts, body } = draft;
  values.push(position, eventKey(id), eventClass.class, receivedAt, facts, link, body);
  return values;
}

/** `(?, ?), (?, ?)`: so many rows of so many values. */
const rows = (count: number, columns: number): string =>
  Array(count)
    .fill(`(${Array(columns).fill("?").join(", ")})`)
    .join(", ");

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && Buffer.compare(a, b) === 0;
}
