/**
 * From an id to its event, and to the events that name it: written.
 *
 * An id that comes in order of time goes into the large table at once, where the page of the last one is at hand. Any
 * other would fall on a page of its own, which is read and written for it alone. It goes another way:
 *
 *   new ─▶ recent ─▶ the large table
 *
 * With each 4,096 positions a part of each moves on, all in a range of ids so narrow that a page takes many of them. The
 * position says which range's turn it is: no state is kept of it, whoever writes.
 */
import { CAUSE, CONVERSATION } from "../layout/links.js";
import { isInOrder } from "../layout/prints.js";
import type { Draft } from "../record/draft.js";
import { type EventKey, eventKey } from "../record/event-key.js";
import type { Database, Statement } from "./database.js";
import { Inserts, type Value } from "./inserts.js";
import { KnownIds } from "./known-ids.js";

/** Positions between two moves. */
const MOVE_EVERY = 4_096;
/** Ranges by the first byte of the id: each one's turn comes after so many moves. A table holds half of what comes then. */
const WAYS = [
  { from: "new", to: "recent", ranges: 16 },
  { from: "recent", to: "", ranges: 256 },
] as const;
/** Above each UUID. */
const END = new Uint8Array(17).fill(0xff);

export interface Tables {
  readonly ids: string;
  readonly links: string;
}

export const SETTLED: Tables = { ids: "ids", links: "links" };
export const ALL: Tables = { ids: "all_ids", links: "all_links" };

/** Where these are looked for: what comes in order never waits, and one table is asked for it instead of three. */
export const tablesOf = (keys: readonly EventKey[]): Tables => (keys.every(isInOrder) ? SETTLED : ALL);

export class IdTables {
  readonly #known: KnownIds;
  readonly #ids: Inserts;
  readonly #newIds: Inserts;
  readonly #causes: LinkInserts;
  readonly #conversations: LinkInserts;
  readonly #addAfter: Statement;
  readonly #removeAfter: Statement;
  readonly #settled: Statement;
  readonly #undo: readonly Statement[];
  readonly #moves: readonly { readonly ranges: number; readonly statements: readonly Statement[] }[];

  constructor(database: Database) {
    this.#known = new KnownIds(database);
    this.#ids = new Inserts(database, "ids", "?, ?");
    this.#newIds = new Inserts(database, "new_ids", "?, ?");
    this.#causes = new LinkInserts(database, CAUSE);
    this.#conversations = new LinkInserts(database, CONVERSATION);
    this.#addAfter = database.prepare(
      "INSERT OR IGNORE INTO ids SELECT id, position FROM events WHERE position > ?",
    );
    this.#removeAfter = database.prepare(
      "DELETE FROM ids WHERE position > ?1 AND id IN (SELECT id FROM events WHERE position > ?1)",
    );
    this.#settled = database.prepare(
      "SELECT position FROM ids WHERE id = ?1 UNION ALL SELECT position FROM recent_ids WHERE id = ?1",
    );
    this.#undo = ["ids", "new_ids"].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE id = ? AND position = ?`),
    );
    this.#moves = WAYS.map(({ from, to, ranges }) => ({
      ranges,
      statements: ["ids", "links"].flatMap((table) => {
        const source = `${from}_${table} WHERE id >= ? AND id < ?`;
        const target = to === "" ? table : `${to}_${table}`;
        return [
          database.prepare(`INSERT INTO ${target} SELECT * FROM ${source} ORDER BY id`),
          database.prepare(`DELETE FROM ${source}`),
        ];
      }),
    }));
  }

  /** What another process, or an undone batch, changed. */
  recall(position: number): void {
    this.#known.recall(position);
  }

  /** Gives these ids the positions that follow `after`, if none of them is known; false, and nothing done, otherwise. */
  addAll(keys: readonly EventKey[], after: number): boolean {
    const settled: Value[] = [];
    const waiting: Value[] = [];
    let position = after;
    for (const key of keys) {
      position++;
      if (isInOrder(key)) settled.push(key, position);
      else if (this.#isSettled(key)) return false;
      else waiting.push(key, position);
    }
    const added = this.#ids.run(settled) + this.#newIds.run(waiting);
    if (added === keys.length) {
      for (let i = 0; i < waiting.length; i += 2)
        this.#known.add(waiting[i] as Uint8Array, waiting[i + 1] as number);
      return true;
    }
    if (added > 0)
      for (const [i, key] of keys.entries()) for (const undo of this.#undo) undo.run(key, after + 1 + i);
    return false;
  }

  /**
   * The ids of the events after this position, all in order; the others are known.
   *
   * @returns how many were not
   */
  addAfter(position: number): number {
    return Number(this.#addAfter.run(position).changes);
  }

  /** Undoes that, before the events go. */
  removeAfter(position: number): void {
    this.#removeAfter.run(position);
  }

  #isSettled(key: EventKey): boolean {
    return this.#known.mayHave(key as Uint8Array) && this.#settled.get(key) !== undefined;
  }

  /** Adds who names whom, for events that were given these positions. */
  link(placed: readonly { readonly draft: Draft; readonly position: number }[]): void {
    for (const { draft, position } of placed) {
      const { causes, conversation } = draft;
      let last: EventKey = "";
      for (const cause of causes) {
        last = eventKey(cause);
        this.#causes.add(last, position);
      }
      if (conversation === undefined) continue;
      // Most often what caused it is what its conversation began with.
      const known = conversation === causes.at(-1);
      this.#conversations.add(known ? last : eventKey(conversation), position);
    }
    this.#causes.insert();
    this.#conversations.insert();
  }

  /** To be called in the transaction, when a batch is in. */
  save(before: number, after: number): void {
    this.#known.save();
    for (let turn = Math.floor(before / MOVE_EVERY) + 1; turn <= Math.floor(after / MOVE_EVERY); turn++) {
      for (const { ranges, statements } of this.#moves) {
        const width = 256 / ranges;
        const first = (turn % ranges) * width;
        const from = Uint8Array.of(first);
        const to = first + width === 256 ? END : Uint8Array.of(first + width);
        for (const statement of statements) statement.run(from, to);
      }
    }
  }

  committed(position: number): void {
    this.#known.committed(position);
  }
}

/** Links of one kind, gathered for a batch. */
class LinkInserts {
  readonly #links: Inserts;
  readonly #newLinks: Inserts;
  #settled: Value[] = [];
  #waiting: Value[] = [];

  constructor(database: Database, kind: number) {
    this.#links = new Inserts(database, "links", `?, ${kind}, ?`);
    this.#newLinks = new Inserts(database, "new_links", `?, ${kind}, ?`);
  }

  add(key: EventKey, position: number): void {
    (isInOrder(key) ? this.#settled : this.#waiting).push(key, position);
  }

  insert(): void {
    const settled = this.#settled;
    const waiting = this.#waiting;
    // First: a batch that fails leaves nothing here.
    this.#settled = [];
    this.#waiting = [];
    this.#links.run(settled);
    this.#newLinks.run(waiting);
  }
}
