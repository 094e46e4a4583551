import type { Files, OpenFile } from "../disk/files.js";

/**
 * What has become of the messages of one segment: entries of 12 bytes, `u32` queue id, `u32` offset of the record, `u32`
 * check. The record is not needed by that queue any more; or, by the highest bits of the offset, something else has become
 * of it (see `MARKS`): these too are only ever about messages that are still there, and may be lost.
 * It is deleted with its segment, so no ack ever depends on another file. Losing the end of it in a power loss
 * means that messages are delivered again, which at-least-once allows; nothing waits for it to be synced.
 */
export class AckFile {
  readonly path: string;
  #files: Files;
  #file: OpenFile | undefined;
  #position: number;
  #pending: Buffer = EMPTY;
  #filled = 0;

  constructor(files: Files, path: string, position = 0) {
    this.#files = files;
    this.path = path;
    this.#position = position;
  }

  get hasPending(): boolean {
    return this.#filled > 0;
  }

  add(queueId: number, offset: number): void {
    if (this.#filled + ENTRY > this.#pending.length) this.#grow();
    const pending = this.#pending;
    pending.writeUInt32BE(queueId, this.#filled);
    pending.writeUInt32BE(offset, this.#filled + 4);
    pending.writeUInt32BE(checkOf(queueId, offset), this.#filled + 8);
    this.#filled += ENTRY;
  }

  mark(queueId: number, offset: number, mark: Mark): void {
    this.add(queueId, offset + mark);
  }

  /** Writes what was added so far; after a `done` with an error, what is not in the file is still to be written. */
  write(done: (error: Error | null) => void): void {
    const chunk = this.#pending;
    const length = this.#filled;
    if (length === 0) {
      done(null);
      return;
    }
    try {
      this.#file ??= this.#files.open(this.path);
    } catch (error) {
      done(error as Error);
      return;
    }
    this.#pending = EMPTY;
    this.#filled = 0;
    this.#writeRest(chunk, 0, length, done);
  }

  /** The same, at once; throws. Returns where the file ends. */
  writeNow(): number {
    this.#file ??= this.#files.open(this.path);
    for (let at = 0; at < this.#filled; )
      at += this.#file.writeNow(this.#pending, at, this.#filled - at, this.#position + at);
    this.#position += this.#filled;
    this.#filled = 0;
    return this.#position;
  }

  #writeRest(chunk: Buffer, from: number, length: number, done: (error: Error | null) => void): void {
    if (this.#closed) {
      done(null);
      return;
    }
    this.#file!.write(chunk, from, length - from, this.#position, (error, written) => {
      if (error) {
        this.#putBack(chunk, from, length);
        return done(error);
      }
      this.#position += written;
      if (from + written < length) this.#writeRest(chunk, from + written, length, done);
      else done(null);
    });
  }

  /** Before what was added meanwhile, where the file ends: its last entry may be half written. */
  #putBack(chunk: Buffer, from: number, to: number): void {
    if (this.#closed) return;
    const added = this.#pending.subarray(0, this.#filled);
    this.#pending = chunk;
    this.#filled = chunk.copy(chunk, 0, from, to);
    while (this.#filled + added.length > this.#pending.length) this.#grow();
    this.#filled += added.copy(this.#pending, this.#filled);
  }

  #closed = false;

  close(): void {
    this.#closed = true;
    this.#file?.close();
    this.#file = undefined;
    this.#pending = EMPTY;
    this.#filled = 0;
  }

  #grow(): void {
    const next = Buffer.allocUnsafeSlow(Math.max(ENTRY * 256, this.#pending.length * 2));
    this.#pending.copy(next, 0, 0, this.#filled);
    this.#pending = next;
  }
}

const EMPTY = Buffer.alloc(0);
const ENTRY = 12;

/** Offsets need 28 bits. */
export const MARKS = {
  /** The queue has delivered all of its messages up to there. */
  DELIVERED: 0x8000_0000,
  /** A queue that counts deliveries has delivered the message again; in a compacted segment: at all. */
  AGAIN: 0x4000_0000,
  /** The message was rejected, and its dead letter waits for its target. */
  REJECTED: 0x2000_0000,
} as const;
export type Mark = (typeof MARKS)[keyof typeof MARKS];

export interface AckScan {
  /** `queueId * 2^28 + offset` of each sound entry. */
  readonly entries: ReadonlySet<number>;
  /** How far each queue has delivered; offsets. */
  readonly delivered: ReadonlyMap<number, number>;
  /** How often each was marked as delivered again, and which as rejected; keys as in `entries`. */
  readonly again: ReadonlyMap<number, number>;
  readonly rejected: ReadonlySet<number>;
  /** Where the sound part ends: the next entry is written here. */
  readonly end: number;
  /** Offsets of whole entries whose check fails. */
  readonly damaged: readonly number[];
}

export function ackKey(queueId: number, offset: number): number {
  return queueId * 2 ** 28 + offset;
}

export function scanAcks(content: Buffer): AckScan {
  const entries = new Set<number>();
  const delivered = new Map<number, number>();
  const again = new Map<number, number>();
  const rejected = new Set<number>();
  const damaged: number[] = [];
  const end = content.length - (content.length % ENTRY);
  for (let at = 0; at < end; at += ENTRY) {
    const queueId = content.readUInt32BE(at);
    const offset = content.readUInt32BE(at + 4);
    if (content.readUInt32BE(at + 8) !== checkOf(queueId, offset)) damaged.push(at);
    else if (offset < MARKS.REJECTED) entries.add(ackKey(queueId, offset));
    else if (offset < MARKS.AGAIN) rejected.add(ackKey(queueId, offset - MARKS.REJECTED));
    else if (offset < MARKS.DELIVERED) {
      const key = ackKey(queueId, offset - MARKS.AGAIN);
      again.set(key, (again.get(key) ?? 0) + 1);
    } else delivered.set(queueId, Math.max(delivered.get(queueId) ?? 0, offset - MARKS.DELIVERED));
  }
  return { entries, delivered, again, rejected, end, damaged };
}

/** Finds a torn or flipped entry; cheap enough to make for every ack. */
function checkOf(queueId: number, offset: number): number {
  const mixed = Math.imul(queueId ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(offset ^ 0xc2b2ae35, 0x27d4eb2f);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
