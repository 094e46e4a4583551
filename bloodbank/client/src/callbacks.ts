/**
 * Who is told of something does not decide over it. What a callback of the bus throws or rejects with is logged once
 * and goes no further: a message that was acked stays acked, a connection that is up stays up.
 */
import type { BusAddress } from "./contract.js";
import { messageOf } from "./errors.js";

const safe = new WeakSet<BusAddress>();

/** The same bus, with callbacks that never throw. */
export function withSafeCallbacks<B extends BusAddress>(bus: B): B {
  if (safe.has(bus)) return bus;
  const { onState, metrics } = bus;
  // Where the log itself fails there is nobody left to tell.
  const log = bus.log && safely(bus.log);
  const failed = (name: string) => once((error) => log?.("error", `${name} failed: ${messageOf(error)}`));
  const published = metrics?.published?.bind(metrics);
  const handled = metrics?.handled?.bind(metrics);
  const quiet: B = {
    ...bus,
    ...(log && { log }),
    ...(onState && { onState: safely(onState, failed("onState")) }),
    ...(metrics && {
      metrics: {
        ...(published && { published: safely(published, failed("metrics.published")) }),
        ...(handled && { handled: safely(handled, failed("metrics.handled")) }),
      },
    }),
  };
  safe.add(quiet);
  return quiet;
}

/** For who calls it, it never throws; `failed` is told of what it threw or rejected with. */
export function safely<A extends readonly unknown[]>(
  callback: (...args: A) => unknown,
  failed: (error: unknown) => void = () => undefined,
): (...args: A) => void {
  return (...args) => {
    try {
      const result = callback(...args);
      // An async function may be given for one that returns nothing.
      if (result instanceof Promise) result.catch(failed);
    } catch (error) {
      failed(error);
    }
  };
}

/** A callback that fails does so for each event: one line of the log is enough. */
function once(tell: (error: unknown) => void): (error: unknown) => void {
  let isFirst = true;
  return (error) => {
    if (isFirst) tell(error);
    isFirst = false;
  };
}
