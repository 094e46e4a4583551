/** What was read of a queue last, for as long as the queue is what it was then; for a minute at most. */

/** Milliseconds: frees the memory, and bounds what the broker's counts do not show. */
const KEPT = 60_000;

/** How a queue stood: equal at two moments between which nothing came and nothing went. */
export interface Standing {
  readonly count: number;
  /** Undefined where the broker does not tell. */
  readonly arrivals: number | undefined;
}

interface Answer<T> extends Standing {
  readonly answer: T;
  readonly until: NodeJS.Timeout;
}

export class Kept<T> {
  readonly #answers = new Map<string, Answer<T>>();

  get(queue: string, { count, arrivals }: Standing): T | undefined {
    const kept = this.#answers.get(queue);
    return kept?.count === count && kept.arrivals === arrivals ? kept.answer : undefined;
  }

  keep(queue: string, standing: Standing, answer: T): void {
    this.forget(queue);
    const until = setTimeout(() => this.#answers.delete(queue), KEPT).unref();
    this.#answers.set(queue, { ...standing, answer, until });
  }

  forget(queue: string): void {
    clearTimeout(this.#answers.get(queue)?.until);
    this.#answers.delete(queue);
  }

  forgetAll(): void {
    for (const queue of [...this.#answers.keys()]) this.forget(queue);
  }
}
