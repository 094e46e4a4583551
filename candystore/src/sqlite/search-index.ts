/**
 * Full text and payload paths, in a file of its own: it can lag, be lost and be made again from the events.
 *
 * One FTS5 table for each 1,048,576 positions: so none grows until adding to it is slow, and those whose events are
 * all gone are dropped as a whole. The tables hold no text (`content=''`) and no places of words (`detail=none`), only
 * which position has which word; what is found is checked on the event itself.
 */
import { existsSync, rmSync } from "node:fs";
import type { Range } from "../layout/blocks.js";
import type { Order } from "../query/cursor.js";
import type { Query } from "../query/filter.js";
import { pathWord } from "../query/index-words.js";
import { BOUND, type Database, openDatabase, type Statement, storeError } from "./database.js";
import { positionsOf } from "./positions-of.js";
import { pragma } from "./schema.js";

const SEGMENT = 1 << 20;
const FORMAT = 1;
const segmentOf = (position: number): number => Math.floor(position / SEGMENT);

export interface Entry {
  readonly position: number;
  readonly words: string;
}

export class SearchIndex {
  #database: Database;
  readonly #file: string;
  readonly #readOnly: boolean;
  #progress = 0;
  readonly #statements = new Map<string, Statement>();

  constructor(file: string, readOnly = false) {
    this.#file = file;
    this.#readOnly = readOnly;
    this.#database = this.#opened();
    if (!readOnly && this.#format() !== FORMAT) this.clear();
    this.#progress = this.#readProgress();
  }

  /** A damaged file is no loss: it is made again. */
  #opened(): Database {
    try {
      const database = this.#open();
      database.prepare("SELECT count(*) FROM sqlite_schema").get();
      return database;
    } catch (error) {
      if (this.#readOnly || storeError(error).code !== "STORE_CORRUPT") throw error;
      this.#remove();
      return this.#open();
    }
  }

  #remove(): void {
    for (const suffix of ["", "-wal", "-shm"]) rmSync(this.#file + suffix, { force: true });
  }

  /** All events up to here are indexed. */
  get progress(): number {
    return this.#progress;
  }

  get bytes(): number {
    return pragma(this.#database, "page_count") * pragma(this.#database, "page_size");
  }

  /** Another thread may have gone on. */
  refresh(): void {
    this.#progress = this.#readProgress();
  }

  /** Adds entries of rising positions and remembers how far that is. */
  add(entries: readonly Entry[], progress: number): void {
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const { position, words } of entries) this.#insertInto(segmentOf(position)).run(position, words);
      this.#database.prepare("UPDATE progress SET position = ?").run(progress);
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.#statements.clear();
      throw error;
    }
    this.#progress = progress;
  }

  /** Positions that have all the words of the query; `progress` bounds what can be found. */
  search(query: Query, { from, to }: Range, order: Order, count: number): readonly number[] {
    const match = matchOf(query);
    const found: number[] = [];
    const first = segmentOf(from);
    const last = segmentOf(Math.min(to, this.#progress));
    for (let step = 0; step <= last - first && found.length < count; step++) {
      const segment = order === "newest" ? last - step : first + step;
      const rows = this.#searchIn(segment, order)?.all(match, from, to, count - found.length);
      found.push(...positionsOf(rows ?? []));
    }
    return found;
  }

  /** Drops the segments that lie wholly before a position. */
  dropBefore(position: number): void {
    for (const name of this.#segments())
      if (Number(name.slice(6)) < segmentOf(position)) this.#database.exec(`DROP TABLE ${name}`);
    this.#statements.clear();
  }

  /** Forgets everything: it is made again from the first event on. */
  clear(): void {
    this.#database.close();
    this.#remove();
    this.#statements.clear();
    this.#database = this.#open();
    this.#database.exec(`
      CREATE TABLE progress (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL) STRICT;
      INSERT INTO progress VALUES (1, 0);
      PRAGMA user_version = ${FORMAT};
    `);
    this.#progress = 0;
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #open(): Database {
    const fresh = !existsSync(this.#file);
    if (fresh && this.#readOnly) return openDatabase(":memory:");
    return openDatabase(this.#file, {
      readOnly: this.#readOnly,
      synchronous: "normal",
      cacheBytes: 16 * 1024 * 1024,
    });
  }

  #format(): number {
    const row = this.#database.prepare("PRAGMA user_version").get() as { user_version: number };
    return row.user_version;
  }

  #readProgress(): number {
    if (this.#format() !== FORMAT) return 0;
    const row = this.#database.prepare("SELECT position FROM progress").get() as { position: number };
    return row.position;
  }

  #segments(): readonly string[] {
    const rows = this.#database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name GLOB 'words_[0-9]*'")
      .all() as { name: string }[];
    return rows.map(({ name }) => name).filter((name) => /^words_\d+$/.test(name));
  }

  #insertInto(segment: number): Statement {
    const key = `insert ${segment}`;
    let statement = this.#statements.get(key);
    if (statement === undefined) {
      this.#database.exec(
        `CREATE VIRTUAL TABLE IF NOT EXISTS words_${segment} USING fts5
           (words, content = '', detail = none, columnsize = 0, tokenize = 'ascii')`,
      );
      statement = this.#database.prepare(`INSERT INTO words_${segment} (rowid, words) VALUES (?, ?)`);
      this.#statements.set(key, statement);
    }
    return statement;
  }

  #searchIn(segment: number, order: Order): Statement | undefined {
    const key = `${order} ${segment}`;
    let statement = this.#statements.get(key);
    if (statement === undefined) {
      if (!this.#segments().includes(`words_${segment}`)) return undefined;
      statement = this.#database.prepare(
        `SELECT rowid FROM words_${segment} WHERE words_${segment} MATCH ? AND rowid BETWEEN ? AND ?
         ORDER BY rowid ${order === "newest" ? "DESC" : "ASC"} LIMIT ${BOUND}`,
      );
      statement.setReturnArrays(true);
      this.#statements.set(key, statement);
    }
    return statement;
  }
}

/** In FTS5's language: all words must occur. Phrases are checked later, on the event. */
function matchOf({ text, payload }: Query): string {
  const parts: string[] = [];
  for (const { words, prefix } of text?.terms ?? [])
    for (const [i, word] of words.entries())
      parts.push(prefix && i === words.length - 1 ? `"${word}" *` : `"${word}"`);
  for (const [path, value] of payload ?? []) parts.push(`"${pathWord(path, value)}"`);
  return parts.join(" AND ");
}
