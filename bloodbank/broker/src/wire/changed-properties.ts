/**
 * A message's properties with some of them changed. All others stay the bytes that came: a correlation id need not be text,
 * and whoever only passes it on has no business with that.
 */
import { Buffer } from "node:buffer";
import * as flag from "./constants.js";
import type { PropertyScan } from "./properties.js";
import type { Table } from "./table.js";
import { encodeTable } from "./table-codec.js";

export interface Changes {
  readonly headers?: Table;
  /** For a message that has one. */
  readonly replyTo?: string;
  /** It has none any more. */
  readonly expiration?: null;
}

/** @param scan where things stand in `bytes`, which begin at `at` and end at `end` */
export function changedProperties(
  bytes: Buffer,
  at: number,
  end: number,
  scan: PropertyScan,
  { headers, replyTo, expiration }: Changes,
): Buffer {
  let { flags } = scan;
  const parts: Buffer[] = [Buffer.alloc(2)];
  let from = at + 2;
  const replace = (begin: number, instead: Buffer, past: number): void => {
    parts.push(bytes.subarray(from, begin), instead);
    from = past;
  };
  if (headers !== undefined) {
    const place = scan.headersAt < 0 ? headersPlace(bytes, at, flags) : scan.headersAt;
    replace(place, encodeTable(headers), Math.max(place, scan.headersEnd));
    flags |= flag.FLAG_HEADERS;
  }
  if (replyTo !== undefined) {
    const text = Buffer.from(replyTo);
    replace(scan.replyToAt - 1, Buffer.concat([Buffer.of(text.length), text]), scan.replyToEnd);
  }
  if (expiration === null && scan.expirationAt >= 0) {
    replace(scan.expirationAt - 1, Buffer.alloc(0), scan.expirationEnd);
    flags &= ~flag.FLAG_EXPIRATION;
  }
  parts.push(bytes.subarray(from, end));
  const changed = Buffer.concat(parts);
  changed.writeUInt16BE(flags, 0);
  return changed;
}

/** Where headers stand, or would if there were any. */
export function headersPlace(bytes: Buffer, at: number, flags: number): number {
  let i = at + 2;
  if (flags & flag.FLAG_CONTENT_TYPE) i += 1 + bytes[i]!;
  if (flags & flag.FLAG_CONTENT_ENCODING) i += 1 + bytes[i]!;
  return i;
}
