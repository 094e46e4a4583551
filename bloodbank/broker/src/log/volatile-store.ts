import path from "node:path";
import type { Files, OpenFile } from "../disk/files.js";
import { type Draft, readMessage, recordLength, type StoredMessage, writeRecord } from "./record.js";

/**
 * Messages that need not outlive the process: in memory, and beyond a limit in files that a start throws away.
 * The layout is the log's, without checksum and queue ids. References are negative, so that a queue can hold both
 * kinds.
 */
export class VolatileStore {
  readonly #files: Files;
  readonly #folder: string;
  readonly #limit: number;
  readonly #slabs = new Map<number, VolatileSlab>();
  readonly #pool: Buffer[] = [];
  #active: VolatileSlab | undefined;
  /** Of slabs that are gone. A reference has room for so many ids only, and a broker may run for years. */
  readonly #freeIds: number[] = [];
  #nextId = 0;
  #bytes = 0;
  #usesDisk = false;

  constructor(files: Files, folder: string, limit = 64 * 2 ** 20) {
    this.#files = files;
    this.#folder = folder;
    this.#limit = limit;
    for (const name of files.list(folder)) files.remove(path.join(folder, name));
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Stores one message for `queues` queues; each of them releases it once. */
  append(draft: Draft, queues: number, arrived: number): number {
    const length = recordLength(draft, 0);
    let slab = this.#active;
    if (slab === undefined || slab.filled + length > slab.buffer!.length) slab = this.#nextSlab(length);
    const at = slab.filled;
    slab.filled = writeRecord(slab.buffer!, at, draft, NO_QUEUES, 0, arrived);
    slab.live += queues;
    return -1 - (slab.id * SPAN + at);
  }

  message(ref: number): StoredMessage {
    const place = -1 - ref;
    const slab = this.#slabs.get(Math.floor(place / SPAN))!;
    return readMessage(slab.buffer ?? this.#load(slab), place % SPAN);
  }

  release(ref: number): void {
    const slab = this.#slabs.get(Math.floor((-1 - ref) / SPAN));
    if (slab === undefined || --slab.live > 0) return;
    if (slab === this.#active) slab.filled = 0;
    else this.#free(slab);
  }

  close(): void {
    for (const slab of [...this.#slabs.values()]) this.#free(slab);
  }

  #nextSlab(length: number): VolatileSlab {
    const sealed = this.#active;
    const size = Math.max(SLAB, length);
    const buffer = (size === SLAB ? this.#pool.pop() : undefined) ?? Buffer.allocUnsafeSlow(size);
    const id = this.#freeIds.pop() ?? this.#nextId++;
    const slab: VolatileSlab = { id, buffer, filled: 0, live: 0, file: undefined };
    this.#slabs.set(slab.id, slab);
    this.#bytes += size;
    this.#active = slab;
    if (sealed && sealed.live === 0) this.#free(sealed);
    this.#trim();
    return slab;
  }

  /** The youngest sealed slabs go to disk first: the oldest are needed soonest. */
  #trim(needed?: VolatileSlab): void {
    if (this.#bytes <= this.#limit) return;
    try {
      for (const slab of [...this.#slabs.values()].reverse()) {
        if (slab.buffer === undefined || slab === this.#active || slab === needed) continue;
        this.#spill(slab);
        if (this.#bytes <= this.#limit) return;
      }
    } catch {
      // The disk does not take them: they stay where they are, and the next slab tries again.
    }
  }

  #spill(slab: VolatileSlab): void {
    const buffer = slab.buffer!;
    slab.file ??= this.#written(slab, buffer);
    this.#bytes -= buffer.length;
    slab.buffer = undefined;
    if (buffer.length === SLAB && this.#pool.length < POOLED) this.#pool.push(buffer);
  }

  #written(slab: VolatileSlab, buffer: Buffer): OpenFile {
    if (!this.#usesDisk) this.#files.makeFolder(this.#folder);
    this.#usesDisk = true;
    const file = this.#files.open(this.#pathOf(slab));
    try {
      for (let at = 0; at < slab.filled; ) at += file.writeNow(buffer, at, slab.filled - at, at);
    } catch (error) {
      file.close();
      this.#files.remove(this.#pathOf(slab));
      throw error;
    }
    return file;
  }

  #load(slab: VolatileSlab): Buffer {
    const buffer = this.#pool.pop() ?? Buffer.allocUnsafeSlow(Math.max(SLAB, slab.filled));
    const target = buffer.length >= slab.filled ? buffer : Buffer.allocUnsafeSlow(slab.filled);
    slab.file!.read(target, 0, slab.filled, 0);
    slab.buffer = target;
    this.#bytes += target.length;
    this.#trim(slab);
    return target;
  }

  #free(slab: VolatileSlab): void {
    this.#slabs.delete(slab.id);
    this.#freeIds.push(slab.id);
    if (slab === this.#active) this.#active = undefined;
    if (slab.buffer) {
      this.#bytes -= slab.buffer.length;
      if (slab.buffer.length === SLAB && this.#pool.length < POOLED) this.#pool.push(slab.buffer);
    }
    if (slab.file) {
      slab.file.close();
      this.#files.remove(this.#pathOf(slab));
    }
  }

  #pathOf(slab: VolatileSlab): string {
    return path.join(this.#folder, `${slab.id}.slab`);
  }
}

interface VolatileSlab {
  readonly id: number;
  /** Absent while it is on disk alone. */
  buffer: Buffer | undefined;
  filled: number;
  live: number;
  file: OpenFile | undefined;
}

const SPAN = 2 ** 28;
const SLAB = 256 * 2 ** 10;
const POOLED = 16;
const NO_QUEUES: readonly number[] = [];
