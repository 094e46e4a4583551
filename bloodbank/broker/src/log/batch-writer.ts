import { isFull, isPassing } from "../disk/files.js";
import { BrokerError } from "../errors.js";
import { MARKS } from "./ack-file.js";
import type { LogOptions } from "./message-log.js";
import type { Segment } from "./segment.js";
import { SLAB_BYTES, type Slab } from "./slab-cache.js";

/**
 * Writes batches, one at a time: the bytes of its messages, then the acks, then one sync of all files that were written.
 * An error of a write or sync ends the batch and is final; a full disk is waited for.
 */
export class BatchWriter {
  /** Files were made since the last batch: their folder is synced with the next one. */
  newFiles = false;
  /** The broker stops: a full disk is not waited for any more. */
  closing = false;
  readonly #options: LogOptions;
  readonly #segments: ReadonlyMap<number, Segment>;
  readonly #host: BatchHost;
  readonly #unsynced = new Set<Segment>();
  #acks = new Set<Segment>();

  constructor(options: LogOptions, segments: ReadonlyMap<number, Segment>, host: BatchHost) {
    this.#options = options;
    this.#segments = segments;
    this.#host = host;
  }

  get hasAcks(): boolean {
    return this.#acks.size > 0;
  }

  /** The segment has acks that are not written. */
  addAcks(segment: Segment): void {
    this.#acks.add(segment);
  }

  /** The segment is no longer needed, nor are its acks. */
  forget(segment: Segment): void {
    this.#acks.delete(segment);
  }

  /** Messages up to where each piece ends, and all acks, are on disk when `finish` is called without a failure. */
  write(pieces: readonly Piece[], finish: Finish): void {
    this.#writePieces(pieces, 0, finish);
  }

  #writePieces(pieces: readonly Piece[], index: number, finish: Finish): void {
    const piece = pieces[index];
    if (piece === undefined) {
      this.writeAcks((failure) => (failure ? finish(failure) : this.#sync(finish)));
      return;
    }
    const { slab, to } = piece;
    const { segment } = slab;
    if (this.#segments.get(segment.id) !== segment) {
      // Everything in it was consumed before it was even written: the file is gone, or about to be.
      if (slab.written < to) this.#host.wrote(to - slab.written);
      slab.written = Math.max(slab.written, to);
      this.#writePieces(pieces, index + 1, finish);
      return;
    }
    const from = slab.written;
    segment.file.write(slab.buffer, from, to - from, slab.start + from, (error, written) => {
      if (error) {
        if (!isFull(error)) return finish(failed(`writing ${segment.path}`, error));
        return this.#whenRoom((room) => {
          if (room) this.#writePieces(pieces, index, finish);
          else finish(failed(`writing ${segment.path}`, error));
        });
      }
      slab.written += written;
      this.#host.wrote(written);
      this.#unsynced.add(segment);
      if (slab.written < to) return this.#writePieces(pieces, index, finish);
      if (slab.filled > slab.written) this.#host.grew(slab);
      this.#writePieces(pieces, index + 1, finish);
    });
  }

  /** Writes the acks alone, which nobody waits for. */
  writeAcks(finish: Finish): void {
    const segments = this.#acks;
    if (segments.size === 0) {
      finish(undefined);
      return;
    }
    this.#acks = new Set();
    let open = segments.size;
    let full = false;
    const ended = (): void => {
      if (--open > 0) return;
      if (full) this.#whenRoom(() => this.writeAcks(finish));
      else finish(undefined);
    };
    for (const segment of segments) {
      for (const [queueId, offset] of segment.delivered) segment.acks.mark(queueId, offset, MARKS.DELIVERED);
      segment.delivered.clear();
      segment.acks.write((error) => {
        if (error && isFull(error) && !this.closing) {
          full = true;
          this.#acks.add(segment);
        } else if (error) {
          // Lost acks are messages delivered twice; that is no reason to refuse new ones.
          this.#options.report?.("warn", `writing ${segment.acks.path} failed: ${error.message}`);
        }
        ended();
      });
    }
  }

  #sync(finish: Finish): void {
    if (this.newFiles) {
      try {
        this.#options.files.syncFolder(this.#options.folder);
      } catch (error) {
        if (isPassing(error) && !this.closing) setTimeout(() => this.#sync(finish), AGAIN);
        else finish(failed(`syncing ${this.#options.folder}`, error as Error));
        return;
      }
      this.newFiles = false;
    }
    const segments = [...this.#unsynced].filter((segment) => this.#segments.get(segment.id) === segment);
    this.#unsynced.clear();
    let open = segments.length;
    if (open === 0) {
      finish(undefined);
      return;
    }
    let failure: BrokerError | undefined;
    for (const segment of segments) {
      segment.file.sync((error) => {
        if (error) failure ??= failed(`fdatasync of ${segment.path}`, error);
        if (--open === 0) finish(failure);
      });
    }
  }

  /** Waits until the disk has room, or the broker stops without it. */
  #whenRoom(resume: (room: boolean) => void): void {
    this.#options.onFull?.(true);
    const attempt = (): void => {
      // Consumers go on, and make room.
      this.#host.removeRetired();
      let free = 0;
      try {
        free = this.#options.files.free(this.#options.folder);
      } catch {
        // asked again in a moment
      }
      const room = free >= Math.max(this.#host.backlog, SLAB_BYTES);
      if (!room && !this.closing) {
        setTimeout(attempt, AGAIN);
        return;
      }
      this.#options.onFull?.(false);
      resume(room);
    };
    setTimeout(attempt, AGAIN);
  }
}

/** Milliseconds until what the system could not do is tried once more. */
const AGAIN = 250;

/** What the writer tells the log. */
export interface BatchHost {
  /** Bytes appended that are not on disk yet. */
  readonly backlog: number;
  wrote(bytes: number): void;
  /** No write is under way: segments of which nothing is needed may go. */
  removeRetired(): void;
  /** More was appended to the slab while it was written. */
  grew(slab: Slab): void;
}

export interface Piece {
  readonly slab: Slab;
  readonly to: number;
}

export type Finish = (failure: BrokerError | undefined) => void;

export function failed(what: string, cause: Error): BrokerError {
  return new BrokerError(
    "WRITE_FAILED",
    `${what} failed (${cause.message}): persistent messages are refused until the broker starts again on a sound disk.`,
    { cause },
  );
}
