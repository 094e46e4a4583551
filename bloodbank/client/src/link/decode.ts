/** The content header of a delivery (AMQP 0-9-1 §4.2.6.1), the counterpart of `encode.ts`. */
import type { Buffer } from "node:buffer";
import { HeadersDecoder, integer64 } from "./decode-headers.js";

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
  readonly #headers = new HeadersDecoder();
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
      this.headers = this.#headers.decode(buffer, i);
      i += 4 + buffer.readUInt32BE(i);
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
