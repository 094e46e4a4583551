import type { Records } from "../../src/access/index.js";

/** Records for tests of what uses them; the broker's are its metadata journal. */
export class MemoryRecords implements Records {
  readonly values = new Map<string, unknown>();

  *entries<T>(prefix: string): IterableIterator<[string, T]> {
    for (const [key, value] of this.values)
      if (key.startsWith(prefix)) yield [key.slice(prefix.length), structuredClone(value) as T];
  }

  put(key: string, value: unknown): void {
    this.values.set(key, JSON.parse(JSON.stringify(value)));
  }

  delete(key: string): void {
    this.values.delete(key);
  }
}
