import type { Segment } from "./segment.js";

/** A part of a segment in memory: `buffer[0]` is the byte at `start` of the file. */
export interface Slab {
  readonly segment: Segment;
  readonly start: number;
  readonly buffer: Buffer;
  /** How many bytes of `buffer` hold records. */
  filled: number;
  /** How many of them are on disk. */
  written: number;
}

export const SLAB_BYTES = 2 ** 20;
const POOLED = 8;

/**
 * Keeps the latest slabs in memory, up to a limit, so that what is consumed soon is not read back. A slab leaves
 * in the order in which it came, and never before it is written.
 */
export class SlabCache {
  readonly #limit: number;
  readonly #slabs = new Set<Slab>();
  readonly #pool: Buffer[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A slab at `start` with room for at least `length` bytes. */
  add(segment: Segment, start: number, length: number): Slab {
    const buffer =
      length === SLAB_BYTES
        ? (this.#pool.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES))
        : Buffer.allocUnsafeSlow(length);
    const slab: Slab = { segment, start, buffer, filled: 0, written: 0 };
    this.#slabs.add(slab);
    this.#bytes += buffer.length;
    segment.slabs.push(slab);
    return slab;
  }

  /** Lets go of the oldest slabs that are written, until the limit is kept; never of the one that is appended to, nor of `used`. */
  trim(appended: Slab | undefined, used = appended): void {
    if (this.#bytes <= this.#limit) return;
    for (const slab of this.#slabs) {
      if (slab === appended || slab === used || slab.written < slab.filled) continue;
      this.drop(slab);
      if (this.#bytes <= this.#limit) return;
    }
  }

  drop(slab: Slab): void {
    if (!this.#slabs.delete(slab)) return;
    this.#bytes -= slab.buffer.length;
    const held = slab.segment.slabs;
    held.splice(held.indexOf(slab), 1);
    if (slab.buffer.length === SLAB_BYTES && this.#pool.length < POOLED) this.#pool.push(slab.buffer);
  }

  dropSegment(segment: Segment): void {
    for (const slab of [...segment.slabs]) this.drop(slab);
  }
}
