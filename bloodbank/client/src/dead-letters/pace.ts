/** Gives turns at a steady rate; without one, at once. */
export class Pace {
  readonly #interval: number;
  #next = 0;

  constructor(perSecond: number | undefined) {
    this.#interval = perSecond === undefined || perSecond <= 0 ? 0 : 1_000 / perSecond;
  }

  /** Resolves when it is the caller's turn, or when the signal says that there will be none. */
  async turn(signal?: AbortSignal): Promise<void> {
    if (this.#interval === 0 || signal?.aborted) return;
    const now = performance.now();
    const at = Math.max(now, this.#next);
    this.#next = at + this.#interval;
    if (at <= now) return;
    await new Promise<void>((resolve) => {
      const over = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", over);
        resolve();
      };
      const timer = setTimeout(over, at - now);
      signal?.addEventListener("abort", over);
    });
  }
}
