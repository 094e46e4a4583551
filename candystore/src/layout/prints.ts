/**
 * Prints: 32 bits of each id that came in no order, by position, some in a row for each block as `Members` are. From
 * them the writer has a filter in memory that says of a new id, nearly always, that it is not known, so that no page
 * of a large index is read for it. Removed events stay in it: they only cost a look.
 */
import type { EventKey } from "../record/event-key.js";

/** Bits of the filter for each id that it has room for: 1 of 50 new ids is looked for in vain. */
const BITS = 16;
const LEAST_ROOM = 65_536;

/**
 * UUIDs of version 7 begin with the time, and go where the last ones went. So do, as far as anyone can tell, ids that
 * are no UUIDs.
 */
export const isInOrder = (key: EventKey): boolean => typeof key === "string" || key[6]! >> 4 === 7;

/** Never 0, which stands for none. */
export function printOf(key: Uint8Array): number {
  let print = 0;
  for (let at = 0; at < 16; at += 4)
    print = mixed(print ^ ((key[at]! << 24) | (key[at + 1]! << 16) | (key[at + 2]! << 8) | key[at + 3]!));
  return print === 0 ? 1 : print >>> 0;
}

export class PrintFilter {
  #words: Uint32Array;
  /** Ids that it has room for; a power of two. */
  readonly room: number;
  #count = 0;

  /** @param ids that will be added at least */
  constructor(ids: number) {
    this.room = LEAST_ROOM;
    while (this.room < ids) this.room *= 2;
    this.#words = new Uint32Array((this.room * BITS) / 32);
  }

  /** More ids than it has room for: it says of too many that they may be there. */
  get full(): boolean {
    return this.#count > this.room;
  }

  add(print: number): void {
    const at = this.#wordOf(print);
    this.#words[at] = this.#words[at]! | bitsOf(print);
    this.#count++;
  }

  mayHave(print: number): boolean {
    const bits = bitsOf(print);
    return (this.#words[this.#wordOf(print)]! & bits) === bits;
  }

  #wordOf(print: number): number {
    return print & (this.#words.length - 1);
  }
}

/** Four bits of a word, from other bits of the print than the word is from. */
function bitsOf(print: number): number {
  const other = Math.imul(print, 0x9e3779b1);
  return (
    (1 << (other >>> 27)) |
    (1 << ((other >>> 22) & 31)) |
    (1 << ((other >>> 17) & 31)) |
    (1 << ((other >>> 12) & 31))
  );
}

/** The last steps of MurmurHash3: every bit of the result depends on every bit. */
function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
