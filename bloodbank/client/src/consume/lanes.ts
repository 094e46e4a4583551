/**
 * Who may be handled next. Items with the same key are handled one after the other, in the order they came; items
 * without a key, or with different ones, at the same time.
 */
export class Lanes<T> {
  /** Items whose lane is free, in order of arrival. */
  readonly #ready: { readonly key: string | undefined; readonly item: T }[] = [];
  /** Lanes at work, each with those who wait in it. */
  readonly #busy = new Map<string, T[]>();
  #head = 0;
  #waiting = 0;

  /** How many wait, ready or not. */
  get size(): number {
    return this.#waiting;
  }

  push(key: string | undefined, item: T): void {
    this.#waiting++;
    const lane = key === undefined ? undefined : this.#busy.get(key);
    if (lane !== undefined) {
      lane.push(item);
      return;
    }
    if (key !== undefined) this.#busy.set(key, []);
    this.#ready.push({ key, item });
  }

  /** The next item, still in its place. */
  peek(): T | undefined {
    return this.#ready[this.#head]?.item;
  }

  /** Takes the next item; its lane stays busy until `done`. */
  take(): T | undefined {
    const next = this.#ready[this.#head];
    if (next === undefined) return undefined;
    this.#head++;
    this.#waiting--;
    if (this.#head > 1_000 && this.#head * 2 > this.#ready.length) {
      this.#ready.splice(0, this.#head);
      this.#head = 0;
    }
    return next.item;
  }

  /** The item of that key is finished: the next in its lane gets ready. */
  done(key: string | undefined): void {
    if (key === undefined) return;
    const lane = this.#busy.get(key);
    if (lane === undefined) return;
    const next = lane.shift();
    if (next === undefined) this.#busy.delete(key);
    else this.#ready.push({ key, item: next });
  }

  /** Empties all lanes; returns what waited. Keys at work stay busy until their `done`. */
  clear(): readonly T[] {
    const items = this.#ready.slice(this.#head).map(({ item }) => item);
    for (const { key } of this.#ready.slice(this.#head)) if (key !== undefined) this.#busy.delete(key);
    for (const lane of this.#busy.values()) items.push(...lane.splice(0));
    this.#ready.length = 0;
    this.#head = 0;
    this.#waiting = 0;
    return items;
  }
}
