import { asReplyText } from "../errors.js";
import type { StoredMessage } from "../log/record.js";
import {
  bodyFramesSize,
  CLASS_BASIC,
  FRAME_END,
  FRAME_HEAD,
  FRAME_METHOD,
  FRAME_OVERHEAD,
  HEADER_BOUND,
  writeBody,
  writeHeader,
} from "../wire/index.js";
import type { Output } from "./output.js";

/** The method that comes before content: exchange and routing key are copied as they lie in the log. */
export interface ContentMethod {
  readonly id: number;
  /** Between the method id and the names; the names follow, then `after`. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** Writes a method with a message's names, its header and its body. */
export function writeContent(
  output: Output,
  channel: number,
  method: ContentMethod,
  message: StoredMessage,
  properties: Buffer,
  propertiesAt: number,
  propertiesLength: number,
  frameMax: number,
): void {
  const { before, after } = method;
  const { buffer, namesAt, namesLength, bodyAt, bodyLength } = message;
  const methodLength = 4 + before.length + namesLength + after.length;
  const size =
    FRAME_OVERHEAD + methodLength + HEADER_BOUND + propertiesLength + bodyFramesSize(bodyLength, frameMax);
  let at = output.reserve(size);
  const out = output.buffer;
  out[at] = FRAME_METHOD;
  out[at + 1] = channel >>> 8;
  out[at + 2] = channel;
  out.writeUInt32BE(methodLength, at + 3);
  out.writeUInt32BE(method.id, at + FRAME_HEAD);
  at += FRAME_HEAD + 4;
  for (let i = 0; i < before.length; i++) out[at++] = before[i]!;
  for (let i = 0; i < namesLength; i++) out[at++] = buffer[namesAt + i]!;
  for (let i = 0; i < after.length; i++) out[at++] = after[i]!;
  out[at++] = FRAME_END;
  at = writeHeader(out, at, channel, bodyLength, properties, propertiesAt, propertiesAt + propertiesLength);
  at = writeBody(out, at, channel, buffer, bodyAt, bodyAt + bodyLength, frameMax);
  output.advance(at);
}

const DELIVER = CLASS_BASIC * 65_536 + 60;
const GET_OK = CLASS_BASIC * 65_536 + 71;
const RETURN = CLASS_BASIC * 65_536 + 50;

const EMPTY = new Uint8Array(0);

/** One a consumer: the delivery tag and the redelivered bit are written anew for each message. */
export class DeliverMethod implements ContentMethod {
  readonly id = DELIVER;
  readonly before: Buffer;
  readonly after = EMPTY;
  readonly #tagAt: number;

  constructor(consumerTag: string) {
    const size = Buffer.byteLength(consumerTag);
    this.before = Buffer.alloc(1 + size + 9);
    this.before[0] = size;
    this.before.write(consumerTag, 1);
    this.#tagAt = 1 + size;
  }

  set(deliveryTag: number, redelivered: boolean): this {
    this.before.writeUInt32BE(Math.floor(deliveryTag / 4_294_967_296), this.#tagAt);
    this.before.writeUInt32BE(deliveryTag % 4_294_967_296, this.#tagAt + 4);
    this.before[this.#tagAt + 8] = redelivered ? 1 : 0;
    return this;
  }
}

export function getOkMethod(deliveryTag: number, redelivered: boolean, remaining: number): ContentMethod {
  const before = Buffer.alloc(9);
  before.writeBigUInt64BE(BigInt(deliveryTag));
  before[8] = redelivered ? 1 : 0;
  const after = Buffer.alloc(4);
  after.writeUInt32BE(remaining);
  return { id: GET_OK, before, after };
}

export function returnMethod(replyCode: number, replyText: string): ContentMethod {
  const text = Buffer.from(asReplyText(replyText));
  const before = Buffer.alloc(3 + text.length);
  before.writeUInt16BE(replyCode);
  before[2] = text.length;
  text.copy(before, 3);
  return { id: RETURN, before, after: EMPTY };
}
