import type { Entry } from "./entry.js";
import { EntryList } from "./entry-list.js";

interface Limits {
  readonly events: number;
  readonly bytes: number;
}

const NOBODY: readonly never[] = [];

/** Bounded: who comes when it is full waits its turn. There may be a million of these: none is looked for. */
export class PendingBuffer {
  readonly #limits: Limits;
  readonly #held = new EntryList();
  readonly #waiting = new EntryList();
  /** Of the held ones. */
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#held.size + this.#waiting.size;
  }

  /** Oldest first, without those that wait for room; what comes and goes meanwhile does not change it. */
  held(): readonly Entry[] {
    const entries: Entry[] = [];
    for (let entry = this.#held.oldest; entry !== undefined; entry = entry.after) entries.push(entry);
    return entries;
  }

  /** True when it may be sent now; otherwise `remove` of others hands it back when there is room. */
  add(entry: Entry): boolean {
    if (this.#full || this.#waiting.size > 0) {
      this.#waiting.push(entry);
      return false;
    }
    this.#hold(entry);
    return true;
  }

  /** Returns those who now have room, oldest first. */
  remove(entry: Entry): readonly Entry[] {
    if (entry.list === this.#held) this.#bytes -= entry.bytes;
    entry.list?.remove(entry);
    if (this.#waiting.size === 0) return NOBODY;
    const admitted: Entry[] = [];
    while (!this.#full) {
      const next = this.#waiting.oldest;
      if (next === undefined) break;
      this.#waiting.remove(next);
      this.#hold(next);
      admitted.push(next);
    }
    return admitted;
  }

  /** All whose deadline passed, waiting ones included; also those whose deadline is not a number. */
  overdue(now: number): readonly Entry[] {
    const late: Entry[] = [];
    for (const { oldest } of [this.#held, this.#waiting])
      for (let entry = oldest; entry !== undefined; entry = entry.after)
        if (!(entry.deadlineAt > now)) late.push(entry);
    return late;
  }

  get #full(): boolean {
    return this.#held.size >= this.#limits.events || this.#bytes >= this.#limits.bytes;
  }

  #hold(entry: Entry): void {
    this.#held.push(entry);
    this.#bytes += entry.bytes;
  }
}
