/** All blocks of a store in memory, with the sum of their counts kept beside them. */
import type { Block } from "./blocks.js";

export class BlockList {
  readonly #blocks: Block[] = [];
  readonly #totals = new Map<number, number>();

  /** In rising order. */
  get all(): readonly Block[] {
    return this.#blocks;
  }

  /** They follow what is there. */
  add(blocks: readonly Block[]): void {
    for (const block of blocks) {
      this.#blocks.push(block);
      this.#sum(block, 1);
    }
  }

  /** Forgets those from this number on: they changed. */
  dropFrom(number: number): void {
    for (
      let last = this.#blocks.at(-1);
      last !== undefined && last.block >= number;
      last = this.#blocks.at(-1)
    ) {
      this.#blocks.pop();
      this.#sum(last, -1);
    }
  }

  /** Events of these classes. */
  countOf(classes: Iterable<number>): number {
    let count = 0;
    for (const number of classes) count += this.#totals.get(number) ?? 0;
    return count;
  }

  #sum({ counts }: Block, sign: 1 | -1): void {
    for (const [number, events] of counts)
      this.#totals.set(number, (this.#totals.get(number) ?? 0) + sign * events);
  }
}
