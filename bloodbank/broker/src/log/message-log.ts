import type { Files } from "../disk/files.js";
import { BrokerError } from "../errors.js";
import { MARKS, type Mark } from "./ack-file.js";
import { BatchWriter, failed, type Piece } from "./batch-writer.js";
import { CommitSchedule, type Pace } from "./commit-schedule.js";
import { type Draft, readMessage, recordLength, type StoredMessage, seal, writeRecord } from "./record.js";
import { makeRef, offsetOf, segmentOf } from "./ref.js";
import { acksPath, Segment, segmentHeader, segmentPath } from "./segment.js";
import { SLAB_BYTES, type Slab, SlabCache } from "./slab-cache.js";

/**
 * The durable messages of all queues, in the order in which they came. A message that many queues hold is stored once.
 *
 * States of a batch: open (appends go to it) → committing (its bytes are written, then synced, once for all that
 * arrived meanwhile) → committed. There is at most one committing and one open batch; whoever waits with
 * `awaitCommit` hears `commitStarts` when its batch closes and `committed` when the disk has answered.
 *
 * An error of a write or sync is final: nothing is retried as if it had not happened. `failure` says why, every
 * waiter gets it, and `append` throws it. A full disk is the exception, as the kernel took nothing: the batch waits,
 * `onFull` tells the broker to block publishers, and the same bytes are written when there is room.
 */
export class MessageLog {
  failure: BrokerError | undefined;
  /** Bytes appended that are not on disk yet. */
  backlog = 0;

  readonly #files: Files;
  readonly #folder: string;
  readonly #options: LogOptions;
  readonly #segments: Map<number, Segment>;
  readonly #cache: SlabCache;
  readonly #segmentBytes: number;
  readonly #writer: BatchWriter;
  #active: Segment | undefined;
  #slab: Slab | undefined;
  #nextId: number;
  #sequence: number;
  #dirty: Slab[] = [];
  #waiters: CommitWaiter[] = [];
  #batch = 1;
  readonly #schedule = new CommitSchedule(() => this.#commit());
  #removing = 0;
  #retired: Segment[] = [];
  #idle: (() => void)[] = [];
  #recent: Segment | undefined;

  constructor(options: LogOptions, recovered: RecoveredLog) {
    this.#options = options;
    this.#files = options.files;
    this.#folder = options.folder;
    this.#segmentBytes = options.segmentBytes ?? 64 * 2 ** 20;
    this.#cache = new SlabCache(options.cacheBytes ?? 32 * 2 ** 20);
    this.#segments = new Map(recovered.segments.map((segment) => [segment.id, segment]));
    this.#writer = new BatchWriter(options, this.#segments, this);
    this.#nextId = recovered.nextId;
    this.#sequence = recovered.nextSequence;
  }

  /** Bytes of all segments. */
  get bytes(): number {
    let bytes = 0;
    for (const segment of this.#segments.values()) bytes += segment.size;
    return bytes;
  }

  get segments(): ReadonlyMap<number, Segment> {
    return this.#segments;
  }

  /**
   * Stores the message for the queues; it is on disk when the batch that is open now is committed: soon, or at once where
   * somebody waits for that (`awaitCommit`).
   */
  append(draft: Draft, queueIds: readonly number[], arrived: number): number {
    if (this.failure) throw this.failure;
    const length = recordLength(draft, queueIds.length);
    let slab = this.#slab;
    if (
      slab === undefined ||
      slab.filled + length > slab.buffer.length ||
      slab.start + slab.filled >= this.#segmentBytes
    )
      slab = this.#nextSlab(length);
    const at = slab.filled;
    const end = writeRecord(slab.buffer, at, draft, queueIds, this.#sequence++, arrived);
    seal(slab.buffer, at, end);
    if (slab.filled === slab.written) this.#dirty.push(slab);
    slab.filled = end;
    const { segment } = slab;
    const offset = slab.start + at;
    segment.size = slab.start + end;
    segment.live += queueIds.length;
    segment.total += queueIds.length;
    this.backlog += length;
    this.#schedule.request(this.backlog > SLAB_BYTES ? "now" : "later");
    return makeRef(segment.id, offset);
  }

  /** The message at `ref`; valid until the next append or read. */
  message(ref: number): StoredMessage {
    const id = segmentOf(ref);
    const offset = offsetOf(ref);
    const segment = this.#recent?.id === id ? this.#recent : this.#segments.get(id)!;
    this.#recent = segment;
    const { slabs } = segment;
    for (let i = slabs.length - 1; i >= 0; i--) {
      const slab = slabs[i]!;
      const at = offset - slab.start;
      if (at >= 0 && at + 4 <= slab.filled && at + slab.buffer.readUInt32BE(at) <= slab.filled)
        return readMessage(slab.buffer, at);
    }
    return readMessage(this.#readBack(segment, offset).buffer, 0);
  }

  /** The queue does not need the message any more. */
  release(ref: number, queueId: number): void {
    const id = segmentOf(ref);
    const segment = this.#recent?.id === id ? this.#recent : this.#segments.get(id);
    if (segment === undefined) return;
    segment.live--;
    if (segment.live === 0 && segment.sealed) {
      this.#retire(segment);
      return;
    }
    segment.acks.add(queueId, offsetOf(ref));
    this.#writer.addAcks(segment);
    this.#schedule.request("later");
  }

  /** The queue has handed the message out: after a restart it is marked redelivered, unless it was settled. */
  noteDelivered(ref: number, queueId: number): void {
    const id = segmentOf(ref);
    const segment = this.#recent?.id === id ? this.#recent : this.#segments.get(id);
    if (segment === undefined || segment.compacted) return;
    const offset = offsetOf(ref);
    if ((segment.delivered.get(queueId) ?? -1) >= offset) return;
    segment.delivered.set(queueId, offset);
    this.#writer.addAcks(segment);
    this.#schedule.request("later");
  }

  /**
   * The same for a queue that counts: the message was delivered `before` times before this one, and after a restart
   * (`RecoveredMessage.deliveries`) that is still known.
   */
  noteCounted(ref: number, queueId: number, before: number): void {
    if (before === 0 && !this.#segments.get(segmentOf(ref))?.compacted) this.noteDelivered(ref, queueId);
    else this.#mark(ref, queueId, MARKS.AGAIN);
  }

  /** The message was rejected, and waits to be dead-lettered: after a restart it is not delivered again. */
  noteRejected(ref: number, queueId: number): void {
    this.#mark(ref, queueId, MARKS.REJECTED);
  }

  #mark(ref: number, queueId: number, mark: Mark): void {
    const segment = this.#segments.get(segmentOf(ref));
    if (segment === undefined) return;
    segment.acks.mark(queueId, offsetOf(ref), mark);
    this.#writer.addAcks(segment);
    this.#schedule.request("later");
  }

  /** The queue is gone, and its id will never come again: recovery skips it, so nothing needs to be written. */
  forget(ref: number): void {
    const segment = this.#segments.get(segmentOf(ref));
    if (segment && --segment.live === 0 && segment.sealed) this.#retire(segment);
  }

  /**
   * Calls the waiter when all that was appended so far is on disk. Once a batch, however often it asks.
   *
   * @param pace `later`: it is in no hurry
   */
  awaitCommit(waiter: CommitWaiter, pace: Pace = "now"): void {
    if (waiter.batch === this.#batch) return;
    waiter.batch = this.#batch;
    this.#waiters.push(waiter);
    this.#schedule.request(pace);
  }

  /** Resolves when nothing is left to write. */
  async settle(): Promise<void> {
    this.#schedule.hurry();
    while (!this.#schedule.idle || this.#removing > 0)
      await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async close(): Promise<void> {
    this.#writer.closing = true;
    await this.settle();
    for (const segment of this.#segments.values()) {
      if (segment.live === 0) this.#removeFiles(segment);
      else segment.close();
    }
    this.#segments.clear();
    await this.settle();
  }

  /** For the writer. */
  wrote(bytes: number): void {
    this.backlog -= bytes;
  }

  /** For the writer. */
  removeRetired(): void {
    for (const segment of this.#retired.splice(0)) this.#removeFiles(segment);
  }

  /** For the writer. */
  grew(slab: Slab): void {
    this.#dirty.push(slab);
  }

  /** A new segment that replaces others; see compaction.ts. */
  allocateId(): number {
    return this.#nextId++;
  }

  adopt(segment: Segment): void {
    this.#segments.set(segment.id, segment);
  }

  discard(segment: Segment): void {
    if (this.#segments.has(segment.id)) this.#retire(segment);
  }

  #nextSlab(length: number): Slab {
    if (this.#active === undefined || this.#active.size >= this.#segmentBytes) this.#roll();
    const segment = this.#active!;
    const slab = this.#cache.add(segment, segment.size, Math.max(SLAB_BYTES, length));
    this.#slab = slab;
    this.#cache.trim(slab);
    return slab;
  }

  #roll(): void {
    const previous = this.#active;
    const segment = this.#newSegment();
    const header = segmentHeader([]);
    const slab = this.#cache.add(segment, 0, SLAB_BYTES);
    header.copy(slab.buffer, 0);
    slab.filled = segment.size = header.length;
    this.#dirty.push(slab);
    this.backlog += header.length;
    this.#segments.set(segment.id, segment);
    this.#active = segment;
    this.#slab = undefined;
    this.#writer.newFiles = true;
    if (previous) {
      previous.sealed = true;
      if (previous.live === 0) this.#retire(previous);
    }
  }

  #newSegment(): Segment {
    try {
      return new Segment(this.#files, this.#folder, this.#nextId++, 0);
    } catch (error) {
      throw new BrokerError(
        "WRITE_FAILED",
        `a new segment in ${this.#folder} could not be begun (${(error as Error).message}): the message was refused.`,
        { cause: error },
      );
    }
  }

  #readBack(segment: Segment, offset: number): Slab {
    const window = this.#options.readAhead ?? 256 * 2 ** 10;
    let slab = this.#cache.add(segment, offset, window);
    slab.filled = slab.written = segment.file.read(slab.buffer, 0, window, offset);
    const length = slab.filled < 4 ? Number.POSITIVE_INFINITY : slab.buffer.readUInt32BE(0);
    if (length > slab.filled) {
      this.#cache.drop(slab);
      if (offset + length > segment.size)
        throw new BrokerError("LOG_UNREADABLE", `${segment.path}: nothing to read at offset ${offset}`);
      slab = this.#cache.add(segment, offset, length);
      slab.filled = slab.written = segment.file.read(slab.buffer, 0, length, offset);
    }
    this.#cache.trim(this.#slab, slab);
    return slab;
  }

  #commit(): void {
    this.#schedule.begins();
    const waiters = this.#waiters;
    this.#waiters = [];
    this.#batch++;
    for (let i = 0; i < waiters.length; i++) waiters[i]!.commitStarts();
    const pieces: Piece[] = [];
    for (const slab of this.#dirty) pieces.push({ slab, to: slab.filled });
    this.#dirty = [];
    const durable = pieces.length > 0 || waiters.length > 0;
    const finish = (failure: BrokerError | undefined) => {
      if (failure) this.#fail(failure);
      for (let i = 0; i < waiters.length; i++) waiters[i]!.committed(this.failure);
      this.#committed();
    };
    if (this.failure) {
      // Acks are still worth a try: each that is written is a message less that comes twice.
      this.#writer.writeAcks(() => finish(this.failure));
      return;
    }
    if (!durable) {
      this.#writer.writeAcks(finish);
      return;
    }
    const before = this.#options.beforeCommit ?? ((done: (error: null) => void) => done(null));
    before((error: Error | null) => {
      if (error) return finish(failed("writing the broker's metadata", error));
      this.#writer.write(pieces, finish);
    });
  }

  #committed(): void {
    this.#schedule.ended();
    this.removeRetired();
    this.#cache.trim(this.#slab);
    this.#options.afterCommit?.();
    if (this.#dirty.length || this.#writer.hasAcks || this.#waiters.length) this.#schedule.request("later");
    if (this.#schedule.idle) for (const resolve of this.#idle.splice(0)) resolve();
  }

  #fail(failure: BrokerError): void {
    if (this.failure) return;
    this.failure = failure;
    this.#options.onFailure?.(failure);
  }

  /** Nothing in the segment is needed: its files go, once no write to them is under way. */
  #retire(segment: Segment): void {
    this.#segments.delete(segment.id);
    if (this.#recent === segment) this.#recent = undefined;
    this.#writer.forget(segment);
    if (this.#schedule.committing) this.#retired.push(segment);
    else this.#removeFiles(segment);
  }

  #removeFiles(segment: Segment): void {
    for (const slab of segment.slabs) {
      if (slab.filled > slab.written) {
        this.backlog -= slab.filled - slab.written;
        slab.written = slab.filled;
        const at = this.#dirty.indexOf(slab);
        if (at >= 0) this.#dirty.splice(at, 1);
      }
    }
    this.#cache.dropSegment(segment);
    segment.close();
    // In this order: a segment without its acks would come back whole after a crash.
    this.#removing++;
    this.#files.removeSoon(segmentPath(this.#folder, segment.id), () => {
      this.#files.removeSoon(acksPath(this.#folder, segment.id), () => {
        if (--this.#removing === 0) for (const resolve of this.#idle.splice(0)) resolve();
      });
    });
  }
}

export interface CommitWaiter {
  /** Kept by the log: the batch that this waiter waits for. Begin with 0. */
  batch: number;
  /** All that was appended before this call is in the batch. */
  commitStarts(): void;
  committed(failure: BrokerError | undefined): void;
}

export interface LogOptions {
  readonly files: Files;
  readonly folder: string;
  /** A new file is begun past this size; 64 MiB. */
  readonly segmentBytes?: number;
  /** How much of the log is kept in memory; 32 MiB. */
  readonly cacheBytes?: number;
  readonly readAhead?: number;
  /** Makes durable what a batch relies on (queues, bindings) before the batch itself. */
  readonly beforeCommit?: (done: (error: Error | null) => void) => void;
  /** A batch is done with, well or not. */
  readonly afterCommit?: () => void;
  readonly onFailure?: (failure: BrokerError) => void;
  readonly onFull?: (full: boolean) => void;
  readonly report?: (level: "info" | "warn" | "error", message: string, fields?: object) => void;
}

/** What recovery found; see recovery.ts. */
export interface RecoveredLog {
  readonly segments: readonly Segment[];
  readonly nextId: number;
  readonly nextSequence: number;
}
