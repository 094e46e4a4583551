/**
 * Reads `basic.deliver` with its content straight from the socket's bytes (AMQP 0-9-1 §4.2), for channels that asked
 * for it. Everything else goes on to the library, in its order and in whole frames.
 *
 *   idle ─ basic.deliver ─▶ announced ─ content header ─▶ filling ─ last body frame ─▶ given to the receiver, idle
 *                                             └─ empty body ───────────────────────▶
 *
 * The library would make a view and a few strings for each frame, and a buffer of its own for each body: twice the
 * work of all that is done with an event afterwards.
 */
import { Buffer } from "node:buffer";
import { type DeliveryProperties, type Headers, LastText, PropertiesDecoder } from "./decode.js";

/** One delivery. It is used again for the next one: take out of it what is needed. */
export interface Incoming {
  readonly deliveryTag: number;
  readonly redelivered: boolean;
  readonly exchange: string;
  readonly routingKey: string;
  readonly headers: Headers;
  readonly properties: DeliveryProperties;
  /** A part of a larger buffer, which nobody writes to any more. */
  readonly body: Uint8Array;
}

export type Receiver = (delivery: Incoming) => void;

const METHOD = 1;
const HEADER = 2;
const BODY = 3;
/** Class 60, method 60. */
const DELIVER = 60 * 65_536 + 60;
const FRAME_END = 0xce;
const FRAME_HEAD = 7;
const NO_BODY: Uint8Array = new Uint8Array(0);

export class DeliveryFrames {
  readonly #channels = new Map<number, ChannelContents>();
  readonly #others: (bytes: Buffer) => void;
  readonly #frameMax: () => number;
  /** The beginning of a frame whose end has not come yet. */
  #left: Buffer | undefined;

  /** `others` gets whole frames, one or more at a time. */
  constructor(others: (bytes: Buffer) => void, frameMax: () => number) {
    this.#others = others;
    this.#frameMax = frameMax;
  }

  /** From now on deliveries on the channel go to the receiver. */
  receive(channel: number, receiver: Receiver): void {
    this.#channels.set(channel, new ChannelContents(receiver));
  }

  /** Throws an Error for what is no AMQP: nothing on that connection can be understood after it. */
  read(chunk: Buffer): void {
    const buffer = this.#left === undefined ? chunk : Buffer.concat([this.#left, chunk]);
    this.#left = undefined;
    let at = 0;
    let othersFrom = 0;
    while (buffer.length - at >= FRAME_HEAD) {
      const size = buffer.readUInt32BE(at + 3);
      // A content header has one frame: what a broker adds to a full one (`x-death`), it sends all the same.
      const most = buffer[at] === HEADER ? 2 * this.#frameMax() : this.#frameMax();
      if (size + 8 > most) throw new Error(`a frame of ${size} bytes is longer than agreed`);
      const end = at + size + 8;
      if (end > buffer.length) break;
      const contents = this.#channels.get(buffer.readUInt16BE(at + 1));
      if (contents?.wants(buffer, at)) {
        if (buffer[end - 1] !== FRAME_END) throw new Error("a frame does not end with its end octet");
        // What came before is heard before.
        if (othersFrom < at) this.#others(buffer.subarray(othersFrom, at));
        othersFrom = end;
        contents.take(buffer, at, size);
      }
      at = end;
    }
    if (othersFrom < at) this.#others(buffer.subarray(othersFrom, at));
    if (at < buffer.length) this.#left = at === 0 ? buffer : buffer.subarray(at);
  }
}

/** What is being delivered on one channel. */
class ChannelContents implements Incoming {
  deliveryTag = 0;
  redelivered = false;
  exchange = "";
  routingKey = "";
  properties: DeliveryProperties = {};
  body: Uint8Array = NO_BODY;
  readonly #receiver: Receiver;
  readonly #exchange = new LastText();
  readonly #routingKey = new LastText();
  readonly #decoder = new PropertiesDecoder();
  #state: "idle" | "announced" | "filling" = "idle";
  #size = 0;
  #filled = 0;

  constructor(receiver: Receiver) {
    this.#receiver = receiver;
  }

  get headers(): Headers {
    return this.#decoder.headers;
  }

  /** Content frames of other methods (`basic.return`, `basic.get-ok`) are the library's. */
  wants(buffer: Buffer, at: number): boolean {
    const type = buffer[at];
    if (type === METHOD) return buffer.readUInt32BE(at + FRAME_HEAD) === DELIVER;
    return this.#state !== "idle" && (type === HEADER || type === BODY);
  }

  take(buffer: Buffer, at: number, size: number): void {
    const payload = at + FRAME_HEAD;
    const type = buffer[at];
    if (type === METHOD) this.#announce(buffer, payload + 4);
    else if (type === HEADER) this.#describe(buffer, payload + 4);
    else this.#fill(buffer, payload, size);
  }

  #announce(buffer: Buffer, at: number): void {
    const tagAt = at + 1 + (buffer[at] ?? 0);
    this.deliveryTag = buffer.readUInt32BE(tagAt) * 4_294_967_296 + buffer.readUInt32BE(tagAt + 4);
    this.redelivered = buffer[tagAt + 8] === 1;
    const exchangeAt = tagAt + 9;
    const exchangeSize = buffer[exchangeAt] ?? 0;
    this.exchange = this.#exchange.read(buffer, exchangeAt + 1, exchangeSize);
    const keyAt = exchangeAt + 1 + exchangeSize;
    this.routingKey = this.#routingKey.read(buffer, keyAt + 1, buffer[keyAt] ?? 0);
    this.#state = "announced";
  }

  #describe(buffer: Buffer, at: number): void {
    this.#size = buffer.readUInt32BE(at) * 4_294_967_296 + buffer.readUInt32BE(at + 4);
    this.properties = this.#decoder.decode(buffer, at + 8);
    this.#filled = 0;
    this.#state = "filling";
    if (this.#size === 0) this.#give(NO_BODY);
  }

  #fill(buffer: Buffer, from: number, size: number): void {
    if (size === this.#size) {
      this.#give(buffer.subarray(from, from + size));
      return;
    }
    if (this.#filled === 0) this.body = new Uint8Array(this.#size);
    this.body.set(buffer.subarray(from, from + size), this.#filled);
    this.#filled += size;
    if (this.#filled === this.#size) this.#give(this.body);
  }

  #give(body: Uint8Array): void {
    this.body = body;
    this.#state = "idle";
    this.#receiver(this);
    this.body = NO_BODY;
  }
}
