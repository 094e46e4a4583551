/**
 * Writers for the frames that leave thousands of times a second. Each writes at an offset of a buffer that has room
 * (`DELIVER_BOUND` and so on say how much) and returns where it ended. Names come as bytes, as the log keeps them.
 */
import type { Buffer } from "node:buffer";
import {
  CLASS_BASIC,
  FRAME_BODY,
  FRAME_END,
  FRAME_HEAD,
  FRAME_HEADER,
  FRAME_METHOD,
  FRAME_OVERHEAD,
} from "./constants.js";

/** Bytes of a `basic.deliver` frame besides consumer tag, exchange and routing key. */
export const DELIVER_BOUND = FRAME_OVERHEAD + 4 + 8 + 1 + 3;
/** Bytes of a content header frame besides the property bytes. */
export const HEADER_BOUND = FRAME_OVERHEAD + 12;
/** Bytes of a `basic.ack` or `basic.nack` frame. */
export const ACK_SIZE = FRAME_OVERHEAD + 13;

const DELIVER = CLASS_BASIC * 65_536 + 60;
const GET_OK = CLASS_BASIC * 65_536 + 71;
const ACK = CLASS_BASIC * 65_536 + 80;
const NACK = CLASS_BASIC * 65_536 + 120;

export function writeDeliver(
  out: Buffer,
  at: number,
  channel: number,
  consumerTag: Uint8Array,
  deliveryTag: number,
  redelivered: boolean,
  exchange: Uint8Array,
  routingKey: Uint8Array,
): number {
  let i = method(out, at, channel, DELIVER);
  i = short(out, i, consumerTag);
  i = tag(out, i, deliveryTag);
  out[i++] = redelivered ? 1 : 0;
  i = short(out, i, exchange);
  i = short(out, i, routingKey);
  return finish(out, at, i);
}

export function writeGetOk(
  out: Buffer,
  at: number,
  channel: number,
  deliveryTag: number,
  redelivered: boolean,
  exchange: Uint8Array,
  routingKey: Uint8Array,
  messageCount: number,
): number {
  let i = method(out, at, channel, GET_OK);
  i = tag(out, i, deliveryTag);
  out[i++] = redelivered ? 1 : 0;
  i = short(out, i, exchange);
  i = short(out, i, routingKey);
  i = u32(out, i, messageCount);
  return finish(out, at, i);
}

export function writeAck(
  out: Buffer,
  at: number,
  channel: number,
  deliveryTag: number,
  multiple: boolean,
): number {
  let i = method(out, at, channel, ACK);
  i = tag(out, i, deliveryTag);
  out[i++] = multiple ? 1 : 0;
  return finish(out, at, i);
}

export function writeNack(
  out: Buffer,
  at: number,
  channel: number,
  deliveryTag: number,
  multiple: boolean,
): number {
  let i = method(out, at, channel, NACK);
  i = tag(out, i, deliveryTag);
  out[i++] = multiple ? 1 : 0;
  return finish(out, at, i);
}

/** The content header: `properties` from `from` to `to` are flags and properties as they came. */
export function writeHeader(
  out: Buffer,
  at: number,
  channel: number,
  bodySize: number,
  properties: Uint8Array,
  from: number,
  to: number,
): number {
  out[at] = FRAME_HEADER;
  out[at + 1] = channel >>> 8;
  out[at + 2] = channel;
  let i = u32(out, at + FRAME_HEAD, CLASS_BASIC * 65_536);
  i = tag(out, i, bodySize);
  i = copy(out, i, properties, from, to);
  return finish(out, at, i);
}

/** The body from `from` to `to` in frames of at most `frameMax` bytes each; none for an empty body. */
export function writeBody(
  out: Buffer,
  at: number,
  channel: number,
  body: Uint8Array,
  from: number,
  to: number,
  frameMax: number,
): number {
  const most = frameMax - FRAME_OVERHEAD;
  let i = at;
  for (let sent = from; sent < to; ) {
    const next = Math.min(sent + most, to);
    out[i] = FRAME_BODY;
    out[i + 1] = channel >>> 8;
    out[i + 2] = channel;
    i = finish(out, i, copy(out, i + FRAME_HEAD, body, sent, next));
    sent = next;
  }
  return i;
}

/** Bytes that `writeBody` writes for a body of `size`. */
export function bodyFramesSize(size: number, frameMax: number): number {
  return size + Math.ceil(size / (frameMax - FRAME_OVERHEAD)) * FRAME_OVERHEAD;
}

function method(out: Buffer, at: number, channel: number, id: number): number {
  out[at] = FRAME_METHOD;
  out[at + 1] = channel >>> 8;
  out[at + 2] = channel;
  return u32(out, at + FRAME_HEAD, id);
}

function finish(out: Buffer, at: number, end: number): number {
  u32(out, at + 3, end - at - FRAME_HEAD);
  out[end] = FRAME_END;
  return end + 1;
}

function u32(out: Buffer, at: number, value: number): number {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
  return at + 4;
}

function tag(out: Buffer, at: number, value: number): number {
  return u32(out, u32(out, at, Math.floor(value / 4_294_967_296)), value % 4_294_967_296);
}

function short(out: Buffer, at: number, text: Uint8Array): number {
  out[at] = text.length;
  return copy(out, at + 1, text, 0, text.length);
}

/** Short copies byte by byte: a native call costs more than a loop over some dozen bytes. */
function copy(out: Buffer, at: number, from: Uint8Array, start: number, end: number): number {
  const size = end - start;
  if (size > 48) out.set(start === 0 && end === from.length ? from : from.subarray(start, end), at);
  else for (let i = 0; i < size; i++) out[at + i] = from[start + i] as number;
  return at + size;
}
