/**
 * A table of headers (AMQP 0-9-1 §4.2.5.5), written in one go into a buffer that is used again: a message that failed
 * carries a dozen of them. Field types are RabbitMQ's (`t I l d S A F T V x`).
 */
import { Buffer } from "node:buffer";

const FIRST_SIZE = 16 * 1024;
/** What is larger is not kept. */
const KEPT = 256 * 1024;

/** Encodes the headers of one message after the other. */
export class HeadersEncoder {
  #bytes = Buffer.allocUnsafeSlow(FIRST_SIZE);
  #at = 0;

  /** The bytes are good until the next call, which writes over them. */
  encode(headers: Readonly<Record<string, unknown>>): Buffer {
    if (this.#bytes.length > KEPT) this.#bytes = Buffer.allocUnsafeSlow(FIRST_SIZE);
    this.#at = 0;
    this.#table(headers);
    return this.#bytes.subarray(0, this.#at);
  }

  #need(size: number): void {
    if (this.#bytes.length - this.#at >= size) return;
    const wider = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#at + size));
    this.#bytes.copy(wider, 0, 0, this.#at);
    this.#bytes = wider;
  }

  #octet(value: number): void {
    this.#need(1);
    this.#bytes[this.#at++] = value;
  }

  #table(fields: Readonly<Record<string, unknown>>): void {
    const from = this.#sized();
    for (const name of Object.keys(fields)) {
      const value = fields[name];
      if (value === undefined) continue;
      this.#name(name);
      this.#field(value);
    }
    this.#close(from);
  }

  /** Leaves room for a size; returns where what is measured begins. */
  #sized(): number {
    this.#need(4);
    this.#at += 4;
    return this.#at;
  }

  #close(from: number): void {
    this.#bytes.writeUInt32BE(this.#at - from, from - 4);
  }

  #name(name: string): void {
    this.#need(1 + name.length * 3);
    const size = this.#bytes.write(name, this.#at + 1);
    if (size > 255) throw new RangeError(`header name longer than 255 bytes: ${name.slice(0, 40)}…`);
    this.#bytes[this.#at] = size;
    this.#at += 1 + size;
  }

  #field(value: unknown): void {
    switch (typeof value) {
      case "string":
        this.#text(value);
        break;
      case "boolean":
        this.#octet(0x74);
        this.#octet(value ? 1 : 0);
        break;
      case "bigint":
        this.#int64(value, 0x6c);
        break;
      case "number":
        this.#number(value);
        break;
      case "object":
        this.#object(value);
        break;
      default:
        throw new TypeError(`a header cannot hold a ${typeof value}`);
    }
  }

  /** `S`. A UTF-16 unit is three bytes of UTF-8 at most. */
  #text(value: string): void {
    this.#need(5 + value.length * 3);
    const size = this.#bytes.write(value, this.#at + 5);
    this.#bytes[this.#at] = 0x53;
    this.#bytes.writeUInt32BE(size, this.#at + 1);
    this.#at += 5 + size;
  }

  #object(value: object | null): void {
    if (value === null) this.#octet(0x56);
    else if (value instanceof Uint8Array) this.#binary(value);
    else if (value instanceof Date) this.#int64(BigInt(Math.floor(value.getTime() / 1000)), 0x54);
    else if (Array.isArray(value)) this.#list(value);
    else {
      this.#octet(0x46);
      this.#table(value as Readonly<Record<string, unknown>>);
    }
  }

  /** `A` */
  #list(values: readonly unknown[]): void {
    this.#octet(0x41);
    const from = this.#sized();
    for (const value of values) this.#field(value ?? null);
    this.#close(from);
  }

  /** `x` */
  #binary(value: Uint8Array): void {
    this.#need(5 + value.byteLength);
    this.#bytes[this.#at] = 0x78;
    this.#bytes.writeUInt32BE(value.byteLength, this.#at + 1);
    this.#bytes.set(value, this.#at + 5);
    this.#at += 5 + value.byteLength;
  }

  /** `I` where it has room, else `l`, or `d`. */
  #number(value: number): void {
    if (Number.isSafeInteger(value) && (value < -0x8000_0000 || value > 0x7fff_ffff)) {
      this.#int64(BigInt(value), 0x6c);
      return;
    }
    this.#need(9);
    const isInteger = Number.isSafeInteger(value);
    this.#bytes[this.#at] = isInteger ? 0x49 : 0x64;
    this.#at = isInteger
      ? this.#bytes.writeInt32BE(value, this.#at + 1)
      : this.#bytes.writeDoubleBE(value, this.#at + 1);
  }

  #int64(value: bigint, tag: number): void {
    this.#need(9);
    this.#bytes[this.#at] = tag;
    this.#at = this.#bytes.writeBigInt64BE(value, this.#at + 1);
  }
}
