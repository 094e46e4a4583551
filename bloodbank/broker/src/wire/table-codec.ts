/** Field tables to bytes and back. What is read was sent by anyone: every length is checked before it is used. */
import { Buffer, isUtf8 } from "node:buffer";
import { syntaxError } from "../errors.js";
import { EMPTY_TABLE, type Field, type Table } from "./table.js";

/** Deeper than any real table; without a limit, 10,000 nested `F` end the stack. */
const MAX_DEPTH = 64;

/** Reads the table whose 4-byte size is at `at`; nothing may be read from `end` on. */
export function decodeTable(bytes: Buffer, at: number, end: number): Table {
  return new TableReader(bytes, at, end).table(0);
}

/** Bytes that the table at `at` takes with its size, or a syntax error when it would pass `end`. */
export function tableSize(bytes: Buffer, at: number, end: number): number {
  if (at + 4 > end) throw malformed();
  const size = bytes.readUInt32BE(at) + 4;
  if (at + size > end) throw malformed();
  return size;
}

/**
 * Whether `test` is true of the name of some field of the table whose size is at `at`, or the table is broken; names of nested
 * tables are not looked at.
 */
export function someName(bytes: Buffer, at: number, end: number, test: NameTest): boolean {
  for (let i = at + 4; i < end; ) {
    const length = bytes[i]!;
    if (test(bytes, i + 1, length)) return true;
    const tagAt = i + 1 + length;
    if (tagAt >= end) return true;
    i = tagAt + 1 + valueLength(bytes, tagAt, end);
    if (!(i <= end)) return true;
  }
  return false;
}

export type NameTest = (bytes: Buffer, at: number, length: number) => boolean;

/** Of the value behind the tag at `at`; NaN for a tag that there is not, and where the length would stand beyond the end. */
function valueLength(bytes: Buffer, at: number, end: number): number {
  const tag = String.fromCharCode(bytes[at]!);
  const fixed = FIXED_LENGTHS[tag];
  if (fixed !== undefined) return fixed;
  if (!"SxAF".includes(tag) || at + 5 > end) return Number.NaN;
  return 4 + bytes.readUInt32BE(at + 1);
}

/** Bytes of the values whose type says how long they are; the others begin with their length. */
const FIXED_LENGTHS: Readonly<Record<string, number>> = {
  V: 0,
  t: 1,
  b: 1,
  B: 1,
  s: 2,
  u: 2,
  I: 4,
  i: 4,
  f: 4,
  D: 5,
  l: 8,
  d: 8,
  T: 8,
};

export function encodeTable(table: Table): Buffer {
  const size = sizeOfTable(table);
  const bytes = Buffer.allocUnsafe(size);
  writeTable(bytes, 0, table);
  return bytes;
}

/** What `writeTable` writes, with the 4 bytes of the size. */
export function sizeOfTable(table: Table): number {
  let size = 4;
  for (const [name, field] of table) size += 1 + shortLength(name) + sizeOfField(field);
  return size;
}

/** Writes the table at `at` and returns where it ends. */
export function writeTable(bytes: Buffer, at: number, table: Table): number {
  const end = writeFields(bytes, at + 4, table);
  bytes.writeUInt32BE(end - at - 4, at);
  return end;
}

/** Its fields alone, without its size. */
export function writeFields(bytes: Buffer, at: number, table: Table): number {
  let i = at;
  for (const [name, field] of table) {
    const size = bytes.write(name, i + 1);
    bytes[i] = size;
    i = writeField(bytes, i + 1 + size, field);
  }
  return i;
}

function malformed() {
  return syntaxError("malformed field table");
}

class TableReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, at: number, end: number) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  table(depth: number): Table {
    const end = this.#body(depth);
    if (end === this.#at) return EMPTY_TABLE;
    const fields = new Map<string, Field>();
    while (this.#at < end) {
      const nameAt = this.#take(1, end);
      const size = this.#bytes[nameAt] as number;
      const from = this.#take(size, end);
      const name = this.#bytes.toString("utf8", from, from + size);
      const field = this.#field(end, depth);
      // Of two fields with one name RabbitMQ looks at the first.
      if (!fields.has(name)) fields.set(name, field);
    }
    return fields;
  }

  #array(depth: number): readonly Field[] {
    const end = this.#body(depth);
    const items: Field[] = [];
    while (this.#at < end) items.push(this.#field(end, depth));
    return items;
  }

  /** Reads a size and returns where that many bytes end. */
  #body(depth: number): number {
    if (depth > MAX_DEPTH) throw syntaxError(`field table nested deeper than ${MAX_DEPTH}`);
    const size = this.#bytes.readUInt32BE(this.#take(4, this.#end));
    if (size > this.#end - this.#at) throw malformed();
    return this.#at + size;
  }

  #take(size: number, end: number): number {
    const at = this.#at;
    if (size > end - at) throw malformed();
    this.#at = at + size;
    return at;
  }

  #blob(end: number): Buffer {
    const size = this.#bytes.readUInt32BE(this.#take(4, end));
    const at = this.#take(size, end);
    return this.#bytes.subarray(at, at + size);
  }

  #field(end: number, depth: number): Field {
    const bytes = this.#bytes;
    const tag = bytes[this.#take(1, end)] as number;
    switch (String.fromCharCode(tag)) {
      case "t":
        return { tag: "t", value: bytes[this.#take(1, end)] !== 0 };
      case "b":
        return { tag: "b", value: bytes.readInt8(this.#take(1, end)) };
      case "B":
        return { tag: "B", value: bytes.readUInt8(this.#take(1, end)) };
      case "s":
        return { tag: "s", value: bytes.readInt16BE(this.#take(2, end)) };
      case "u":
        return { tag: "u", value: bytes.readUInt16BE(this.#take(2, end)) };
      case "I":
        return { tag: "I", value: bytes.readInt32BE(this.#take(4, end)) };
      case "i":
        return { tag: "i", value: bytes.readUInt32BE(this.#take(4, end)) };
      case "l":
        return { tag: "l", value: bytes.readBigInt64BE(this.#take(8, end)) };
      case "f":
        return { tag: "f", value: bytes.readFloatBE(this.#take(4, end)) };
      case "d":
        return { tag: "d", value: bytes.readDoubleBE(this.#take(8, end)) };
      case "D": {
        const at = this.#take(5, end);
        return { tag: "D", value: { scale: bytes.readUInt8(at), unscaled: bytes.readUInt32BE(at + 1) } };
      }
      case "S": {
        const blob = this.#blob(end);
        return { tag: "S", value: isUtf8(blob) ? blob.toString() : Buffer.from(blob) };
      }
      case "x":
        return { tag: "x", value: Buffer.from(this.#blob(end)) };
      case "A":
        return { tag: "A", value: this.#array(depth + 1) };
      case "T":
        return { tag: "T", value: bytes.readBigUInt64BE(this.#take(8, end)) };
      case "F":
        return { tag: "F", value: this.table(depth + 1) };
      case "V":
        return { tag: "V", value: null };
      default:
        throw syntaxError(`unknown field type 0x${tag.toString(16).padStart(2, "0")}`);
    }
  }
}

function shortLength(name: string): number {
  const size = Buffer.byteLength(name);
  if (size > 255) throw syntaxError(`field name longer than 255 bytes: ${name.slice(0, 40)}...`);
  return size;
}

function sizeOfField(field: Field): number {
  switch (field.tag) {
    case "S":
      return 5 + (typeof field.value === "string" ? Buffer.byteLength(field.value) : field.value.length);
    case "x":
      return 5 + field.value.length;
    case "A":
      return field.value.reduce((size, item) => size + sizeOfField(item), 5);
    case "F":
      return 1 + sizeOfTable(field.value);
    default:
      return 1 + FIXED_LENGTHS[field.tag]!;
  }
}

function writeField(bytes: Buffer, at: number, field: Field): number {
  bytes[at] = field.tag.charCodeAt(0);
  const i = at + 1;
  switch (field.tag) {
    case "V":
      return i;
    case "t":
      return bytes.writeUInt8(field.value ? 1 : 0, i);
    case "b":
      return bytes.writeInt8(field.value, i);
    case "B":
      return bytes.writeUInt8(field.value, i);
    case "s":
      return bytes.writeInt16BE(field.value, i);
    case "u":
      return bytes.writeUInt16BE(field.value, i);
    case "I":
      return bytes.writeInt32BE(field.value, i);
    case "i":
      return bytes.writeUInt32BE(field.value, i);
    case "f":
      return bytes.writeFloatBE(field.value, i);
    case "d":
      return bytes.writeDoubleBE(field.value, i);
    case "l":
      return bytes.writeBigInt64BE(field.value, i);
    case "T":
      return bytes.writeBigUInt64BE(field.value, i);
    case "D":
      return bytes.writeUInt32BE(field.value.unscaled, bytes.writeUInt8(field.value.scale, i));
    case "S":
    case "x": {
      const size =
        typeof field.value === "string"
          ? bytes.write(field.value, i + 4)
          : Buffer.from(field.value).copy(bytes, i + 4);
      bytes.writeUInt32BE(size, i);
      return i + 4 + size;
    }
    case "A": {
      const end = field.value.reduce((to, item) => writeField(bytes, to, item), i + 4);
      bytes.writeUInt32BE(end - i - 4, i);
      return end;
    }
    case "F":
      return writeTable(bytes, i, field.value);
  }
}
