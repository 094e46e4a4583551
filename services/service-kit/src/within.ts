/**
 * What `work` gives, whose signal aborts with `signal`, or after `ms` with a `TimeoutError`.
 *
 * Not `AbortSignal.any` and `AbortSignal.timeout`: in Node 20 nothing holds that timeout, so that a garbage collection
 * ends it and `work` waits for ever, and what `any` notes on a signal stays on it, call by call, as long as it lives.
 */
export async function within<T>(
  ms: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const end = new AbortController();
  const stop = () => end.abort(signal.reason);
  const timer = setTimeout(() => end.abort(new DOMException(`not done within ${ms} ms`, "TimeoutError")), ms);
  if (signal.aborted) stop();
  else signal.addEventListener("abort", stop);
  try {
    return await work(end.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
