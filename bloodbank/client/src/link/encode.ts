/**
 * `basic.publish` as frames (AMQP 0-9-1 §4.2): method, content header and body written once, straight into the
 * buffer that goes to the socket. Field types are RabbitMQ's (`t I l d S A F T V x`).
 */
import { Buffer } from "node:buffer";

export interface OutgoingProperties {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  readonly headers?: Readonly<Record<string, unknown>> | undefined;
  readonly deliveryMode?: number | undefined;
  readonly priority?: number | undefined;
  readonly correlationId?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly expiration?: string | undefined;
  readonly messageId?: string | undefined;
  /** Seconds since the epoch. */
  readonly timestamp?: number | undefined;
  readonly type?: string | undefined;
  readonly appId?: string | undefined;
}

export interface Outgoing {
  readonly exchange: string;
  readonly routingKey: string;
  readonly mandatory: boolean;
  readonly properties: OutgoingProperties;
  /** A text is written as UTF-8 straight into the buffer of the socket, without a copy in between. */
  readonly body: Uint8Array | string;
}

const METHOD = 1;
const HEADER = 2;
const BODY = 3;
const FRAME_END = 0xce;
const FRAME_OVERHEAD = 8;
const BASIC = 60;
const PUBLISH = 40;
const ACK = 80;
const ACK_FRAME = 21;

/** `basic.ack` of all tags up to `front`, unless that is 0, and of each of `others`. */
export function encodeAcks(channel: number, front: number, others: readonly number[]): Buffer {
  const tags = front > 0 ? [front, ...others] : others;
  const buffer = Buffer.allocUnsafe(tags.length * ACK_FRAME);
  let i = 0;
  for (const tag of tags) {
    buffer[i++] = METHOD;
    i = buffer.writeUInt16BE(channel, i);
    i = buffer.writeUInt32BE(ACK_FRAME - FRAME_OVERHEAD, i);
    i = buffer.writeUInt32BE(BASIC * 65_536 + ACK, i);
    i = buffer.writeUInt32BE(Math.floor(tag / 4_294_967_296), i);
    i = buffer.writeUInt32BE(tag % 4_294_967_296, i);
    buffer[i++] = tag === front ? 1 : 0;
    buffer[i++] = FRAME_END;
  }
  return buffer;
}

/** Headers encoded ahead, as their size is needed before the frame is begun. */
export function encodeHeaders(headers: Readonly<Record<string, unknown>>): Buffer {
  const parts: Buffer[] = [];
  const size = table(headers, parts);
  return Buffer.concat(parts, size);
}

/** An upper bound of what `encodePublish` writes. */
export function sizeOf(message: Outgoing, headers: Buffer | undefined, frameMax: number): number {
  const { properties: p } = message;
  const text =
    message.exchange.length +
    message.routingKey.length +
    (p.contentType?.length ?? 0) +
    (p.contentEncoding?.length ?? 0) +
    (p.correlationId?.length ?? 0) +
    (p.replyTo?.length ?? 0) +
    (p.expiration?.length ?? 0) +
    (p.messageId?.length ?? 0) +
    (p.type?.length ?? 0) +
    (p.appId?.length ?? 0);
  const body = boundOf(message.body);
  const bodyFrames = Math.ceil(body / (frameMax - FRAME_OVERHEAD));
  return 96 + text * 3 + (headers?.length ?? 0) + body + bodyFrames * FRAME_OVERHEAD;
}

/** The most bytes that a body can have: a UTF-16 unit is three bytes of UTF-8 at most. */
export const boundOf = (body: Uint8Array | string): number =>
  typeof body === "string" ? body.length * 3 : body.byteLength;

/** Writes the message at `at`; returns where it ends. The buffer must have `sizeOf` bytes left. */
export function encodePublish(
  buffer: Buffer,
  at: number,
  channel: number,
  message: Outgoing,
  headers: Buffer | undefined,
  frameMax: number,
): number {
  let i = at;
  const { properties: p } = message;
  // A text that surely fits into one frame is written in place; its size is known after that.
  const inPlace = typeof message.body === "string" && boundOf(message.body) <= frameMax - FRAME_OVERHEAD;
  const body = typeof message.body === "string" && !inPlace ? Buffer.from(message.body) : message.body;

  buffer[i] = METHOD;
  buffer.writeUInt16BE(channel, i + 1);
  i += 7;
  const method = i;
  i = buffer.writeUInt32BE(BASIC * 65_536 + PUBLISH, i);
  i = buffer.writeUInt16BE(0, i);
  i = shortString(buffer, i, message.exchange);
  i = shortString(buffer, i, message.routingKey);
  buffer[i++] = message.mandatory ? 1 : 0;
  buffer.writeUInt32BE(i - method, method - 4);
  buffer[i++] = FRAME_END;

  buffer[i] = HEADER;
  buffer.writeUInt16BE(channel, i + 1);
  i += 7;
  const header = i;
  i = buffer.writeUInt32BE(BASIC * 65_536, i);
  i = buffer.writeUInt32BE(0, i);
  const sizeAt = i;
  i = buffer.writeUInt32BE(typeof body === "string" ? 0 : body.byteLength, i);
  const flagsAt = i;
  i += 2;
  let flags = 0;
  if (p.contentType) {
    flags |= 0x8000;
    i = shortString(buffer, i, p.contentType);
  }
  if (p.contentEncoding) {
    flags |= 0x4000;
    i = shortString(buffer, i, p.contentEncoding);
  }
  if (headers !== undefined) {
    flags |= 0x2000;
    i += headers.copy(buffer, i);
  }
  if (p.deliveryMode) {
    flags |= 0x1000;
    buffer[i++] = p.deliveryMode;
  }
  if (p.priority !== undefined) {
    flags |= 0x0800;
    buffer[i++] = p.priority;
  }
  if (p.correlationId) {
    flags |= 0x0400;
    i = shortString(buffer, i, p.correlationId);
  }
  if (p.replyTo) {
    flags |= 0x0200;
    i = shortString(buffer, i, p.replyTo);
  }
  if (p.expiration) {
    flags |= 0x0100;
    i = shortString(buffer, i, p.expiration);
  }
  if (p.messageId) {
    flags |= 0x0080;
    i = shortString(buffer, i, p.messageId);
  }
  if (p.timestamp !== undefined) {
    flags |= 0x0040;
    i = buffer.writeUInt32BE(Math.floor(p.timestamp / 4_294_967_296), i);
    i = buffer.writeUInt32BE(p.timestamp % 4_294_967_296, i);
  }
  if (p.type) {
    flags |= 0x0020;
    i = shortString(buffer, i, p.type);
  }
  if (p.appId) {
    flags |= 0x0008;
    i = shortString(buffer, i, p.appId);
  }
  buffer.writeUInt16BE(flags, flagsAt);
  buffer.writeUInt32BE(i - header, header - 4);
  buffer[i++] = FRAME_END;

  if (typeof body === "string") {
    const size = buffer.write(body, i + 7);
    buffer.writeUInt32BE(size, sizeAt);
    if (size === 0) return i;
    buffer[i] = BODY;
    buffer.writeUInt16BE(channel, i + 1);
    buffer.writeUInt32BE(size, i + 3);
    buffer[i + 7 + size] = FRAME_END;
    return i + FRAME_OVERHEAD + size;
  }
  for (let sent = 0; sent < body.byteLength; ) {
    const size = Math.min(body.byteLength - sent, frameMax - FRAME_OVERHEAD);
    buffer[i] = BODY;
    buffer.writeUInt16BE(channel, i + 1);
    buffer.writeUInt32BE(size, i + 3);
    i += 7;
    buffer.set(size === body.byteLength ? body : body.subarray(sent, sent + size), i);
    i += size;
    buffer[i++] = FRAME_END;
    sent += size;
  }
  return i;
}

/** Up to here a loop is quicker than the call into the runtime. */
const SHORT = 48;

function shortString(buffer: Buffer, at: number, text: string): number {
  const size = asciiInto(buffer, at + 1, text) ? text.length : buffer.write(text, at + 1);
  if (size > 255)
    throw new RangeError(`longer than the 255 bytes that AMQP allows here: ${text.slice(0, 40)}…`);
  buffer[at] = size;
  return at + 1 + size;
}

/** False for what is long or not ASCII; what was written until then is written over. */
function asciiInto(buffer: Buffer, at: number, text: string): boolean {
  if (text.length > SHORT) return false;
  for (let n = 0; n < text.length; n++) {
    const unit = text.charCodeAt(n);
    if (unit > 0x7f) return false;
    buffer[at + n] = unit;
  }
  return true;
}

function table(fields: Readonly<Record<string, unknown>>, out: Buffer[]): number {
  const lengthAt = out.push(Buffer.allocUnsafe(4)) - 1;
  let size = 0;
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    const key = Buffer.from(name);
    if (key.length > 255) throw new RangeError(`header name longer than 255 bytes: ${name.slice(0, 40)}…`);
    out.push(Buffer.of(key.length), key);
    size += 1 + key.length + field(value, out);
  }
  out[lengthAt]?.writeUInt32BE(size);
  return size + 4;
}

function field(value: unknown, out: Buffer[]): number {
  switch (typeof value) {
    case "string":
      return tagged("S", Buffer.from(value), out);
    case "boolean":
      out.push(Buffer.of("t".charCodeAt(0), value ? 1 : 0));
      return 2;
    case "bigint":
      return int64(value, "l", out);
    case "number":
      return number(value, out);
    case "object":
      return object(value, out);
    default:
      throw new TypeError(`a header cannot hold a ${typeof value}`);
  }
}

function object(value: object | null, out: Buffer[]): number {
  if (value === null) {
    out.push(Buffer.from("V"));
    return 1;
  }
  if (value instanceof Uint8Array) return tagged("x", Buffer.from(value), out);
  if (value instanceof Date) return int64(BigInt(Math.floor(value.getTime() / 1000)), "T", out);
  if (Array.isArray(value)) {
    const head = Buffer.allocUnsafe(5);
    head[0] = "A".charCodeAt(0);
    out.push(head);
    let size = 0;
    for (const item of value) size += field(item ?? null, out);
    head.writeUInt32BE(size, 1);
    return size + 5;
  }
  out.push(Buffer.from("F"));
  return 1 + table(Object.fromEntries(Object.entries(value)), out);
}

function number(value: number, out: Buffer[]): number {
  if (Number.isSafeInteger(value)) {
    if (value < -0x8000_0000 || value > 0x7fff_ffff) return int64(BigInt(value), "l", out);
    const bytes = Buffer.allocUnsafe(5);
    bytes[0] = "I".charCodeAt(0);
    bytes.writeInt32BE(value, 1);
    out.push(bytes);
    return 5;
  }
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = "d".charCodeAt(0);
  bytes.writeDoubleBE(value, 1);
  out.push(bytes);
  return 9;
}

function int64(value: bigint, tag: string, out: Buffer[]): number {
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = tag.charCodeAt(0);
  bytes.writeBigInt64BE(value, 1);
  out.push(bytes);
  return 9;
}

function tagged(tag: string, bytes: Buffer, out: Buffer[]): number {
  const head = Buffer.allocUnsafe(5);
  head[0] = tag.charCodeAt(0);
  head.writeUInt32BE(bytes.length, 1);
  out.push(head, bytes);
  return 5 + bytes.length;
}
