import zlib from "node:zlib";

/**
 * One stored message, as it lies in a segment (all numbers big-endian):
 *
 *     0  u32  length of the record, this header included
 *     4  u32  CRC-32 of bytes 8..length
 *     8  u48  sequence: where the message stands in every queue, whatever file holds it
 *    14  u8   flags (none yet)
 *    15  u8   format of the record: 1
 *    16  u48  when it arrived, milliseconds since 1970
 *    22  u16  number of queues
 *    24  u32  length of the properties
 *    28  u32  length of the body
 *    32  u32… ids of the queues that it was routed to
 *        exchange and routing key, each a short string, as they came in basic.publish
 *        properties: flags and values, as they came in the content header
 *        body
 */
export const HEADER_LENGTH = 32;
export const FORMAT = 1;

/** Where the parts of a message lie that is about to be stored. Mutable: one is reused for every publish. */
export class Draft {
  /** Exchange and routing key, one after the other, each with its length byte. */
  names: Buffer = EMPTY;
  namesAt = 0;
  namesLength = 0;
  /** Property flags and values. */
  properties: Buffer = EMPTY;
  propertiesAt = 0;
  propertiesLength = 0;
  body: Buffer = EMPTY;
  bodyAt = 0;
  bodyLength = 0;

  get length(): number {
    return this.namesLength + this.propertiesLength + this.bodyLength;
  }

  get routingKey(): string {
    const { names, namesAt, namesLength } = this;
    return names.toString("utf8", namesAt + 2 + names[namesAt]!, namesAt + namesLength);
  }
}

const EMPTY = Buffer.alloc(0);

/** A message in memory. Valid until the next turn of the event loop: slabs are reused. */
export interface StoredMessage {
  readonly buffer: Buffer;
  /** Where the record begins. */
  readonly at: number;
  readonly namesAt: number;
  readonly namesLength: number;
  readonly propertiesAt: number;
  readonly propertiesLength: number;
  readonly bodyAt: number;
  readonly bodyLength: number;
  readonly arrived: number;
}

export function recordLength(draft: Draft, queues: number): number {
  return HEADER_LENGTH + queues * 4 + draft.length;
}

/** Writes all but the checksum, which `seal` adds; returns the end. */
export function writeRecord(
  target: Buffer,
  at: number,
  draft: Draft,
  queueIds: readonly number[],
  sequence: number,
  arrived: number,
): number {
  const length = recordLength(draft, queueIds.length);
  target.writeUInt32BE(length, at);
  target.writeUIntBE(sequence, at + 8, 6);
  target[at + 14] = 0;
  target[at + 15] = FORMAT;
  target.writeUIntBE(arrived, at + 16, 6);
  target.writeUInt16BE(queueIds.length, at + 22);
  target.writeUInt32BE(draft.propertiesLength, at + 24);
  target.writeUInt32BE(draft.bodyLength, at + 28);
  let position = at + HEADER_LENGTH;
  for (let i = 0; i < queueIds.length; i++) position = target.writeUInt32BE(queueIds[i]!, position);
  position = copyShort(target, position, draft.names, draft.namesAt, draft.namesLength);
  position = copyShort(target, position, draft.properties, draft.propertiesAt, draft.propertiesLength);
  if (draft.bodyLength) draft.body.copy(target, position, draft.bodyAt, draft.bodyAt + draft.bodyLength);
  return at + length;
}

/** Names and most properties are a few bytes: a loop over them costs less than the call that copies many. */
function copyShort(target: Buffer, at: number, source: Buffer, from: number, length: number): number {
  if (length > 64) source.copy(target, at, from, from + length);
  else for (let i = 0; i < length; i++) target[at + i] = source[from + i]!;
  return at + length;
}

export function seal(buffer: Buffer, at: number, end: number): void {
  buffer.writeUInt32BE(zlib.crc32(buffer.subarray(at + 8, end)), at + 4);
}

export function isSound(buffer: Buffer, at: number, end: number): boolean {
  return zlib.crc32(buffer.subarray(at + 8, end)) === buffer.readUInt32BE(at + 4);
}

export function readMessage(buffer: Buffer, at: number): StoredMessage {
  const namesAt = at + HEADER_LENGTH + buffer.readUInt16BE(at + 22) * 4;
  const routingKeyAt = namesAt + 1 + buffer[namesAt]!;
  const propertiesAt = routingKeyAt + 1 + buffer[routingKeyAt]!;
  const propertiesLength = buffer.readUInt32BE(at + 24);
  return {
    buffer,
    at,
    namesAt,
    namesLength: propertiesAt - namesAt,
    propertiesAt,
    propertiesLength,
    bodyAt: propertiesAt + propertiesLength,
    bodyLength: buffer.readUInt32BE(at + 28),
    arrived: buffer.readUIntBE(at + 16, 6),
  };
}

export function exchangeOf(message: StoredMessage): string {
  const { buffer, namesAt } = message;
  return buffer.toString("utf8", namesAt + 1, namesAt + 1 + buffer[namesAt]!);
}

export function routingKeyOf(message: StoredMessage): string {
  const { buffer, namesAt } = message;
  const at = namesAt + 1 + buffer[namesAt]!;
  return buffer.toString("utf8", at + 1, at + 1 + buffer[at]!);
}

export function sequenceOf({ buffer, at }: StoredMessage): number {
  return buffer.readUIntBE(at + 8, 6);
}

/** A draft that stores the message again, as it is. */
export function draftOf(message: StoredMessage): Draft {
  const draft = new Draft();
  draft.names = draft.properties = draft.body = message.buffer;
  draft.namesAt = message.namesAt;
  draft.namesLength = message.namesLength;
  draft.propertiesAt = message.propertiesAt;
  draft.propertiesLength = message.propertiesLength;
  draft.bodyAt = message.bodyAt;
  draft.bodyLength = message.bodyLength;
  return draft;
}
