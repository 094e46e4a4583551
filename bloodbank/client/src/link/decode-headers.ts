/**
 * A table of headers (AMQP 0-9-1 §4.2.5.5), the counterpart of `encode-headers.ts`. Field types are RabbitMQ's
 * (`t b B s u I i l f d D S A T F V x`). How long a value is stands where it is read, and nowhere else.
 */
import type { Buffer } from "node:buffer";
import { HEADERS } from "../contract.js";
import { messageOf } from "../errors.js";

/** Lists and tables in one another; RabbitMQ passes on what would use up the stack here. */
const DEEPEST = 100;

/** Decodes the headers of one message after the other. */
export class HeadersDecoder {
  #at = 0;
  #depth = 0;

  /**
   * `at` is where the table's size stands. Of what cannot be read it is told why: one message must not end the connection,
   * as it would come again over the next one.
   */
  decode(buffer: Buffer, at: number): Readonly<Record<string, unknown>> {
    this.#at = at;
    this.#depth = 0;
    try {
      return this.#table(buffer);
    } catch (error) {
      return { [HEADERS.unreadable]: messageOf(error) };
    }
  }

  /** Steps over so many bytes; returns where they are. */
  #take(size: number): number {
    const from = this.#at;
    this.#at += size;
    return from;
  }

  #table(buffer: Buffer): Readonly<Record<string, unknown>> {
    const fields: Record<string, unknown> = {};
    const end = this.#end(buffer);
    while (this.#at < end) {
      const name = this.#text(buffer, buffer[this.#take(1)] ?? 0);
      const value = this.#value(buffer);
      // A header may be named `__proto__`.
      if (name === "__proto__") Object.defineProperty(fields, name, { value, enumerable: true });
      else fields[name] = value;
    }
    return fields;
  }

  #within<T>(read: () => T): T {
    if (++this.#depth > DEEPEST) throw new RangeError(`nested in more than ${DEEPEST} levels`);
    const value = read();
    this.#depth--;
    return value;
  }

  #list(buffer: Buffer): readonly unknown[] {
    const values: unknown[] = [];
    const end = this.#end(buffer);
    while (this.#at < end) values.push(this.#value(buffer));
    return values;
  }

  /** Of what begins with its size. */
  #end(buffer: Buffer): number {
    const size = this.#size(buffer);
    return this.#at + size;
  }

  #size(buffer: Buffer): number {
    return buffer.readUInt32BE(this.#take(4));
  }

  #text(buffer: Buffer, size: number): string {
    const from = this.#take(size);
    return buffer.toString("utf8", from, from + size);
  }

  #value(buffer: Buffer): unknown {
    const type = String.fromCharCode(buffer[this.#take(1)] ?? 0);
    switch (type) {
      case "V":
        return null;
      case "t":
        return buffer[this.#take(1)] === 1;
      case "b":
        return buffer.readInt8(this.#take(1));
      case "B":
        return buffer.readUInt8(this.#take(1));
      case "s":
        return buffer.readInt16BE(this.#take(2));
      case "u":
        return buffer.readUInt16BE(this.#take(2));
      case "I":
        return buffer.readInt32BE(this.#take(4));
      case "i":
        return buffer.readUInt32BE(this.#take(4));
      case "l":
        return integer64(buffer, this.#take(8));
      case "f":
        return buffer.readFloatBE(this.#take(4));
      case "d":
        return buffer.readDoubleBE(this.#take(8));
      case "D": {
        const scale = buffer.readUInt8(this.#take(1));
        return buffer.readUInt32BE(this.#take(4)) / 10 ** scale;
      }
      case "T":
        return timeOf(integer64(buffer, this.#take(8)));
      case "S":
        return this.#text(buffer, this.#size(buffer));
      case "x": {
        const size = this.#size(buffer);
        const from = this.#take(size);
        return new Uint8Array(buffer.subarray(from, from + size));
      }
      case "F":
        return this.#within(() => this.#table(buffer));
      case "A":
        return this.#within(() => this.#list(buffer));
      default:
        throw new TypeError(`of the unknown type ${JSON.stringify(type)}`);
    }
  }
}

/** Beyond ±(2^53 − 1) the nearest number. */
export function integer64(buffer: Buffer, at: number): number {
  return buffer.readInt32BE(at) * 4_294_967_296 + buffer.readUInt32BE(at + 4);
}

/** What is beyond the range of a Date, as where microseconds were sent, stays the number that came. */
function timeOf(seconds: number): Date | number {
  const time = new Date(seconds * 1_000);
  return Number.isNaN(time.getTime()) ? seconds : time;
}
