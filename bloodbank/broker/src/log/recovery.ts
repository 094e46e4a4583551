import path from "node:path";
import type { Files } from "../disk/files.js";
import { FLAG_EXPIRATION, FLAG_PRIORITY } from "../wire/constants.js";
import { newPropertyScan, scanProperties } from "../wire/properties.js";
import { type AckScan, ackKey, scanAcks } from "./ack-file.js";
import type { LogOptions, RecoveredLog } from "./message-log.js";
import { FORMAT, HEADER_LENGTH, isSound, readMessage } from "./record.js";
import { makeRef } from "./ref.js";
import { readSegmentHeader, Segment } from "./segment.js";

/**
 * What a directory of segments still holds, in named steps:
 *
 *     dropUnfinished → loadSegments → dropReplaced → forgetAcknowledged → dropTornTail → deleteEmptySegments
 *
 * A torn tail, which every crash may leave, is cut off. Damage anywhere else is reported with file and offset,
 * and every sound record around it is kept. An unreadable header costs its segment nothing but the note.
 */
export function recoverLog(options: LogOptions, sink: RecoverySink): RecoveredLog {
  const { files, folder } = options;
  files.makeFolder(folder);
  dropUnfinished(files, folder);
  const found = dropReplaced(files, folder, loadSegments(files, folder));

  const segments: Segment[] = [];
  let nextSequence = 1;
  // What compaction wrote was synced before it counted; any other newest segment may have been cut short.
  const lastWritten = found.findLast(({ compacted }) => !compacted)?.id;
  const compactedFirst = [...found].sort((a, b) => Number(b.compacted) - Number(a.compacted));
  for (const { id, file, compacted } of compactedFirst) {
    const acks = forgetAcknowledged(options, folder, id);
    for (const [queueId, offset] of acks.delivered) sink.delivered(queueId, makeRef(id, offset));
    const content = new SegmentReader(files, file);
    const segment = new Segment(files, folder, id, content.size, acks.end);
    segment.sealed = true;
    segment.compacted = compacted;
    const end = scanSegment(content, (at, view) => {
      nextSequence = Math.max(nextSequence, view.readUIntBE(at.inView + 8, 6) + 1);
      takeRecord(segment, at.inFile, view, at.inView, acks, compacted, sink);
    });
    content.close();
    const newest = id === lastWritten;
    if (end.torn < content.size && newest) dropTornTail(options, segment, end.torn);
    const damaged = newest ? end.damaged : [...end.damaged, { from: end.torn, to: content.size }];
    for (const { from, to } of damaged) {
      if (from === to) continue;
      options.report?.(
        "error",
        `${file}: ${to - from} bytes at offset ${from} are damaged and were skipped`,
        {
          code: "LOG_DAMAGED",
          file,
          offset: from,
          bytes: to - from,
        },
      );
    }
    segments.push(segment);
  }
  return {
    segments: deleteEmptySegments(files, segments),
    nextId: (found.at(-1)?.id ?? 0) + 1,
    nextSequence,
  };
}

/** The ids of the queues that may still need a message of the log. Finds out without taking anything away. */
export function queuesHeld({ files, folder }: LogOptions): ReadonlySet<number> {
  const held = new Set<number>();
  for (const { id, file } of loadSegments(files, folder)) {
    const acks = forgetAcknowledged({ files, folder }, folder, id);
    const content = new SegmentReader(files, file);
    scanSegment(content, ({ inFile, inView }, view) => {
      for (let i = queueCount(view, inView) - 1; i >= 0; i--) {
        const queueId = queueAt(view, inView, i);
        if (!acks.entries.has(ackKey(queueId, inFile))) held.add(queueId);
      }
    });
    content.close();
  }
  return held;
}

/**
 * Hears of every message that a queue may still need, and answers whether that queue exists. Sequences ascend, but for
 * messages that compaction `moved`, which come first. The message is only lent: one object serves all.
 */
export interface RecoverySink {
  message(queueId: number, message: RecoveredMessage, moved: boolean): boolean;
  /** The queue had handed out everything up to that message, but for what was moved. */
  delivered(queueId: number, ref: number): void;
}

export interface RecoveredMessage {
  ref: number;
  sequence: number;
  arrived: number;
  bodyLength: number;
  priority: number;
  /** Its own time to live, in milliseconds. */
  expiration: number;
  /** How often the queue has marked it as delivered: without the first time, unless it was moved. */
  deliveries: number;
  /** Its dead letter was waiting for its target. */
  rejected: boolean;
}

interface Found {
  readonly id: number;
  readonly file: string;
  readonly compacted: boolean;
}

/** A compaction that a crash cut short never counted. */
function dropUnfinished(files: Files, folder: string): void {
  for (const name of files.list(folder)) {
    if (name.endsWith(".compacting")) files.remove(path.join(folder, name));
  }
}

function loadSegments(files: Files, folder: string): readonly Omit<Found, "compacted">[] {
  return files
    .list(folder)
    .filter((name) => /^\d{10}\.log$/.test(name))
    .map((name) => ({ id: Number.parseInt(name, 10), file: path.join(folder, name) }));
}

/** Segments whose remains a later, finished compaction holds, and acks whose segment is gone. */
function dropReplaced(
  files: Files,
  folder: string,
  found: readonly Omit<Found, "compacted">[],
): readonly Found[] {
  const replaced = new Set<number>();
  const compacted = new Set<number>();
  for (const { id, file } of found) {
    const opened = files.open(file);
    const head = Buffer.alloc(64 * 2 ** 10);
    const header = readSegmentHeader(file, head.subarray(0, opened.read(head, 0, head.length, 0)));
    opened.close();
    for (const old of header?.replaced ?? []) replaced.add(old);
    if (header?.replaced.length) compacted.add(id);
  }
  const kept = found
    .filter(({ id }) => !replaced.has(id))
    .map((segment) => ({ ...segment, compacted: compacted.has(segment.id) }));
  for (const { id, file } of found) if (replaced.has(id)) files.remove(file);
  const ids = new Set(kept.map(({ id }) => id));
  for (const name of files.list(folder)) {
    if (name.endsWith(".acks") && !ids.has(Number.parseInt(name, 10))) files.remove(path.join(folder, name));
  }
  return kept;
}

function forgetAcknowledged({ files, report }: LogOptions, folder: string, id: number): AckScan {
  const file = path.join(folder, `${String(id).padStart(10, "0")}.acks`);
  const scan = scanAcks(files.exists(file) ? files.readAll(file) : Buffer.alloc(0));
  for (const offset of scan.damaged) {
    report?.("warn", `${file}: the ack at offset ${offset} is damaged; its message will be delivered again`, {
      code: "LOG_DAMAGED",
      file,
      offset,
    });
  }
  return scan;
}

/** Only the newest segment can have one: its last batch was being written, so nobody was told that it is safe. */
function dropTornTail(options: LogOptions, segment: Segment, end: number): void {
  const lost = segment.size - end;
  options.report?.(
    "info",
    `${segment.path}: dropped a torn tail of ${lost} bytes at offset ${end}; nothing in it was confirmed`,
    { file: segment.path, offset: end, bytes: lost },
  );
  segment.file.truncate(end);
  segment.size = end;
}

function deleteEmptySegments(files: Files, segments: readonly Segment[]): readonly Segment[] {
  return segments.filter((segment) => {
    if (segment.live > 0) return true;
    segment.close();
    files.remove(segment.path);
    files.remove(segment.acks.path);
    return false;
  });
}

function takeRecord(
  segment: Segment,
  offset: number,
  view: Buffer,
  at: number,
  acks: AckScan,
  moved: boolean,
  sink: RecoverySink,
): void {
  const { propertiesAt, propertiesLength, bodyLength, arrived } = readMessage(view, at);
  scan.priority = 0;
  scan.expirationAt = -1;
  if (view.readUInt16BE(propertiesAt) & (FLAG_PRIORITY | FLAG_EXPIRATION))
    scanProperties(view, propertiesAt, propertiesAt + propertiesLength, scan);
  message.ref = makeRef(segment.id, offset);
  message.sequence = view.readUIntBE(at + 8, 6);
  message.arrived = arrived;
  message.bodyLength = bodyLength;
  message.priority = scan.priority;
  message.expiration =
    scan.expirationAt < 0
      ? Number.POSITIVE_INFINITY
      : Number(view.toString("latin1", scan.expirationAt, scan.expirationEnd));
  const queues = queueCount(view, at);
  for (let i = 0; i < queues; i++) {
    const queueId = queueAt(view, at, i);
    segment.total++;
    const key = ackKey(queueId, offset);
    if (acks.entries.has(key)) continue;
    message.deliveries = acks.again.get(key) ?? 0;
    message.rejected = acks.rejected.has(key);
    if (sink.message(queueId, message, moved)) segment.live++;
  }
}

const queueCount = (view: Buffer, at: number): number => view.readUInt16BE(at + 22);
const queueAt = (view: Buffer, at: number, i: number): number =>
  view.readUInt32BE(at + HEADER_LENGTH + i * 4);

const scan = newPropertyScan();
const message: RecoveredMessage = {
  ref: 0,
  sequence: 0,
  arrived: 0,
  bodyLength: 0,
  priority: 0,
  expiration: Number.POSITIVE_INFINITY,
  deliveries: 0,
  rejected: false,
};

interface ScanEnd {
  /** Where the last sound record ends: what follows is a torn tail. */
  readonly torn: number;
  readonly damaged: readonly { readonly from: number; readonly to: number }[];
}

/** Calls back for each sound record; finds its way past damage by looking for the next record whose checksum holds. */
function scanSegment(
  content: SegmentReader,
  each: (at: { inFile: number; inView: number }, view: Buffer) => void,
): ScanEnd {
  const damaged: { from: number; to: number }[] = [];
  let position =
    readSegmentHeader(content.path, content.view(0, Math.min(content.size, 64 * 2 ** 10)))?.end ?? 0;
  let sound = position;
  const at = { inFile: 0, inView: 0 };
  while (position + HEADER_LENGTH <= content.size) {
    const length = content.soundRecordAt(position);
    if (length === 0) {
      position++;
      continue;
    }
    if (position > sound) damaged.push({ from: sound, to: position });
    at.inFile = position;
    at.inView = position - content.start;
    each(at, content.buffer);
    position += length;
    sound = position;
  }
  return { torn: sound, damaged };
}

/** A window that moves over the file. */
class SegmentReader {
  readonly path: string;
  readonly size: number;
  buffer: Buffer = Buffer.alloc(0);
  start = 0;
  readonly #file;

  constructor(files: Files, file: string) {
    this.path = file;
    this.#file = files.open(file);
    this.size = this.#file.size();
  }

  view(from: number, length: number): Buffer {
    if (from < this.start || from + length > this.start + this.buffer.length) {
      const wanted = Math.min(this.size - from, Math.max(length, WINDOW));
      const buffer = Buffer.allocUnsafeSlow(wanted);
      this.buffer = buffer.subarray(0, this.#file.read(buffer, 0, wanted, from));
      this.start = from;
    }
    return this.buffer.subarray(from - this.start, from - this.start + length);
  }

  close(): void {
    this.#file.close();
  }

  /** The record's length, or 0 where no sound record begins. */
  soundRecordAt(position: number): number {
    let at = position - this.start;
    if (at < 0 || at + HEADER_LENGTH > this.buffer.length) {
      this.view(position, HEADER_LENGTH);
      at = 0;
    }
    if (this.buffer[at + 15] !== FORMAT) return 0;
    const length = this.buffer.readUInt32BE(at);
    if (length < HEADER_LENGTH || position + length > this.size || !partsFit(this.buffer, at, length))
      return 0;
    if (at + length > this.buffer.length) {
      this.view(position, length);
      at = position - this.start;
    }
    return isSound(this.buffer, at, at + length) ? length : 0;
  }
}

const WINDOW = 4 * 2 ** 20;

/** Checked before any more is read, as it costs nothing: the parts of a record add up to its length. */
function partsFit(buffer: Buffer, at: number, length: number): boolean {
  const queues = buffer.readUInt16BE(at + 22);
  const rest = buffer.readUInt32BE(at + 24) + buffer.readUInt32BE(at + 28);
  const least = HEADER_LENGTH + queues * 4 + 2 + rest;
  return least <= length && length <= least + 510;
}
