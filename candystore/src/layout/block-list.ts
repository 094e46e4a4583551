/** All blocks of a store in memory, with the sum of their counts kept beside them. */
import { type Block, blockOf } from "./blocks.js";

export class BlockList {
  readonly #blocks: Block[] = [];
  readonly #totals = new Map<number, number>();
  /** Of each block the latest receipt up to it, and the earliest from it on, or an earlier one: both rise. */
  readonly #latest: number[] = [];
  readonly #earliest: number[] = [];

  /** In rising order. */
  get all(): readonly Block[] {
    return this.#blocks;
  }

  /** Index of the last block that begins at or before a position; -1: there is none. */
  lastUpTo(position: number): number {
    const number = blockOf(position);
    return countWhere(this.#blocks, ({ block }) => block <= number) - 1;
  }

  /** Index of the first block that ends at or after a position. */
  firstWith(position: number): number {
    const at = this.lastUpTo(position);
    return at >= 0 && this.#blocks[at]!.block === blockOf(position) ? at : at + 1;
  }

  /** All that may have an event received in `[since, until)`, and perhaps others. */
  between(since: number, until: number): readonly Block[] {
    return this.#blocks.slice(
      countWhere(this.#latest, (time) => time < since),
      countWhere(this.#earliest, (time) => time < until),
    );
  }

  /** They follow what is there. */
  add(blocks: readonly Block[]): void {
    for (const block of blocks) {
      const { earliest, latest } = block;
      for (let at = this.#blocks.length - 1; at >= 0 && this.#earliest[at]! > earliest; at--)
        this.#earliest[at] = earliest;
      this.#earliest.push(earliest);
      this.#latest.push(Math.max(latest, this.#latest.at(-1) ?? latest));
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
      this.#latest.pop();
      this.#earliest.pop();
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

/** How many there are before the first that is not so. */
function countWhere<T>(list: readonly T[], isSo: (one: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isSo(list[middle]!)) low = middle + 1;
    else high = middle;
  }
  return low;
}
