/**
 * The one that writes. Synchronous, and meant for a thread of its own.
 *
 * A batch is one transaction that begins by taking SQLite's write lock; where another process wrote meanwhile
 * (`data_version` tells), what is remembered here is read again first. So positions and links follow each other
 * whoever writes, and a batch that fails leaves nothing, here or in the file.
 */

import { type Left, LINK_BYTES, leftAfter, linkAfter } from "../audit/chain.js";
import { appendCheckpoints, CHECKPOINT_EVERY } from "../audit/checkpoint-file.js";
import type { Checkpoint } from "../audit/contract.js";
import type { Appended, RetentionResult, Writer } from "../engine/contract.js";
import { StoreError } from "../errors.js";
import type { Retention } from "../keep/contract.js";
import { type Block, type BlockRow, blockFromRow, blockOf, countsText, OpenBlock } from "../layout/blocks.js";
import { type ClassRow, classFromRow } from "../layout/class-rows.js";
import { Classes, type EventClass, eventClassOf } from "../layout/classes.js";
import {
  type Members,
  type MembersRow,
  membersFrom,
  membersRow,
  noMembers,
  setMember,
} from "../layout/members.js";
import { isInOrder } from "../layout/prints.js";
import type { Draft } from "../record/draft.js";
import { type EventKey, eventKey } from "../record/event-key.js";
import type { ReplayRecord } from "../replay/contract.js";
import {
  type Database,
  type DatabaseOptions,
  GROWN_BYTES,
  openDatabase,
  type Statement,
  storeError,
} from "./database.js";
import { IdTables } from "./id-tables.js";
import { Inserts, ROWS, type Value } from "./inserts.js";
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
  readonly key: EventKey;
  readonly position: number;
  readonly eventClass: EventClass;
  /** Until the next statement has taken as many as it can, but for a checkpoint's. */
  readonly link: Uint8Array;
}

interface Stored {
  readonly placed: readonly Placed[];
  readonly conflicting: readonly string[];
}

export interface SqliteWriterOptions extends DatabaseOptions {
  /** Where each checkpoint of the chain is written as well. */
  readonly checkpointFile?: string;
  /** See `WriterOptions`. */
  readonly grown?: (() => void) | undefined;
}

export class SqliteWriter implements Writer {
  readonly database: Database;
  readonly #events: Inserts;
  readonly #removeAfter: Statement;
  readonly #ids: IdTables;
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
  readonly #grown: (() => void) | undefined;
  /** Bytes of events, since that was told. */
  #growth = 0;
  /** Of the events that the next statement takes, in turns. */
  readonly #links = Array.from({ length: ROWS }, () => Buffer.allocUnsafe(LINK_BYTES));
  #remembered: Remembered | undefined;
  #seenVersion = 0;
  /** The last batch had some. */
  #expectsCopies = false;

  constructor(file: string, options: SqliteWriterOptions = {}) {
    this.#checkpointFile = options.checkpointFile;
    this.#grown = options.grown;
    const database = openDatabase(file, options);
    try {
      migrate(database);
      this.database = database;
      this.#events = new Inserts(database, "events", "?, ?, ?, ?, ?, ?, ?");
      this.#removeAfter = database.prepare("DELETE FROM events WHERE position > ?");
      this.#ids = new IdTables(database);
      this.#find = database.prepare(
        "SELECT position, body FROM events WHERE position = (SELECT position FROM all_ids WHERE id = ?)",
      );
      this.#duplicate = database.prepare(
        "INSERT INTO duplicates VALUES (?, ?) ON CONFLICT (position) DO UPDATE SET copies = copies + excluded.copies",
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
    let bytes = 0;
    const appended = this.transaction((head) => {
      checkpoints.length = 0;
      const counts = new Map<EventClass, number>();
      const before = head.position;
      const { placed, conflicting } = this.#store(head, drafts);
      let invalid = 0;
      for (const { draft, position, eventClass, link } of placed) {
        counts.set(eventClass, (counts.get(eventClass) ?? 0) + 1);
        bytes += draft.body.byteLength;
        this.#addToBlock(head, position, eventClass.class, draft.receivedAt);
        if (position % CHECKPOINT_EVERY === 0) checkpoints.push(this.#checkpoint(position, link));
        if (draft.copies !== undefined) this.#duplicate.run(position, draft.copies);
        if (!draft.valid) invalid++;
      }
      const stored = placed.length;
      if (stored > 0) {
        this.#ids.link(placed);
        this.#ids.save(before, head.position);
        for (const [{ class: number }, count] of counts) this.#classCount.run(count, number);
        this.#saveBlock(head);
        this.#head.run(head.position, head.link);
      }
      return { stored, duplicates: drafts.length - stored, invalid, conflicting, position: head.position };
    });
    this.#ids.committed(appended.position);
    this.#growth += bytes;
    if (this.#growth >= GROWN_BYTES) {
      this.#growth = 0;
      this.#grown?.();
    }
    if (this.#checkpointFile !== undefined) appendCheckpoints(this.#checkpointFile, checkpoints);
    return appended;
  }

  #store(head: Remembered, drafts: readonly Draft[]): Stored {
    const keys = drafts.map(({ id }) => eventKey(id));
    if (!this.#expectsCopies && keys.every(isInOrder)) {
      const placed = this.#storeNew(head, drafts, keys);
      if (placed !== undefined) return { placed, conflicting: [] };
    }
    const stored = this.#storeUnknown(head, drafts, keys);
    this.#expectsCopies = stored.placed.length < drafts.length;
    return stored;
  }

  /**
   * As most batches are: none of them is known, and all ids are in order. The ids follow the events, in one statement that
   * finds out whether that was so.
   *
   * @returns undefined, and nothing is stored, where one of them is a copy
   */
  #storeNew(
    head: Remembered,
    drafts: readonly Draft[],
    keys: readonly EventKey[],
  ): readonly Placed[] | undefined {
    const { position } = head;
    const link = Uint8Array.from(head.link);
    const placed: Placed[] = [];
    for (let at = 0; at < drafts.length; at += ROWS) {
      const end = Math.min(at + ROWS, drafts.length);
      for (let i = at; i < end; i++) placed.push(this.#place(head, drafts[i]!, keys[i]!));
      // Now, while their bytes are at hand that were digested.
      this.#insert(placed, at);
    }
    if (this.#ids.addAfter(position) === placed.length) return placed;
    this.#ids.removeAfter(position);
    this.#removeAfter.run(position);
    head.position = position;
    head.link = link;
    return undefined;
  }

  /** Puts in what is not known yet, and counts the copies of what is. */
  #storeUnknown(head: Remembered, drafts: readonly Draft[], allKeys: readonly EventKey[]): Stored {
    const placed: Placed[] = [];
    const conflicting: string[] = [];
    let inserted = 0;
    for (let at = 0; at < drafts.length; at += ROWS) {
      const group = drafts.slice(at, at + ROWS);
      const keys = allKeys.slice(at, at + ROWS);
      const allNew = this.#ids.addAll(keys, head.position);
      for (const [i, draft] of group.entries()) {
        const key = keys[i]!;
        if (allNew || this.#ids.addAll([key], head.position)) {
          placed.push(this.#place(head, draft, key));
          continue;
        }
        // It may be a copy of one that came just before.
        this.#insert(placed, inserted);
        inserted = placed.length;
        if (!this.#known(draft, key)) conflicting.push(draft.id);
      }
      this.#insert(placed, inserted);
      inserted = placed.length;
    }
    return { placed, conflicting };
  }

  #place(head: Remembered, draft: Draft, key: EventKey): Placed {
    const position = head.position + 1;
    const eventClass = head.classes.of(draft) ?? this.#newClass(head.classes, draft);
    // That of a checkpoint is asked for after others have followed.
    const room = position % CHECKPOINT_EVERY === 0 ? undefined : this.#links[position % ROWS];
    const link = linkAfter(head.link, position, draft, eventClass, room);
    head.position = position;
    head.link = link;
    return { draft, key, position, eventClass, link };
  }

  /** Those of a batch from this one on. */
  #insert(placed: readonly Placed[], from: number): void {
    const values: Value[] = [];
    for (let at = from; at < placed.length; at++) {
      const { draft, key, position, eventClass, link } = placed[at]!;
      values.push(position, key, eventClass.class, draft.receivedAt, draft.facts, link, draft.body);
    }
    if (this.#events.run(values) !== placed.length - from)
      throw new StoreError(
        "STORE_CORRUPT",
        "Beyond the last position stands an event that was not recorded.",
      );
  }

  /** Counts a copy of an event that is stored. False: its bytes differ. */
  #known({ id, body, replayed }: Draft, key: EventKey): boolean {
    const known = this.#find.get(key) as { position: number; body: Uint8Array } | undefined;
    if (known === undefined)
      throw new StoreError("STORE_CORRUPT", `The id ${id} is kept, and its event is gone.`);
    if (!replayed) this.#duplicate.run(known.position, 1);
    return sameBytes(known.body, body);
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

  keepCheckpoints(checkpoints: readonly Checkpoint[]): void {
    this.transaction(() => {
      for (const { position, hash, at } of checkpoints)
        this.#saveCheckpoint.run(position, Buffer.from(hash, "hex"), Date.parse(at));
    });
  }

  retain(archive: string, retention: Retention): Promise<RetentionResult> {
    return retainSqlite(this, archive, retention);
  }

  leave(left: readonly Left[]): void {
    this.transaction((head) => {
      const rows = leftAfter(head, left);
      const { position, link } = rows.at(-1) ?? head;
      const insert = this.database.prepare("INSERT INTO removed VALUES (?, ?, ?)");
      for (const row of rows) insert.run(row.position, row.digest, row.link);
      this.#ids.save(head.position, position);
      this.#head.run(position, link);
      this.forget();
    });
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
    this.#ids.recall(position);
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
    const eventClass = eventClassOf(classes.nextNumber, traits);
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

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && Buffer.compare(a, b) === 0;
}
