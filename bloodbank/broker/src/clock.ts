import type { Clock } from "./contract.js";

/** The machine's clock. Its timers keep no process alive: what listens does. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
