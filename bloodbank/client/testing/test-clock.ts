/** Time that stands still until a test lets it pass. The broker's timers (retry delays, expiry) follow it. */
import type { Clock } from "@33god/bloodbank-broker";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * @example
 * const clock = new TestClock();
 * const bus = await startTestBus({ clock });
 * clock.advance(60_000); // whatever was due within a minute happens now
 */
export class TestClock implements Clock {
  readonly #timers = new Set<Timer>();
  #now: number;
  #order = 0;

  /** `start` in milliseconds since the epoch; the machine's time by default. */
  constructor(start: number = Date.now()) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Milliseconds until the next timer; undefined when there is none. */
  get next(): number | undefined {
    const timer = this.#first();
    return timer === undefined ? undefined : timer.at - this.#now;
  }

  /** Lets time pass; each timer that is due in it fires at its own moment, in order. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (let timer = this.#first(); timer !== undefined && timer.at <= until; timer = this.#first()) {
      this.#timers.delete(timer);
      this.#now = Math.max(this.#now, timer.at);
      timer.callback();
    }
    this.#now = until;
  }

  #first(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers)
      if (first === undefined || timer.at < first.at || (timer.at === first.at && timer.order < first.order))
        first = timer;
    return first;
  }
}
