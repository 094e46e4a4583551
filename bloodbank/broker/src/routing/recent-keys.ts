/**
 * A bounded memory of what keys led to, near enough to least recently used: two generations, of which the older one is
 * dropped when the younger is full. A hit costs one look-up and, unlike strict order, no write.
 */
export class RecentKeys<V> {
  readonly #generation: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  /** Holds at least `generation` and at most twice as many keys. */
  constructor(generation: number) {
    this.#generation = generation;
  }

  get(key: string): V | undefined {
    const found = this.#young.get(key);
    if (found !== undefined) return found;
    const older = this.#old.get(key);
    if (older !== undefined) this.set(key, older);
    return older;
  }

  set(key: string, value: V): void {
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  clear(): void {
    if (this.#young.size > 0) this.#young = new Map();
    if (this.#old.size > 0) this.#old = new Map();
  }
}
