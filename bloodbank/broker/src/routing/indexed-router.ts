/** What the exchange types share: the set of bindings, their count and version. A type adds how it finds destinations. */
import { EMPTY_TABLE, type Table } from "../wire/table.js";
import { BindingSet } from "./binding-set.js";
import type { Binding, Router } from "./router.js";

export abstract class IndexedRouter<D> implements Router<D> {
  readonly readsHeaders: boolean = false;
  readonly #set = new BindingSet<D>();
  #version = 0;

  get size(): number {
    return this.#set.size;
  }

  get version(): number {
    return this.#version;
  }

  bind(key: string, args: Table, destination: D): boolean {
    const binding = this.#set.add(key, args, destination);
    if (binding === undefined) return false;
    this.#version++;
    this.added(binding);
    return true;
  }

  unbind(key: string, args: Table, destination: D): boolean {
    const binding = this.#set.remove(key, args, destination);
    if (binding === undefined) return false;
    this.#version++;
    this.removed(binding);
    return true;
  }

  unbindAll(destination: D): readonly Binding<D>[] {
    const bindings = this.#set.removeAll(destination);
    if (bindings.length > 0) this.#version++;
    for (const binding of bindings) this.removed(binding);
    return bindings;
  }

  bindings(): IterableIterator<Binding<D>> {
    return this.#set[Symbol.iterator]();
  }

  abstract route(key: string, headers: () => Table): readonly D[];

  routeBytes(key: Buffer, from: number, to: number): readonly D[] {
    return this.route(key.toString("utf8", from, to), NO_HEADERS);
  }

  protected destinations(): readonly D[] {
    return this.#set.destinations();
  }

  protected abstract added(binding: Binding<D>): void;
  protected abstract removed(binding: Binding<D>): void;
}

const NO_HEADERS = (): Table => EMPTY_TABLE;
