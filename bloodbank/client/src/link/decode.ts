/**
 * The content header of a delivery (AMQP 0-9-1 §4.2.6.1), the counterpart of `encode.ts`. Field types are RabbitMQ's
 * (`t b B s u I i l f d D S A T F V x`).
 */
import type { Buffer } from "node:buffer";

/** AMQP properties without the headers, as they came. */
export interface DeliveryProperties {
  readonly contentType?: string;
  readonly contentEncoding?: string;
  readonly deliveryMode?: number;
  readonly priority?: number;
  readonly correlationId?: string;
  readonly replyTo?: string;
  readonly expiration?: string;
  readonly messageId?: string;
  /** Seconds since the epoch. */
  readonly timestamp?: number;
  readonly type?: string;
  readonly userId?: string;
  readonly appId?: string;
  readonly [other: string]: unknown;
}

export type Headers = Readonly<Record<string, unknown>>;

const NO_HEADERS: Headers = Object.freeze({});

/** Up to here comparing is quicker than making a string. */
const SHORT = 48;

/**
 * Short texts that are the same in most messages of a queue: the one that came last is used again, instead of a
 * string for each message.
 */
export class LastText {
  #last = "";

  /** The `length` bytes at `from`. */
  read(buffer: Buffer, from: number, length: number): string {
    if (this.#isLast(buffer, from, length)) return this.#last;
    this.#last = buffer.toString("utf8", from, from + length);
    return this.#last;
  }

  #isLast(buffer: Buffer, from: number, length: number): boolean {
    const last = this.#last;
    if (last.length !== length || length > SHORT) return false;
    // A unit of more than seven bits is never a byte of UTF-8 that says the same.
    for (let n = 0; n < length; n++) {
      const unit = last.charCodeAt(n);
      if (unit > 0x7f || unit !== buffer[from + n]) return false;
    }
    return true;
  }
}

/** Decodes the properties of one channel's messages, one after the other. */
export class PropertiesDecoder {
  readonly #contentType = new LastText();
  /** A conversation's first event has the same id as both. */
  readonly #id = new LastText();
  readonly #type = new LastText();
  readonly #appId = new LastText();
  /** Of the message decoded last. */
  headers: Headers = NO_HEADERS;

  /** `at` is where the property flags are. */
  decode(buffer: Buffer, at: number): DeliveryProperties {
    const flags = buffer.readUInt16BE(at);
    const properties: { -readonly [P in keyof DeliveryProperties]: DeliveryProperties[P] } = {};
    let i = at + 2;
    const text = (last?: LastText): string => {
      const length = buffer[i] ?? 0;
      const from = i + 1;
      i = from + length;
      return last === undefined ? buffer.toString("utf8", from, i) : last.read(buffer, from, length);
    };
    if (flags & 0x8000) properties.contentType = text(this.#contentType);
    if (flags & 0x4000) properties.contentEncoding = text();
    this.headers = NO_HEADERS;
    if (flags & 0x2000) {
      const end = i + 4 + buffer.readUInt32BE(i);
      this.headers = table(buffer, i + 4, end);
      i = end;
    }
    if (flags & 0x1000) properties.deliveryMode = buffer[i++] ?? 0;
    if (flags & 0x0800) properties.priority = buffer[i++] ?? 0;
    if (flags & 0x0400) properties.correlationId = text(this.#id);
    if (flags & 0x0200) properties.replyTo = text();
    if (flags & 0x0100) properties.expiration = text();
    if (flags & 0x0080) properties.messageId = text(this.#id);
    if (flags & 0x0040) {
      properties.timestamp = integer64(buffer, i);
      i += 8;
    }
    if (flags & 0x0020) properties.type = text(this.#type);
    if (flags & 0x0010) properties.userId = text();
    if (flags & 0x0008) properties.appId = text(this.#appId);
    return properties;
  }
}

/** Beyond ±(2^53 − 1) the nearest number. */
function integer64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 4_294_967_296 + buffer.readUInt32BE(at + 4);
}

function table(buffer: Buffer, from: number, end: number): Headers {
  const fields: Record<string, unknown> = {};
  for (let i = from; i < end; ) {
    const valueAt = i + 1 + (buffer[i] ?? 0);
    const name = buffer.toString("utf8", i + 1, valueAt);
    const size = sizeOfValue(buffer, valueAt);
    const value = readValue(buffer, valueAt);
    // A header may be named `__proto__`.
    if (name === "__proto__") Object.defineProperty(fields, name, { value, enumerable: true });
    else fields[name] = value;
    i = valueAt + size;
  }
  return fields;
}

function list(buffer: Buffer, from: number, end: number): readonly unknown[] {
  const values: unknown[] = [];
  for (let i = from; i < end; i += sizeOfValue(buffer, i)) values.push(readValue(buffer, i));
  return values;
}

/** With its type's byte. */
function sizeOfValue(buffer: Buffer, at: number): number {
  switch (String.fromCharCode(buffer[at] ?? 0)) {
    case "V":
      return 1;
    case "t":
    case "b":
    case "B":
      return 2;
    case "s":
    case "u":
      return 3;
    case "I":
    case "i":
    case "f":
      return 5;
    case "D":
      return 6;
    case "l":
    case "d":
    case "T":
      return 9;
    default:
      return 5 + buffer.readUInt32BE(at + 1);
  }
}

function readValue(buffer: Buffer, at: number): unknown {
  const from = at + 1;
  const type = String.fromCharCode(buffer[at] ?? 0);
  switch (type) {
    case "V":
      return null;
    case "t":
      return buffer[from] === 1;
    case "b":
      return buffer.readInt8(from);
    case "B":
      return buffer.readUInt8(from);
    case "s":
      return buffer.readInt16BE(from);
    case "u":
      return buffer.readUInt16BE(from);
    case "I":
      return buffer.readInt32BE(from);
    case "i":
      return buffer.readUInt32BE(from);
    case "l":
      return integer64(buffer, from);
    case "f":
      return buffer.readFloatBE(from);
    case "d":
      return buffer.readDoubleBE(from);
    case "D":
      return buffer.readUInt32BE(from + 1) / 10 ** buffer.readUInt8(from);
    case "T":
      return new Date(integer64(buffer, from) * 1_000);
  }
  const start = from + 4;
  const end = start + buffer.readUInt32BE(from);
  switch (type) {
    case "S":
      return buffer.toString("utf8", start, end);
    case "x":
      return new Uint8Array(buffer.subarray(start, end));
    case "F":
      return table(buffer, start, end);
    case "A":
      return list(buffer, start, end);
    default:
      throw new TypeError(`a header of the type ${JSON.stringify(type)} cannot be read`);
  }
}
