/** How long to wait before a connection is made again: each time twice as long, until one has held. Pure. */

const FIRST = 100;
const LONGEST = 5_000;
/** A connection has held when it was up for so many times the pause that would come next. */
const HELD = 4;

export class Pauses {
  #next = FIRST;

  /** Milliseconds, after an attempt that failed; none quite as long as another client's. */
  afterFailure(): number {
    const pause = this.#next;
    this.#next = Math.min(pause * 2, LONGEST);
    return pause * (0.75 + Math.random() / 2);
  }

  /** Milliseconds, after a connection was lost that had been up for so many: none if it had held. */
  afterLoss(up: number): number {
    if (up < HELD * this.#next) return this.afterFailure();
    this.#next = FIRST;
    return 0;
  }
}
