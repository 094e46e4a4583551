import path from "node:path";
import zlib from "node:zlib";
import type { Files, OpenFile } from "../disk/files.js";
import { BrokerError } from "../errors.js";
import { AckFile } from "./ack-file.js";
import type { Slab } from "./slab-cache.js";

/**
 * One file of the log. It begins with a header: `BBLOG`, the format, and the ids of the segments that it replaces
 * (compaction writes what is left of them into a new file, whose renaming into place is the moment at which it
 * counts and they do not). Records follow.
 *
 *     0  5 bytes "BBLOG"   5  u8 format   6  u16 count of replaced   8  u32 CRC-32 of the rest   12  u32… replaced ids
 */
export class Segment {
  readonly id: number;
  readonly path: string;
  readonly file: OpenFile;
  readonly acks: AckFile;
  /** End of what was appended, in memory or on disk. */
  size: number;
  /** Messages in queues that still need this file, and all that ever did. */
  live = 0;
  total = 0;
  /** Nothing is appended any more. */
  sealed = false;
  /** Written by compaction: what it holds was delivered long ago, or nobody knows. */
  compacted = false;
  /** How far queues have delivered, where that is not written yet; offsets by queue. */
  readonly delivered = new Map<number, number>();
  /** Parts of the file that are in memory, by position. */
  readonly slabs: Slab[] = [];

  constructor(files: Files, folder: string, id: number, size: number, acksEnd = 0) {
    this.id = id;
    this.path = segmentPath(folder, id);
    this.file = files.open(this.path);
    this.acks = new AckFile(files, acksPath(folder, id), acksEnd);
    this.size = size;
  }

  close(): void {
    this.file.close();
    this.acks.close();
  }
}

const MAGIC = "BBLOG";
const FORMAT = 1;
const FIXED = 12;

export function segmentPath(folder: string, id: number): string {
  return path.join(folder, `${nameOf(id)}.log`);
}

export function acksPath(folder: string, id: number): string {
  return path.join(folder, `${nameOf(id)}.acks`);
}

function nameOf(id: number): string {
  return String(id).padStart(10, "0");
}

export function segmentHeader(replaced: readonly number[]): Buffer {
  const header = Buffer.alloc(FIXED + replaced.length * 4);
  header.write(MAGIC, 0, "latin1");
  header[5] = FORMAT;
  header.writeUInt16BE(replaced.length, 6);
  for (const [i, id] of replaced.entries()) header.writeUInt32BE(id, FIXED + i * 4);
  header.writeUInt32BE((zlib.crc32(header.subarray(FIXED)) ^ replaced.length) >>> 0, 8);
  return header;
}

/** `undefined`: not the header of a segment (a crash came before it was written, or it is damaged). */
export function readSegmentHeader(
  file: string,
  content: Buffer,
): { readonly replaced: readonly number[]; readonly end: number } | undefined {
  if (content.length < FIXED || content.toString("latin1", 0, 5) !== MAGIC) return undefined;
  if (content[5]! > FORMAT)
    throw new BrokerError(
      "FORMAT_UNKNOWN",
      `${file} has format ${content[5]}: start the newer broker that wrote it, or use another directory.`,
    );
  const count = content.readUInt16BE(6);
  const end = FIXED + count * 4;
  if (content.length < end) return undefined;
  if ((zlib.crc32(content.subarray(FIXED, end)) ^ count) >>> 0 !== content.readUInt32BE(8)) return undefined;
  const replaced = Array.from({ length: count }, (_, i) => content.readUInt32BE(FIXED + i * 4));
  return { replaced, end };
}
