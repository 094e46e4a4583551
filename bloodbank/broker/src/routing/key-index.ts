/** Destinations under one key or pattern, counted: bindings that differ in their arguments alone share an entry. */
export class CountedDestinations<D> {
  readonly #counts = new Map<D, number>();
  #list: readonly D[] = [];

  /** Each destination once. A change makes a new list: one that was handed out stays as it is. */
  get list(): readonly D[] {
    return this.#list;
  }

  get empty(): boolean {
    return this.#counts.size === 0;
  }

  add(destination: D): void {
    const count = this.#counts.get(destination) ?? 0;
    this.#counts.set(destination, count + 1);
    if (count === 0) this.#list = [...this.#list, destination];
  }

  remove(destination: D): void {
    const count = this.#counts.get(destination) ?? 0;
    if (count > 1) {
      this.#counts.set(destination, count - 1);
      return;
    }
    this.#counts.delete(destination);
    this.#list = this.#list.filter((other) => other !== destination);
  }
}
