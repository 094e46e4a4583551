/** All blocks of a store in memory, with the sum of their counts kept beside them. */
import { type Block, blockOf } from "./blocks.js";

export class BlockList {
  readonly #blocks: Block[] = [];
  readonly #totals = new Map<number, number>();

  /** In rising order. */
  get all(): readonly Block[] {
    return this.#blocks;
  }

  /** Index of the last block that begins at or before a position; -1: there is none. */
  lastUpTo(position: number): number {
    const number = blockOf(position);
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#blocks[middle]!.block <= number) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Index of the first block that ends at or after a position. */
  firstWith(position: number): number {
    const at = this.lastUpTo(position);
    return at >= 0 && this.#blocks[at]!.block === blockOf(position) ? at : at + 1;
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
