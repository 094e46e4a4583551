/** When the next event may go: by its original distance to the first, and by a limit on events a second. */
export class Pace {
  readonly #speed: number | undefined;
  readonly #rate: number | undefined;
  readonly #now: () => number;
  #began: { readonly at: number; readonly receivedAt: number } | undefined;
  /** When the next event may go by the rate alone. */
  #next = 0;

  constructor(speed: "max" | number = "max", rate?: number, now: () => number = () => performance.now()) {
    this.#speed = speed === "max" ? undefined : speed;
    this.#rate = rate;
    this.#now = now;
  }

  /** Milliseconds to wait before an event that was received at this time is sent. Counts it as sent. */
  wait(receivedAt: number): number {
    if (this.#speed === undefined && this.#rate === undefined) return 0;
    const now = this.#now();
    this.#began ??= { at: now, receivedAt };
    let due = now;
    if (this.#speed !== undefined)
      due = Math.max(due, this.#began.at + (receivedAt - this.#began.receivedAt) / this.#speed);
    if (this.#rate !== undefined) {
      due = Math.max(due, this.#next);
      // A pause is not made up for by a burst.
      this.#next = Math.max(this.#next, now) + 1_000 / this.#rate;
    }
    return due - now;
  }
}
