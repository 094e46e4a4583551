/** What a database joined of many values, cut apart again: each value that it gives by itself takes longer. */
import type { ByteText } from "./byte-text.js";

/** Between parts: neither a number nor the facts, which are JSON on one line, have it. */
export const CUT = "\n";
/** The character code of the digit. */
const ZERO = 48;

/** Reads part after part: a pattern takes longer, and leaves a text of each number. */
export class Parts {
  readonly #joined: ByteText;
  #at = 0;

  constructor(joined: ByteText) {
    this.#joined = joined;
  }

  get done(): boolean {
    return this.#at >= this.#joined.length;
  }

  number(): number {
    let value = 0;
    for (;;) {
      const digit = this.#joined.charCodeAt(this.#at++) - ZERO;
      if (!(digit >= 0)) return value;
      value = value * 10 + digit;
    }
  }

  text(): ByteText {
    return this.bytes(this.#joined.indexOf(CUT, this.#at) - this.#at);
  }

  bytes(length: number): ByteText {
    const from = this.#at;
    this.#at += length + CUT.length;
    return this.#joined.slice(from, from + length);
  }
}
