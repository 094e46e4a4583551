/** Positions by class and time, from the rows that tell both of each position of a block; the last ones read are kept. */
import type { BlockList } from "../layout/block-list.js";
import { BLOCK, type Block, type Range } from "../layout/blocks.js";
import { type Members, type MembersRow, membersFrom } from "../layout/members.js";
import type { Order } from "../query/cursor.js";
import type { Database, Statement } from "./database.js";

/** 10 KiB each. */
const MOST_KEPT = 256;

/** Milliseconds; `until` is exclusive. */
export interface Wanted {
  /** Undefined: all that have an event. */
  readonly classes: ReadonlySet<number> | undefined;
  readonly since: number | undefined;
  readonly until: number | undefined;
}

export class MembersOf {
  readonly #read: Statement;
  readonly #kept = new Map<number, Members>();

  constructor(database: Database) {
    this.#read = database.prepare("SELECT * FROM members WHERE block = ?");
  }

  /** They changed, from this block on. */
  forgetFrom(number: number): void {
    for (const block of this.#kept.keys()) if (block >= number) this.#kept.delete(block);
  }

  /** Positions of a range that have what is wanted, `count` at most. */
  positions(
    blocks: BlockList,
    { classes, since = 0, until = Number.MAX_SAFE_INTEGER }: Wanted,
    { from, to }: Range,
    order: Order,
    count: number,
  ): readonly number[] {
    const found: number[] = [];
    const wanted = classes && flags(classes);
    const step = order === "newest" ? -1 : 1;
    const { all } = blocks;
    let at = order === "newest" ? blocks.lastUpTo(to) : blocks.firstWith(from);
    for (; found.length < count; at += step) {
      const block = all[at];
      if (block === undefined) break;
      const first = Math.max(from, block.block * BLOCK);
      const last = Math.min(to, block.block * BLOCK + BLOCK - 1);
      if (last < first) break;
      if (block.latest < since || block.earliest >= until || !has(block, classes)) continue;
      const members = this.#members(block.block);
      if (members === undefined) continue;
      const { classes: classOf, received } = members;
      const always = block.earliest >= since && block.latest < until;
      let position = order === "newest" ? last : first;
      for (; position >= first && position <= last && found.length < count; position += step) {
        const at = position % BLOCK;
        const eventClass = classOf[at]!;
        if (eventClass === 0 || (wanted !== undefined && wanted[eventClass] !== 1)) continue;
        if (always || (received[at]! >= since && received[at]! < until)) found.push(position);
      }
    }
    return found;
  }

  #members(block: number): Members | undefined {
    let members = this.#kept.get(block);
    if (members === undefined) {
      const row = this.#read.get(block) as MembersRow | undefined;
      if (row === undefined) return undefined;
      members = membersFrom(row);
      if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
      this.#kept.set(block, members);
    }
    return members;
  }
}

/** Tables are looked up faster than sets, and there may be a million to look up. */
function flags(classes: ReadonlySet<number>): Uint8Array {
  let most = 0;
  for (const number of classes) if (number > most) most = number;
  const table = new Uint8Array(most + 1);
  for (const number of classes) table[number] = 1;
  return table;
}

function has({ counts }: Block, classes: ReadonlySet<number> | undefined): boolean {
  if (classes === undefined) return counts.size > 0;
  if (classes.size <= counts.size) {
    for (const number of classes) if (counts.has(number)) return true;
  } else for (const number of counts.keys()) if (classes.has(number)) return true;
  return false;
}
