import { segmentOf } from "../log/ref.js";

/**
 * Which messages a queue (or one priority of it) holds, in order, in typed arrays: 13 bytes a message, and more only
 * for what few messages have. A message is known by its position, which it keeps when it is requeued.
 *
 * A position is `ready` (from `next` on, or requeued), `taken` (handed out, not settled), or gone. `take` moves the
 * first ready one to taken, `requeue` moves it back, `remove` ends either.
 */
export class MessageIndex {
  /** The position that the next message gets. */
  #tail = 0;
  /** Everything from here on has never been taken, or was given back in order. */
  #next = 0;
  /** Requeued positions below `next`, a binary heap. */
  readonly #requeued: number[] = [];
  readonly #chunks = new Map<number, Chunk>();
  #last: Chunk | undefined;
  #lastKey = -1;
  #readyBytes = 0;

  get ready(): number {
    return this.#tail - this.#next + this.#requeued.length;
  }

  get readyBytes(): number {
    return this.#readyBytes;
  }

  push(ref: number, size: number, expiry: number): number {
    const position = this.#tail++;
    const chunk = this.#chunkAt(position) ?? this.#addChunk(position);
    const at = position % CHUNK;
    chunk.refs[at] = ref;
    chunk.sizes[at] = size;
    chunk.flags[at] = HELD;
    if (expiry !== NEVER) this.#expiries(chunk)[at] = expiry;
    chunk.held++;
    this.#readyBytes += size;
    return position;
  }

  /** The first ready position, or -1. */
  peek(): number {
    if (this.#requeued.length > 0) return this.#requeued[0]!;
    return this.#next < this.#tail ? this.#next : -1;
  }

  /** Takes the first ready position; there must be one. */
  take(): number {
    const position = this.#requeued.length > 0 ? popLeast(this.#requeued) : this.#next++;
    this.#readyBytes -= this.sizeAt(position);
    return position;
  }

  /** Gives a taken position back to where it was. */
  requeue(position: number): void {
    this.#readyBytes += this.sizeAt(position);
    if (position === this.#next - 1) this.#next = position;
    else pushLeast(this.#requeued, position);
  }

  /**
   * Nothing is ready any more. What was is held until it is removed: the function returned gives one such position
   * after the other, and then -1.
   */
  detachReady(): () => number {
    const requeued = this.#requeued.splice(0);
    const tail = this.#tail;
    let next = this.#next;
    this.#next = tail;
    this.#readyBytes = 0;
    return () => requeued.pop() ?? (next < tail ? next++ : -1);
  }

  /** A taken position is settled. */
  remove(position: number): void {
    const key = Math.floor(position / CHUNK);
    const chunk = this.#chunk(key)!;
    chunk.flags[position % CHUNK] = 0;
    if (--chunk.held > 0) return;
    this.#chunks.delete(key);
    if (this.#lastKey === key) this.#last = undefined;
  }

  refAt(position: number): number {
    return this.#chunkAt(position)!.refs[position % CHUNK]!;
  }

  sizeAt(position: number): number {
    return this.#chunkAt(position)!.sizes[position % CHUNK]!;
  }

  /** Milliseconds since 1970; `NEVER` for a message that does not expire. */
  expiryAt(position: number): number {
    return this.#chunkAt(position)!.expiries?.[position % CHUNK] ?? NEVER;
  }

  /** Ready or taken, and not removed since. */
  holds(position: number): boolean {
    const chunk = this.#chunkAt(position);
    return chunk !== undefined && chunk.flags[position % CHUNK] !== 0;
  }

  setExpiry(position: number, expiry: number): void {
    const chunk = this.#chunkAt(position)!;
    if (expiry !== NEVER || chunk.expiries) this.#expiries(chunk)[position % CHUNK] = expiry;
  }

  isRedelivered(position: number): boolean {
    return (this.#chunkAt(position)!.flags[position % CHUNK]! & REDELIVERED) !== 0;
  }

  markRedelivered(position: number): void {
    const { flags } = this.#chunkAt(position)!;
    flags[position % CHUNK] = flags[position % CHUNK]! | REDELIVERED;
  }

  /** How often it was delivered and came back. */
  returnsAt(position: number): number {
    return this.#chunkAt(position)!.returns?.[position % CHUNK] ?? 0;
  }

  countReturn(position: number): number {
    const chunk = this.#chunkAt(position)!;
    chunk.returns ??= new Uint32Array(CHUNK);
    const returns = chunk.returns[position % CHUNK]! + 1;
    chunk.returns[position % CHUNK] = returns;
    return returns;
  }

  /** Delivered `returns` times before the broker started. */
  restoreReturns(position: number, returns: number): void {
    const chunk = this.#chunkAt(position)!;
    chunk.returns ??= new Uint32Array(CHUNK);
    chunk.returns[position % CHUNK] = returns;
  }

  isRejected(position: number): boolean {
    return (this.#chunkAt(position)!.flags[position % CHUNK]! & REJECTED) !== 0;
  }

  /** It was rejected and is held until its dead letter is where it should be. */
  markRejected(position: number): void {
    const { flags } = this.#chunkAt(position)!;
    flags[position % CHUNK] = flags[position % CHUNK]! | REJECTED;
  }

  /** Every position held that was delivered and came back, in order. Looks at no others, nor at where they lie. */
  *returned(): IterableIterator<number> {
    for (const key of [...this.#chunks.keys()].sort((a, b) => a - b)) {
      const chunk = this.#chunks.get(key);
      for (let at = 0; chunk?.returns && at < CHUNK; at++)
        if (chunk.flags[at] !== 0 && chunk.returns[at] !== 0) yield key * CHUNK + at;
    }
  }

  /** Takes these positions, which are ready and ascend, wherever they stand. For a start: nothing is requeued then. */
  takeOut(positions: readonly number[]): void {
    const last = positions.at(-1) ?? -1;
    let next = 0;
    for (; this.#next <= last; this.#next++) {
      // Ascending, which makes a heap of them.
      if (this.#next !== positions[next]) this.#requeued.push(this.#next);
      else {
        this.#readyBytes -= this.sizeAt(this.#next);
        next++;
      }
    }
  }

  /** Tells which positions held are not ready. */
  taken(): (position: number) => boolean {
    const requeued = new Set(this.#requeued);
    return (position) => position < this.#next && !requeued.has(position);
  }

  /** Every position held, ready or taken, in order, with its reference. */
  *entries(): IterableIterator<readonly [position: number, ref: number]> {
    const keys = [...this.#chunks.keys()].sort((a, b) => a - b);
    for (const key of keys) {
      const chunk = this.#chunks.get(key);
      for (let at = 0; chunk && at < CHUNK; at++) {
        if (chunk.flags[at] !== 0) yield [key * CHUNK + at, chunk.refs[at]!];
      }
    }
  }

  /**
   * Calls back for every reference into one of these segments of the log; what it returns takes its place. Millions of
   * others are only looked at: neighbours lie in one segment, so that the set is seldom asked.
   */
  eachIn(segments: ReadonlySet<number>, visit: (ref: number) => number): void {
    let segment = -1;
    let wanted = false;
    for (const { flags, refs } of this.#chunks.values()) {
      for (let at = 0; at < CHUNK; at++) {
        const ref = refs[at]!;
        if (flags[at] === 0 || ref < 0) continue;
        const own = segmentOf(ref);
        if (own !== segment) {
          segment = own;
          wanted = segments.has(own);
        }
        if (wanted) refs[at] = visit(ref);
      }
    }
  }

  #chunkAt(position: number): Chunk | undefined {
    return this.#chunk(Math.floor(position / CHUNK));
  }

  #chunk(key: number): Chunk | undefined {
    if (this.#lastKey === key && this.#last) return this.#last;
    const chunk = this.#chunks.get(key);
    this.#last = chunk;
    this.#lastKey = key;
    return chunk;
  }

  #addChunk(position: number): Chunk {
    const key = Math.floor(position / CHUNK);
    const bytes = new ArrayBuffer(CHUNK * 13);
    const chunk: Chunk = {
      refs: new Float64Array(bytes, 0, CHUNK),
      sizes: new Uint32Array(bytes, CHUNK * 8, CHUNK),
      flags: new Uint8Array(bytes, CHUNK * 12, CHUNK),
      expiries: undefined,
      returns: undefined,
      held: 0,
    };
    this.#chunks.set(key, chunk);
    this.#last = chunk;
    this.#lastKey = key;
    return chunk;
  }

  #expiries(chunk: Chunk): Float64Array {
    chunk.expiries ??= new Float64Array(CHUNK).fill(NEVER);
    return chunk.expiries;
  }
}

export const NEVER = Number.POSITIVE_INFINITY;

interface Chunk {
  readonly refs: Float64Array;
  readonly sizes: Uint32Array;
  readonly flags: Uint8Array;
  expiries: Float64Array | undefined;
  returns: Uint32Array | undefined;
  held: number;
}

const CHUNK = 512;
const HELD = 1;
const REDELIVERED = 2;
const REJECTED = 4;

function pushLeast(heap: number[], value: number): void {
  let at = heap.push(value) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (heap[parent]! <= value) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = value;
}

function popLeast(heap: number[]): number {
  const least = heap[0]!;
  const value = heap.pop()!;
  const size = heap.length;
  if (size === 0) return least;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && heap[child + 1]! < heap[child]!) child++;
    if (heap[child]! >= value) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = value;
  return least;
}
