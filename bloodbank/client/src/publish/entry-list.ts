import type { Entry } from "./entry.js";

/** A list that goes through the entries themselves, oldest first: nothing is made or moved when one comes or goes. */
export class EntryList {
  oldest: Entry | undefined;
  size = 0;
  #newest: Entry | undefined;

  push(entry: Entry): void {
    entry.list = this;
    entry.before = this.#newest;
    if (this.#newest === undefined) this.oldest = entry;
    else this.#newest.after = entry;
    this.#newest = entry;
    this.size++;
  }

  /** Its links are cleared: an entry that is gone must not keep its neighbours in memory. */
  remove(entry: Entry): void {
    const { before, after } = entry;
    if (before === undefined) this.oldest = after;
    else before.after = after;
    if (after === undefined) this.#newest = before;
    else after.before = before;
    entry.list = undefined;
    entry.before = undefined;
    entry.after = undefined;
    this.size--;
  }
}
