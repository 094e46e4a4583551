import type { Clock } from "../contract.js";
import type { Ends } from "./ends.js";
import { HeadTimer } from "./head-timer.js";
import type { Lanes } from "./lanes.js";

/**
 * Ends messages whose time is up when they come to the head of their lane, as RabbitMQ does: at once where nothing stands
 * before them, by a timer where nobody comes to look.
 */
export class Expiry {
  /** Some message expires: heads are looked at. */
  on = false;
  readonly #clock: Clock;
  readonly #lanes: Lanes;
  readonly #ends: Ends;
  readonly #timer: HeadTimer;
  readonly #dropped: () => void;
  #stopped = false;

  /** `dropped` is called when the timer has ended some. */
  constructor(clock: Clock, lanes: Lanes, ends: Ends, dropped: () => void) {
    this.#clock = clock;
    this.#lanes = lanes;
    this.#ends = ends;
    this.#timer = new HeadTimer(clock, () => this.#expire());
    this.#dropped = dropped;
  }

  /** Ends what has expired at the head of the lane. False: there are more than `most`. */
  drop(number: number, most: number): boolean {
    const lane = this.#lanes.at(number);
    const now = this.#clock.now();
    for (let dropped = 0; ; dropped++) {
      const position = lane.peek();
      if (position < 0 || lane.expiryAt(position) > now) return true;
      if (dropped >= most) return false;
      this.#ends.end(number, lane.take(), "expired");
    }
  }

  /** The lane of the first message that is ready and has not expired, or -1. */
  firstLane(mostExpired = ENDED_A_TURN): number {
    for (let number = this.#lanes.highest; number >= 0; number--) {
      const lane = this.#lanes.at(number);
      if (lane.ready === 0) continue;
      // Too many to drop them all now: the timer goes on with it, and wakes the queue.
      if (this.on && !this.drop(number, mostExpired)) return -1;
      if (lane.ready > 0) return number;
    }
    return -1;
  }

  /** Again whenever another message may stand first. */
  watch(): void {
    if (!this.#stopped) this.#timer.watch(this.#lanes.earliestExpiry());
  }

  stop(): void {
    this.#stopped = true;
    this.#timer.stop();
  }

  /** In portions, so that a million messages that die together do not stop everything else. */
  #expire(): void {
    if (this.#stopped) return;
    let all = true;
    for (let number = 0; all && number <= this.#lanes.highest; number++)
      all = this.drop(number, ENDED_A_TURN);
    if (all) this.watch();
    else setImmediate(() => this.#expire());
    this.#dropped();
  }
}

/** Each may become a dead letter, which costs some microseconds. */
export const ENDED_A_TURN = 1000;
