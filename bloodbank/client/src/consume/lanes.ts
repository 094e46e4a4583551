/**
 * Who may be handled next. Items with the same key are handled one after the other, in the order they came; items
 * without a key, or with different ones, at the same time.
 */
export class Lanes<T extends object> {
  readonly #keyOf: (item: T) => string | undefined;
  /** Items whose lane is free, in order of arrival, from `head` on. */
  readonly #ready: (T | undefined)[] = [];
  /** Lanes at work, each with those who wait in it. */
  readonly #busy = new Map<string, T[]>();
  #head = 0;

  constructor(keyOf: (item: T) => string | undefined) {
    this.#keyOf = keyOf;
  }

  /** Whether nothing is ready. */
  get empty(): boolean {
    return this.#head === this.#ready.length;
  }

  push(item: T): void {
    const key = this.#keyOf(item);
    if (key !== undefined) {
      const lane = this.#busy.get(key);
      if (lane !== undefined) {
        lane.push(item);
        return;
      }
      this.#busy.set(key, []);
    }
    this.#ready.push(item);
  }

  /** The next item that is ready, still in its place. */
  peek(): T | undefined {
    return this.#ready[this.#head];
  }

  /** Takes the next item; its lane stays busy until `done`. */
  take(): T | undefined {
    const next = this.#ready[this.#head];
    if (next === undefined) return undefined;
    // What was taken is not kept in memory until its place is used again.
    this.#ready[this.#head++] = undefined;
    if (this.empty || (this.#head > 1_000 && this.#head * 2 > this.#ready.length))
      this.#forgetTaken(this.#head);
    return next;
  }

  /** The item is finished: the next in its lane gets ready. */
  done(item: T): void {
    const key = this.#keyOf(item);
    if (key === undefined) return;
    const lane = this.#busy.get(key);
    if (lane === undefined) return;
    const next = lane.shift();
    if (next === undefined) this.#busy.delete(key);
    else this.#ready.push(next);
  }

  /** Empties all lanes; returns what waited. Keys at work stay busy until their `done`. */
  clear(): readonly T[] {
    const items = this.#ready.slice(this.#head).filter((item) => item !== undefined);
    const idle = items.map((item) => this.#keyOf(item)).filter((key) => key !== undefined);
    for (const lane of this.#busy.values()) items.push(...lane.splice(0));
    for (const key of idle) this.#busy.delete(key);
    this.#forgetTaken(this.#ready.length);
    return items;
  }

  #forgetTaken(count: number): void {
    if (count === this.#ready.length) this.#ready.length = 0;
    else this.#ready.splice(0, count);
    this.#head = 0;
  }
}
