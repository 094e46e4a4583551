/**
 * Work that could stop the event loop for seconds (letting go of five million messages), done a portion a turn, so that
 * sockets are served in between. In the order in which it was added.
 */
export class Portions {
  readonly #work: Work[] = [];
  #scheduled = false;

  add(work: Work): void {
    this.#work.push(work);
    this.#schedule();
  }

  /** Does now what is left. */
  finish(): void {
    while (this.#work.length > 0) this.#step();
  }

  /** Leaves undone what is left. */
  drop(): void {
    this.#work.length = 0;
  }

  #schedule(): void {
    if (this.#scheduled || this.#work.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#step();
      this.#schedule();
    });
  }

  #step(): void {
    const work = this.#work[0];
    for (let i = 0; work && i < PORTION; i++) {
      if (work()) continue;
      this.#work.shift();
      return;
    }
  }
}

/** One small step; false: there was nothing left to do. */
export type Work = () => boolean;

/** Some milliseconds of letting go of messages. */
const PORTION = 5000;
