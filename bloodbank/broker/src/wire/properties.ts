/**
 * The properties of a message (AMQP 0-9-1 §4.2.6.1): flags, then what they announce. The broker carries them as the bytes
 * that came and reads only what it needs; nothing is decoded for a message that is merely passed on.
 */
import { Buffer } from "node:buffer";
import type { MessageProperties } from "../contract.js";
import { frameError } from "../errors.js";
import * as flag from "./constants.js";
import { writeLongLong } from "./methods.js";
import { plainTable } from "./plain.js";
import type { Table } from "./table.js";
import { decodeTable, sizeOfTable, tableSize, writeTable } from "./table-codec.js";

/** All properties of a message, headers with their types. */
export interface ContentProperties extends Omit<MessageProperties, "headers"> {
  readonly headers?: Table;
  /** Deprecated by AMQP, and carried all the same. */
  readonly clusterId?: string;
}

/** Where things stand in the bytes of a message's properties; -1 where they are absent. Filled by `scanProperties`. */
export interface PropertyScan {
  flags: number;
  /** 2: persistent; 0 where the publisher did not say. */
  deliveryMode: number;
  /** 0 where the publisher did not say. */
  priority: number;
  headersAt: number;
  headersEnd: number;
  /** These point at the text itself, after its length octet. */
  expirationAt: number;
  expirationEnd: number;
  replyToAt: number;
  replyToEnd: number;
  userIdAt: number;
  userIdEnd: number;
}

export function newPropertyScan(): PropertyScan {
  return {
    flags: 0,
    deliveryMode: 0,
    priority: 0,
    headersAt: -1,
    headersEnd: -1,
    expirationAt: -1,
    expirationEnd: -1,
    replyToAt: -1,
    replyToEnd: -1,
    userIdAt: -1,
    userIdEnd: -1,
  };
}

/**
 * Walks the properties from `at` (the flags) to `end` without allocating, checks that they end exactly there, and notes what
 * routing and queues need. Headers are measured, not read: `decodeTable(bytes, scan.headersAt, scan.headersEnd)` reads them.
 */
export function scanProperties(bytes: Buffer, at: number, end: number, scan: PropertyScan): void {
  if (end - at < 2) throw malformed();
  const flags = bytes.readUInt16BE(at);
  scan.flags = flags;
  scan.deliveryMode = 0;
  scan.priority = 0;
  scan.headersAt = scan.headersEnd = scan.expirationAt = scan.expirationEnd = -1;
  scan.replyToAt = scan.replyToEnd = scan.userIdAt = scan.userIdEnd = -1;
  if ((flags & flag.FLAGS_UNKNOWN) !== 0) throw malformed();
  let i = at + 2;
  if (flags & flag.FLAG_CONTENT_TYPE) i = skip(bytes, i, end);
  if (flags & flag.FLAG_CONTENT_ENCODING) i = skip(bytes, i, end);
  if (flags & flag.FLAG_HEADERS) {
    scan.headersAt = i;
    i += tableSize(bytes, i, end);
    scan.headersEnd = i;
  }
  if (flags & flag.FLAG_DELIVERY_MODE) scan.deliveryMode = octet(bytes, i++, end);
  if (flags & flag.FLAG_PRIORITY) scan.priority = octet(bytes, i++, end);
  if (flags & flag.FLAG_CORRELATION_ID) i = skip(bytes, i, end);
  if (flags & flag.FLAG_REPLY_TO) {
    scan.replyToAt = i + 1;
    i = skip(bytes, i, end);
    scan.replyToEnd = i;
  }
  if (flags & flag.FLAG_EXPIRATION) {
    scan.expirationAt = i + 1;
    i = skip(bytes, i, end);
    scan.expirationEnd = i;
  }
  if (flags & flag.FLAG_MESSAGE_ID) i = skip(bytes, i, end);
  if (flags & flag.FLAG_TIMESTAMP) i += 8;
  if (flags & flag.FLAG_TYPE) i = skip(bytes, i, end);
  if (flags & flag.FLAG_USER_ID) {
    scan.userIdAt = i + 1;
    i = skip(bytes, i, end);
    scan.userIdEnd = i;
  }
  if (flags & flag.FLAG_APP_ID) i = skip(bytes, i, end);
  if (flags & flag.FLAG_CLUSTER_ID) i = skip(bytes, i, end);
  if (i !== end) throw malformed();
}

/** Decodes the properties from `at` (the flags) to `end`. Nobody says that they are text: what is none is read as well as it goes. */
export function decodeProperties(bytes: Buffer, at: number, end: number): ContentProperties {
  if (end - at < 2) throw malformed();
  const flags = bytes.readUInt16BE(at);
  const out: { -readonly [K in keyof ContentProperties]: ContentProperties[K] } = {};
  let i = at + 2;
  const text = (): string => {
    const from = i + 1;
    i = skip(bytes, i, end);
    return bytes.toString("utf8", from, i);
  };
  if (flags & flag.FLAG_CONTENT_TYPE) out.contentType = text();
  if (flags & flag.FLAG_CONTENT_ENCODING) out.contentEncoding = text();
  if (flags & flag.FLAG_HEADERS) {
    const size = tableSize(bytes, i, end);
    out.headers = decodeTable(bytes, i, i + size);
    i += size;
  }
  if (flags & flag.FLAG_DELIVERY_MODE) out.deliveryMode = octet(bytes, i++, end);
  if (flags & flag.FLAG_PRIORITY) out.priority = octet(bytes, i++, end);
  if (flags & flag.FLAG_CORRELATION_ID) out.correlationId = text();
  if (flags & flag.FLAG_REPLY_TO) out.replyTo = text();
  if (flags & flag.FLAG_EXPIRATION) out.expiration = text();
  if (flags & flag.FLAG_MESSAGE_ID) out.messageId = text();
  if (flags & flag.FLAG_TIMESTAMP) {
    if (i + 8 > end) throw malformed();
    out.timestamp = bytes.readUInt32BE(i) * 4_294_967_296 + bytes.readUInt32BE(i + 4);
    i += 8;
  }
  if (flags & flag.FLAG_TYPE) out.type = text();
  if (flags & flag.FLAG_USER_ID) out.userId = text();
  if (flags & flag.FLAG_APP_ID) out.appId = text();
  if (flags & flag.FLAG_CLUSTER_ID) out.clusterId = text();
  if (i !== end) throw malformed();
  return out;
}

/** The same for those outside the broker: headers as plain values. */
export function plainProperties(properties: ContentProperties): MessageProperties {
  const { headers, clusterId: _, ...rest } = properties;
  return headers === undefined ? rest : { ...rest, headers: plainTable(headers) };
}

/** Flags and properties, without the class id and body size before them. */
export function encodeProperties(p: ContentProperties): Buffer {
  const texts = [
    p.contentType,
    p.contentEncoding,
    p.correlationId,
    p.replyTo,
    p.expiration,
    p.messageId,
    p.type,
    p.userId,
    p.appId,
    p.clusterId,
  ];
  const bound = texts.reduce(
    (size, text) => size + (text === undefined ? 0 : 1 + Buffer.byteLength(text)),
    12,
  );
  const bytes = Buffer.allocUnsafe(bound + (p.headers === undefined ? 0 : sizeOfTable(p.headers)));
  let flags = 0;
  let i = 2;
  const text = (value: string | undefined, bit: number): void => {
    if (value === undefined) return;
    flags |= bit;
    const size = bytes.write(value, i + 1);
    if (size > 255) throw frameError(`a property is longer than 255 bytes: ${value.slice(0, 40)}...`);
    bytes[i] = size;
    i += 1 + size;
  };
  text(p.contentType, flag.FLAG_CONTENT_TYPE);
  text(p.contentEncoding, flag.FLAG_CONTENT_ENCODING);
  if (p.headers !== undefined) {
    flags |= flag.FLAG_HEADERS;
    i = writeTable(bytes, i, p.headers);
  }
  if (p.deliveryMode !== undefined) {
    flags |= flag.FLAG_DELIVERY_MODE;
    bytes[i++] = p.deliveryMode;
  }
  if (p.priority !== undefined) {
    flags |= flag.FLAG_PRIORITY;
    bytes[i++] = p.priority;
  }
  text(p.correlationId, flag.FLAG_CORRELATION_ID);
  text(p.replyTo, flag.FLAG_REPLY_TO);
  text(p.expiration, flag.FLAG_EXPIRATION);
  text(p.messageId, flag.FLAG_MESSAGE_ID);
  if (p.timestamp !== undefined) {
    flags |= flag.FLAG_TIMESTAMP;
    i = writeLongLong(bytes, i, p.timestamp);
  }
  text(p.type, flag.FLAG_TYPE);
  text(p.userId, flag.FLAG_USER_ID);
  text(p.appId, flag.FLAG_APP_ID);
  text(p.clusterId, flag.FLAG_CLUSTER_ID);
  bytes.writeUInt16BE(flags, 0);
  return bytes.subarray(0, i);
}

function malformed(): Error {
  return frameError("malformed content header");
}

function octet(bytes: Buffer, at: number, end: number): number {
  if (at >= end) throw malformed();
  return bytes[at] as number;
}

function skip(bytes: Buffer, at: number, end: number): number {
  if (at >= end) throw malformed();
  const next = at + 1 + (bytes[at] as number);
  if (next > end) throw malformed();
  return next;
}
