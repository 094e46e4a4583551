/** COPY in its binary format. https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.4 */

import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type pg from "pg";
import { from as copyFrom } from "pg-copy-streams";

export type Field =
  | { readonly int2: number }
  | { readonly int4: number }
  | { readonly int8: number }
  | { readonly bytes: Uint8Array };

const HEADER = Buffer.concat([Buffer.from("PGCOPY\n\xff\r\n\0", "latin1"), Buffer.alloc(8)]);
const TRAILER = Buffer.from([0xff, 0xff]);
const PIECE = 256 * 1024;

/** Writes the rows into the table; nothing is sent when there are none. */
export async function copyInto(
  client: pg.Client,
  table: string,
  rows: readonly (readonly Field[])[],
): Promise<void> {
  if (rows.length === 0) return;
  await pipeline(
    Readable.from(pieces(rows)),
    client.query(copyFrom(`COPY ${table} FROM STDIN (FORMAT binary)`)),
  );
}

function* pieces(rows: readonly (readonly Field[])[]): Generator<Buffer> {
  let parts: Buffer[] = [HEADER];
  let bytes = 0;
  for (const row of rows) {
    const encoded = encodeRow(row);
    parts.push(encoded);
    bytes += encoded.byteLength;
    if (bytes < PIECE) continue;
    yield Buffer.concat(parts);
    parts = [];
    bytes = 0;
  }
  parts.push(TRAILER);
  yield Buffer.concat(parts);
}

function encodeRow(row: readonly Field[]): Buffer {
  let length = 2;
  for (const field of row) length += 4 + sizeOf(field);
  const buffer = Buffer.allocUnsafe(length);
  let at = buffer.writeInt16BE(row.length, 0);
  for (const field of row) {
    at = buffer.writeInt32BE(sizeOf(field), at);
    if ("bytes" in field) {
      buffer.set(field.bytes, at);
      at += field.bytes.byteLength;
    } else if ("int8" in field) at = buffer.writeBigInt64BE(BigInt(field.int8), at);
    else if ("int4" in field) at = buffer.writeInt32BE(field.int4, at);
    else at = buffer.writeInt16BE(field.int2, at);
  }
  return buffer;
}

function sizeOf(field: Field): number {
  if ("bytes" in field) return field.bytes.byteLength;
  return "int8" in field ? 8 : "int4" in field ? 4 : 2;
}
