/**
 * What every exchange type promises. A binding is known by its key, its arguments and its destination together; binding
 * it twice is binding it once. `route` names each destination once, however many bindings lead there, and its result stays
 * valid (and unchanged) after the next `bind`: callers may keep it until `version` differs.
 *
 * A destination is compared by identity: a queue, an exchange, whatever the broker routes to.
 */
import type { Table } from "../wire/table.js";

export interface Binding<D> {
  readonly key: string;
  readonly arguments: Table;
  readonly destination: D;
}

export interface Router<D> {
  /** False if exactly this binding is there already. */
  bind(key: string, args: Table, destination: D): boolean;
  /** False if there is no such binding. */
  unbind(key: string, args: Table, destination: D): boolean;
  /** Removes every binding to a destination and returns them: a queue or exchange is deleted. */
  unbindAll(destination: D): readonly Binding<D>[];
  /** `headers` is called only by exchanges that look at them. */
  route(key: string, headers: () => Table): readonly D[];
  /** The same where no headers are read, by the key's bytes between two offsets: valid UTF-8. */
  routeBytes(key: Buffer, from: number, to: number): readonly D[];
  bindings(): IterableIterator<Binding<D>>;
  readonly size: number;
  /** Grows with every change; whoever caches what `route` gave compares it. */
  readonly version: number;
  /** Whether `route` reads headers: then its result may not be cached by key. */
  readonly readsHeaders: boolean;
}

export const EXCHANGE_TYPES = ["direct", "fanout", "headers", "topic"] as const;
export type ExchangeType = (typeof EXCHANGE_TYPES)[number];
