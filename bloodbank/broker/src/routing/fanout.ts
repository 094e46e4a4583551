import { IndexedRouter } from "./indexed-router.js";

/** Every destination gets every message. */
export class FanoutRouter<D> extends IndexedRouter<D> {
  #all: readonly D[] | undefined;

  route(): readonly D[] {
    this.#all ??= this.destinations();
    return this.#all;
  }

  protected added(): void {
    this.#all = undefined;
  }

  protected removed(): void {
    this.#all = undefined;
  }
}
