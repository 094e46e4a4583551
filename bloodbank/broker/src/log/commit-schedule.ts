/** How soon something is to be on disk: `later`: nobody waits for it. */
export type Pace = "now" | "later";

/** Milliseconds: a write for the acks of each turn would take longer than all else that is done with them. */
const LATER = 5;

/**
 * When the next batch is committed, one at a time: at the end of the turn for who waits; what nobody waits for goes with it,
 * or by itself after a moment.
 *
 *     idle ─ later ─▶ (5 ms) ─▶ due ─ begins ─▶ committing ─ ended ─▶ idle, or due again
 *       └──── now ─────────────▲
 */
export class CommitSchedule {
  /** Between `begins` and `ended`. */
  committing = false;
  readonly #commit: () => void;
  #due = false;
  #later: NodeJS.Timeout | undefined;

  /** `commit` calls `begins`, and `ended` when it is done with. */
  constructor(commit: () => void) {
    this.#commit = commit;
  }

  /** Nothing is committing, nor waits to be. */
  get idle(): boolean {
    return !this.#due && this.#later === undefined && !this.committing;
  }

  request(pace: Pace): void {
    if (this.#due) return;
    if (pace === "now") {
      this.#due = true;
      if (!this.committing) setImmediate(this.#commit);
    } else
      this.#later ??= setTimeout(() => {
        this.#later = undefined;
        this.request("now");
      }, LATER);
  }

  /** What nobody waits for is waited for now. */
  hurry(): void {
    if (this.#later !== undefined) this.request("now");
  }

  begins(): void {
    this.#due = false;
    clearTimeout(this.#later);
    this.#later = undefined;
    this.committing = true;
  }

  ended(): void {
    this.committing = false;
    if (this.#due) setImmediate(this.#commit);
  }
}
