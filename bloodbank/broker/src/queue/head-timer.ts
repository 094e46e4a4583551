import { LONGEST_TIMER } from "../clock.js";
import type { Clock } from "../contract.js";
import { NEVER } from "./message-index.js";

/**
 * One timer a queue, for the message that is first to expire of those at the head of their lanes. A timer that is
 * early finds nothing and is set again: cheaper than moving it with every message that leaves.
 */
export class HeadTimer {
  readonly #clock: Clock;
  readonly #due: () => void;
  #expiry = NEVER;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, due: () => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** Calls back at `expiry` (milliseconds since 1970), or a little before, unless it would do so earlier anyway. */
  watch(expiry: number): void {
    if (expiry >= this.#expiry) return;
    this.stop();
    this.#expiry = expiry;
    const left = Math.min(LONGEST_TIMER, Math.max(0, expiry - this.#clock.now()));
    this.#cancel = this.#clock.after(left, () => {
      this.#cancel = undefined;
      this.#expiry = NEVER;
      this.#due();
    });
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#expiry = NEVER;
  }
}
