import type { Settle } from "../link/confirm-channel.js";
import { boundOf, type Outgoing } from "../link/encode.js";

/** A message between `publish` and its confirm. */
export interface Pending extends Settle {
  readonly message: Outgoing;
  /** When the caller stops waiting; milliseconds since the epoch. */
  readonly deadlineAt: number;
  readonly deadline: number;
  /** On the channel that is open now. */
  inFlight: boolean;
  /** Written to a channel at least once: the broker may have it. */
  everSent: boolean;
  settled: boolean;
}

interface Limits {
  readonly events: number;
  readonly bytes: number;
}

const NOBODY: readonly never[] = [];

/** Bounded: who comes when it is full waits its turn. */
export class PendingBuffer<Entry extends Pending> {
  readonly #entries = new Set<Entry>();
  readonly #limits: Limits;
  readonly #waiting: Entry[] = [];
  #bytes = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size + this.#waiting.length;
  }

  /** Oldest first, without those that wait for room. */
  [Symbol.iterator](): IterableIterator<Entry> {
    return this.#entries.values();
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
    if (this.#entries.delete(entry)) this.#bytes -= boundOf(entry.message.body);
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

  /** All whose deadline passed, waiting ones included. */
  overdue(now: number): readonly Entry[] {
    const late: Entry[] = [];
    for (const entry of this.#entries) if (entry.deadlineAt <= now) late.push(entry);
    for (const entry of this.#waiting) if (entry.deadlineAt <= now) late.push(entry);
    return late;
  }

  #forget(entry: Entry): void {
    const at = this.#waiting.indexOf(entry);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  get #full(): boolean {
    return this.#entries.size >= this.#limits.events || this.#bytes >= this.#limits.bytes;
  }

  #admit(entry: Entry): void {
    this.#entries.add(entry);
    this.#bytes += boundOf(entry.message.body);
  }
}
