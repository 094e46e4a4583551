/**
 * `basic.publish` as frames (AMQP 0-9-1 §4.2): method, content header and body written once, straight into the
 * buffer that goes to the socket. Headers: see `encode-headers.ts`.
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

/** What a copy has of its own, and not from what it is copied from. */
type Own = Pick<OutgoingProperties, "headers" | "deliveryMode" | "messageId" | "expiration">;

/** All that can be sent of a message's properties. Written out: what is made by spreading is slow to read ever after. */
export const outgoingProperties = (
  from: Omit<OutgoingProperties, "headers">,
  { headers, deliveryMode, messageId, expiration }: Own,
): OutgoingProperties => ({
  contentType: from.contentType,
  contentEncoding: from.contentEncoding,
  headers,
  deliveryMode,
  priority: from.priority,
  correlationId: from.correlationId,
  replyTo: from.replyTo,
  expiration,
  messageId,
  timestamp: from.timestamp,
  type: from.type,
  appId: from.appId,
});

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
  const buffer = Buffer.allocUnsafe((others.length + (front > 0 ? 1 : 0)) * ACK_FRAME);
  let at = 0;
  if (front > 0) at = ackInto(buffer, at, channel, front, 1);
  for (const tag of others) at = ackInto(buffer, at, channel, tag, 0);
  return buffer;
}

/** Octet by octet: there may be a hundred thousand of these a second. */
function ackInto(buffer: Buffer, at: number, channel: number, tag: number, multiple: 0 | 1): number {
  const high = Math.floor(tag / 4_294_967_296);
  buffer[at] = METHOD;
  buffer[at + 1] = channel >>> 8;
  buffer[at + 2] = channel;
  buffer[at + 3] = 0;
  buffer[at + 4] = 0;
  buffer[at + 5] = 0;
  buffer[at + 6] = ACK_FRAME - FRAME_OVERHEAD;
  buffer[at + 7] = 0;
  buffer[at + 8] = BASIC;
  buffer[at + 9] = 0;
  buffer[at + 10] = ACK;
  buffer[at + 11] = high >>> 24;
  buffer[at + 12] = high >>> 16;
  buffer[at + 13] = high >>> 8;
  buffer[at + 14] = high;
  buffer[at + 15] = tag >>> 24;
  buffer[at + 16] = tag >>> 16;
  buffer[at + 17] = tag >>> 8;
  buffer[at + 18] = tag;
  buffer[at + 19] = multiple;
  buffer[at + 20] = FRAME_END;
  return at + ACK_FRAME;
}

/** Method, content header and ten short strings, each with one octet too many for AMQP: what is longer is refused. */
const BESIDES = 96 + 10 * 257;

/** An upper bound of what `encodePublish` writes. */
export function sizeOf(message: Outgoing, headers: Buffer | undefined, frameMax: number): number {
  const body = boundOf(message.body);
  const bodyFrames = Math.ceil(body / (frameMax - FRAME_OVERHEAD));
  return BESIDES + (headers?.length ?? 0) + body + bodyFrames * FRAME_OVERHEAD;
}

/** The most bytes that a body can have: a UTF-16 unit is three bytes of UTF-8 at most. */
const boundOf = (body: Uint8Array | string): number =>
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
    // As it is read: one with its highest bit set is below 0.
    const high = Math.floor(p.timestamp / 4_294_967_296);
    i = buffer.writeInt32BE(high, i);
    i = buffer.writeUInt32BE(p.timestamp - high * 4_294_967_296, i);
  }
  if (p.type) {
    flags |= 0x0020;
    i = shortString(buffer, i, p.type);
  }
  if (p.appId) {
    flags |= 0x0008;
    i = shortString(buffer, i, p.appId);
  }
  // A content header has one frame (§4.2.6.1). A broker would end the connection, and again each time this is sent.
  if (i - header > frameMax - FRAME_OVERHEAD)
    throw new RangeError(
      `the headers make ${i - header} bytes, of which a frame holds ${frameMax - FRAME_OVERHEAD}: put what is long into the body`,
    );
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
