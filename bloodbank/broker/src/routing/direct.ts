import { IndexedRouter } from "./indexed-router.js";
import { CountedDestinations } from "./key-index.js";
import type { Binding } from "./router.js";

/** The routing key is the binding key. */
export class DirectRouter<D> extends IndexedRouter<D> {
  readonly #byKey = new Map<string, CountedDestinations<D>>();

  route(key: string): readonly D[] {
    return this.#byKey.get(key)?.list ?? NONE;
  }

  protected added({ key, destination }: Binding<D>): void {
    let destinations = this.#byKey.get(key);
    if (destinations === undefined) {
      destinations = new CountedDestinations();
      this.#byKey.set(key, destinations);
    }
    destinations.add(destination);
  }

  protected removed({ key, destination }: Binding<D>): void {
    const destinations = this.#byKey.get(key);
    destinations?.remove(destination);
    if (destinations?.empty) this.#byKey.delete(key);
  }
}

const NONE: readonly never[] = [];
