/**
 * Methods to bytes and back, derived from the catalog. `Method` is a union told apart by `name`.
 *
 * Frames that leave thousands of times a second (deliver, ack, return, get-ok) have writers of their own in
 * `hot-frames.ts`.
 */
import { Buffer, isUtf8 } from "node:buffer";
import { commandInvalid, frameError } from "../errors.js";
import { FRAME_END, FRAME_HEAD, FRAME_METHOD, FRAME_OVERHEAD } from "./constants.js";
import {
  METHODS,
  type Method,
  type MethodArguments,
  type MethodName,
  type ServerMethodName,
} from "./method-catalog.js";
import type { Table } from "./table.js";
import { decodeTable, sizeOfTable, tableSize, writeTable } from "./table-codec.js";

export type {
  Method,
  MethodArguments,
  MethodName,
  ServerMethodName,
} from "./method-catalog.js";

interface Shape {
  readonly name: MethodName;
  readonly classId: number;
  readonly methodId: number;
  readonly receivable: boolean;
  readonly fields: readonly { readonly name: string; readonly kind: string }[];
}

const shapes = new Map<MethodName, Shape>();
const byId = new Map<number, Shape>();
for (const name of Object.keys(METHODS) as MethodName[]) {
  const { classId, methodId, from, fields } = METHODS[name];
  const split = (fields as readonly string[]).map((field) => {
    const [fieldName = "", kind = ""] = field.split(":");
    return { name: fieldName, kind };
  });
  const shape = { name, classId, methodId, receivable: from !== "server", fields: split };
  shapes.set(name, shape);
  byId.set(classId * 65_536 + methodId, shape);
}

/**
 * Decodes the payload of a method frame: `bytes` from `at` (the class id) to `end` (the frame's end octet).
 * Texts, tables and blobs are copies. Throws connection errors: 501 for what is cut short or too long, 502 for what
 * is malformed inside, 503 for methods that no client may send.
 */
export function decodeMethod(bytes: Buffer, at: number, end: number): Method {
  if (end - at < 4) throw frameError("method frame without a method");
  const id = bytes.readUInt32BE(at);
  const shape = byId.get(id);
  if (shape === undefined)
    throw commandInvalid(
      `unknown method (class ${bytes.readUInt16BE(at)}, method ${bytes.readUInt16BE(at + 2)})`,
    );
  if (!shape.receivable) throw commandInvalid("unimplemented method");

  const method: Record<string, unknown> = { name: shape.name };
  const { fields } = shape;
  let i = at + 4;
  let bit = 0;
  const need = (size: number): number => {
    if (i + size > end) throw cannotDecode(bytes, at, end);
    const from = i;
    i += size;
    return from;
  };
  const short = (): string => {
    const size = bytes[need(1)] as number;
    const from = need(size);
    return utf8(bytes, from, from + size);
  };
  for (const { name, kind } of fields) {
    if (kind === "bit" || kind === "reserved-bit") {
      if (bit === 0) need(1);
      if (kind === "bit") method[name] = ((bytes[i - 1] as number) & (1 << bit)) !== 0;
      bit = (bit + 1) % 8;
      continue;
    }
    bit = 0;
    switch (kind) {
      case "octet":
        method[name] = bytes[need(1)];
        break;
      case "short":
        method[name] = bytes.readUInt16BE(need(2));
        break;
      case "reserved-short":
        need(2);
        break;
      case "long":
        method[name] = bytes.readUInt32BE(need(4));
        break;
      case "longlong": {
        const from = need(8);
        method[name] = bytes.readUInt32BE(from) * 4_294_967_296 + bytes.readUInt32BE(from + 4);
        break;
      }
      case "shortstr":
        method[name] = short();
        break;
      case "reserved-shortstr":
        short();
        break;
      case "longstr":
      case "bytes": {
        const size = bytes.readUInt32BE(need(4));
        const from = need(size);
        method[name] =
          kind === "bytes" ? Buffer.from(bytes.subarray(from, from + size)) : utf8(bytes, from, from + size);
        break;
      }
      case "table": {
        if (end - i < 4) throw cannotDecode(bytes, at, end);
        const from = need(tableSize(bytes, i, end));
        method[name] = decodeTable(bytes, from, i);
        break;
      }
    }
  }
  if (i !== end) throw cannotDecode(bytes, at, end);
  return method as unknown as Method;
}

/** A whole method frame. */
export function encodeMethod<N extends ServerMethodName>(
  channel: number,
  name: N,
  args: MethodArguments<N>,
): Buffer {
  const { classId, methodId, fields } = shapes.get(name) as Shape;
  const values = args as Readonly<Record<string, unknown>>;
  const frame = Buffer.allocUnsafe(FRAME_OVERHEAD + 4 + sizeOf(fields, values));
  frame[0] = FRAME_METHOD;
  frame.writeUInt16BE(channel, 1);
  let i = frame.writeUInt16BE(methodId, frame.writeUInt16BE(classId, FRAME_HEAD));
  let bit = 0;
  for (const { name: field, kind } of fields) {
    const value = values[field];
    if (kind === "bit" || kind === "reserved-bit") {
      if (bit === 0) frame[i++] = 0;
      if (value === true) frame[i - 1] = (frame[i - 1] as number) | (1 << bit);
      bit = (bit + 1) % 8;
      continue;
    }
    bit = 0;
    switch (kind) {
      case "octet":
        frame[i++] = value as number;
        break;
      case "short":
      case "reserved-short":
        i = frame.writeUInt16BE((value as number | undefined) ?? 0, i);
        break;
      case "long":
        i = frame.writeUInt32BE(value as number, i);
        break;
      case "longlong":
        i = writeLongLong(frame, i, value as number);
        break;
      case "shortstr":
      case "reserved-shortstr": {
        const size = frame.write((value as string | undefined) ?? "", i + 1);
        frame[i] = size;
        i += 1 + size;
        break;
      }
      case "longstr": {
        const size = frame.write(value as string, i + 4);
        i = frame.writeUInt32BE(size, i) + size;
        break;
      }
      case "bytes": {
        const blob = value as Uint8Array;
        i = frame.writeUInt32BE(blob.length, i);
        frame.set(blob, i);
        i += blob.length;
        break;
      }
      case "table":
        i = writeTable(frame, i, value as Table);
        break;
    }
  }
  frame.writeUInt32BE(i - FRAME_HEAD, 3);
  frame[i++] = FRAME_END;
  return i === frame.length ? frame : frame.subarray(0, i);
}

/** Eight bytes of a counter that a number can hold. */
export function writeLongLong(bytes: Buffer, at: number, value: number): number {
  return bytes.writeUInt32BE(
    value % 4_294_967_296,
    bytes.writeUInt32BE(Math.floor(value / 4_294_967_296), at),
  );
}

/** The text between two offsets. RabbitMQ refuses names and keys that are no UTF-8; so do we. */
export function utf8(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString("utf8", from, to);
  if (text.includes("\ufffd") && !isUtf8(bytes.subarray(from, to)))
    throw frameError("Malformed UTF-8 in shortstr");
  return text;
}

function sizeOf(fields: Shape["fields"], values: Readonly<Record<string, unknown>>): number {
  let size = 0;
  for (const { name, kind } of fields) {
    const value = values[name];
    // A bit each an octet and integers at their widest: a bound, cut to what was written.
    if (kind === "shortstr") size += 1 + shortLength(value as string);
    else if (kind === "longstr") size += 4 + Buffer.byteLength(value as string);
    else if (kind === "bytes") size += 4 + (value as Uint8Array).length;
    else if (kind === "table") size += sizeOfTable(value as Table);
    else size += 8;
  }
  return size;
}

function shortLength(text: string): number {
  const size = Buffer.byteLength(text);
  if (size > 255)
    throw new RangeError(`longer than the 255 bytes of a short string: ${text.slice(0, 40)}...`);
  return size;
}

function cannotDecode(bytes: Buffer, at: number, end: number): Error {
  const shown = [...bytes.subarray(at + 4, Math.min(end, at + 44))].join(",");
  return frameError(`cannot decode <<${shown}>>${end - at > 44 ? "..." : ""}`);
}
