import type { Clock } from "./contract.js";

/** `setTimeout` takes 31 bits, and takes a longer time for none at all: whoever waits longer looks again on the way. */
export const LONGEST_TIMER = 2 ** 30;

/** The machine's clock. Its timers keep no process alive: what listens does. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
