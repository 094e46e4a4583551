/** Waits until `probe` returns something other than undefined or false. */
export async function eventually<T>(
  probe: () => T | undefined | false | Promise<T | undefined | false>,
  what = "condition",
  timeout = 90_000,
): Promise<T> {
  const until = Date.now() + timeout;
  for (;;) {
    const found = await probe();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > until) throw new Error(`gave up waiting for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
