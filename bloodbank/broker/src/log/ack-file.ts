import type { Files, OpenFile } from "../disk/files.js";

/**
 * What has become of the messages of one segment: entries of 12 bytes, `u32` queue id, `u32` offset of the record, `u32`
 * check. The record is not needed by that queue any more; or, with the highest bit of the offset set, the queue has
 * delivered all of its messages up to there.
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

  addDelivered(queueId: number, offset: number): void {
    this.add(queueId, offset + DELIVERED);
  }

  /** Writes what was added so far; `done` with an error leaves the file as it was, up to a torn entry. */
  write(done: (error: Error | null) => void): void {
    const chunk = this.#pending;
    const length = this.#filled;
    if (length === 0) {
      done(null);
      return;
    }
    this.#pending = EMPTY;
    this.#filled = 0;
    this.#file ??= this.#files.open(this.path);
    this.#writeRest(chunk, 0, length, done);
  }

  #writeRest(chunk: Buffer, from: number, length: number, done: (error: Error | null) => void): void {
    if (this.#closed) {
      done(null);
      return;
    }
    this.#file!.write(chunk, from, length - from, this.#position, (error, written) => {
      if (error) return done(error);
      this.#position += written;
      if (from + written < length) this.#writeRest(chunk, from + written, length, done);
      else done(null);
    });
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
const DELIVERED = 0x8000_0000;

export interface AckScan {
  /** `queueId * 2^28 + offset` of each sound entry. */
  readonly entries: ReadonlySet<number>;
  /** How far each queue has delivered; offsets. */
  readonly delivered: ReadonlyMap<number, number>;
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
  const damaged: number[] = [];
  const end = content.length - (content.length % ENTRY);
  for (let at = 0; at < end; at += ENTRY) {
    const queueId = content.readUInt32BE(at);
    const offset = content.readUInt32BE(at + 4);
    if (content.readUInt32BE(at + 8) !== checkOf(queueId, offset)) damaged.push(at);
    else if (offset < DELIVERED) entries.add(ackKey(queueId, offset));
    else delivered.set(queueId, Math.max(delivered.get(queueId) ?? 0, offset - DELIVERED));
  }
  return { entries, delivered, end, damaged };
}

/** Finds a torn or flipped entry; cheap enough to make for every ack. */
function checkOf(queueId: number, offset: number): number {
  const mixed = Math.imul(queueId ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(offset ^ 0xc2b2ae35, 0x27d4eb2f);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
