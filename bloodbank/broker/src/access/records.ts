/**
 * Where users, permissions and policies are kept: keys with JSON values (the broker's metadata journal is one). A
 * change is kept when `put` or `delete` returns.
 */
export interface Records {
  /** Keys that begin with `prefix`, each without it. */
  entries<T>(prefix: string): Iterable<[string, T]>;
  put(key: string, value: unknown): void;
  delete(key: string): void;
}

/** Values under a key of several names, each with its copy in the records. Names may hold anything but NUL. */
export class Shelf<V> implements Iterable<V> {
  readonly #records: Records;
  readonly #prefix: string;
  readonly #values: Map<string, V>;

  constructor(records: Records, prefix: string) {
    this.#records = records;
    this.#prefix = prefix;
    this.#values = new Map(records.entries<V>(prefix));
  }

  get size(): number {
    return this.#values.size;
  }

  get(...names: readonly string[]): V | undefined {
    return this.#values.get(names.join("\0"));
  }

  set(value: V, ...names: readonly string[]): void {
    const key = names.join("\0");
    this.#records.put(this.#prefix + key, value);
    this.#values.set(key, value);
  }

  delete(...names: readonly string[]): boolean {
    const key = names.join("\0");
    if (!this.#values.has(key)) return false;
    this.#records.delete(this.#prefix + key);
    return this.#values.delete(key);
  }

  /** Deletes every value that `gone` says is. */
  sweep(gone: (value: V) => boolean): void {
    for (const [key, value] of this.#values) if (gone(value)) this.delete(...key.split("\0"));
  }

  [Symbol.iterator](): IterableIterator<V> {
    return this.#values.values();
  }
}
