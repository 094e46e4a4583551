import type { Entry } from "./entry.js";

interface Limits {
  readonly events: number;
  readonly bytes: number;
}

const NOBODY: readonly never[] = [];

/**
 * Bounded: who comes when it is full waits its turn. The held ones are a list that goes through the entries
 * themselves, oldest first: nothing is made or moved when one comes or goes.
 */
export class PendingBuffer {
  readonly #limits: Limits;
  readonly #waiting: Entry[] = [];
  #oldest: Entry | undefined;
  #newest: Entry | undefined;
  #held = 0;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#held + this.#waiting.length;
  }

  /** Oldest first, without those that wait for room; what comes and goes meanwhile does not change it. */
  held(): readonly Entry[] {
    const entries: Entry[] = [];
    for (let entry = this.#oldest; entry !== undefined; entry = entry.after) entries.push(entry);
    return entries;
  }

  /** True when it may be sent now; otherwise `remove` of others hands it back when there is room. */
  add(entry: Entry): boolean {
    if (this.#full || this.#waiting.length > 0) {
      this.#waiting.push(entry);
      return false;
    }
    this.#admit(entry);
    return true;
  }

  /** Returns those who now have room, oldest first. */
  remove(entry: Entry): readonly Entry[] {
    if (entry === this.#oldest || entry.before !== undefined) this.#unlink(entry);
    else if (this.#waiting.length > 0) this.#forget(entry);
    if (this.#waiting.length === 0) return NOBODY;
    const admitted: Entry[] = [];
    while (!this.#full) {
      const next = this.#waiting.shift();
      if (next === undefined) break;
      this.#admit(next);
      admitted.push(next);
    }
    return admitted;
  }

  /** All whose deadline passed, waiting ones included; also those whose deadline is not a number. */
  overdue(now: number): readonly Entry[] {
    const late: Entry[] = [];
    for (let entry = this.#oldest; entry !== undefined; entry = entry.after)
      if (!(entry.deadlineAt > now)) late.push(entry);
    for (const entry of this.#waiting) if (!(entry.deadlineAt > now)) late.push(entry);
    return late;
  }

  #forget(entry: Entry): void {
    const at = this.#waiting.indexOf(entry);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  get #full(): boolean {
    return this.#held >= this.#limits.events || this.#bytes >= this.#limits.bytes;
  }

  #admit(entry: Entry): void {
    entry.before = this.#newest;
    if (this.#newest === undefined) this.#oldest = entry;
    else this.#newest.after = entry;
    this.#newest = entry;
    this.#held++;
    this.#bytes += entry.bytes;
  }

  /** Its own links are cleared: an entry that is gone must not keep its neighbours in memory. */
  #unlink(entry: Entry): void {
    const { before, after } = entry;
    if (before === undefined) this.#oldest = after;
    else before.after = after;
    if (after === undefined) this.#newest = before;
    else after.before = before;
    entry.before = undefined;
    entry.after = undefined;
    this.#held--;
    this.#bytes -= entry.bytes;
  }
}
