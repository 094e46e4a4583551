/**
 * The ids that were added last, as numbers of 32 bits in a ring: nothing for the garbage collector to carry along.
 * Two ids in four thousand million have the same number; who asks must be able to live with that.
 */
export class RecentIds {
  readonly #numbers: Uint32Array;
  #next = 0;

  constructor(size: number) {
    this.#numbers = new Uint32Array(size);
  }

  add(id: string): void {
    this.#numbers[this.#next] = numberOf(id);
    if (++this.#next === this.#numbers.length) this.#next = 0;
  }

  has(id: string): boolean {
    return this.#numbers.includes(numberOf(id));
  }
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/); never 0, which stands for an empty place. */
function numberOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let n = 0; n < id.length; n++) hash = Math.imul(hash ^ id.charCodeAt(n), 0x01000193);
  return hash >>> 0 || 1;
}
