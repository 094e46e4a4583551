/** The bindings of one exchange, by destination: what `bind` and `unbind` of every exchange type agree on. */

import type { Table } from "../wire/table.js";
import { encodeTable } from "../wire/table-codec.js";
import type { Binding } from "./router.js";

export class BindingSet<D> implements Iterable<Binding<D>> {
  readonly #byDestination = new Map<D, Map<string, Binding<D>>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The new binding, or undefined if it was there. */
  add(key: string, args: Table, destination: D): Binding<D> | undefined {
    const id = identity(key, args);
    let bindings = this.#byDestination.get(destination);
    if (bindings === undefined) {
      bindings = new Map();
      this.#byDestination.set(destination, bindings);
    }
    if (bindings.has(id)) return undefined;
    const binding = { key, arguments: args, destination };
    bindings.set(id, binding);
    this.#size++;
    return binding;
  }

  /** The binding that was removed, or undefined if there was none. */
  remove(key: string, args: Table, destination: D): Binding<D> | undefined {
    const bindings = this.#byDestination.get(destination);
    const id = identity(key, args);
    const binding = bindings?.get(id);
    if (bindings === undefined || binding === undefined) return undefined;
    bindings.delete(id);
    if (bindings.size === 0) this.#byDestination.delete(destination);
    this.#size--;
    return binding;
  }

  /** Removes and returns all that lead to a destination. */
  removeAll(destination: D): readonly Binding<D>[] {
    const bindings = this.#byDestination.get(destination);
    if (bindings === undefined) return [];
    this.#byDestination.delete(destination);
    this.#size -= bindings.size;
    return [...bindings.values()];
  }

  destinations(): readonly D[] {
    return [...this.#byDestination.keys()];
  }

  *[Symbol.iterator](): IterableIterator<Binding<D>> {
    for (const bindings of this.#byDestination.values()) yield* bindings.values();
  }
}

/** Arguments count in any order; a length before the key keeps the two apart. */
function identity(key: string, args: Table): string {
  if (args.size === 0) return key;
  const sorted = new Map([...args].sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${key.length}:${key}${encodeTable(sorted).toString("latin1")}`;
}
