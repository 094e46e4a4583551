/**
 * What is JSON by the grammar and yet not the same to everyone who reads it: I-JSON's list (RFC 7493). V8 keeps
 * the last of two members of one name and rounds a long integer; others keep the first, or the digits.
 *
 * The text has been parsed already, so it is known to be well formed. The quick look compares counts; only when
 * they differ is the text read with care.
 */
import { pointerOf } from "./pointer.js";

export interface Flaw {
  readonly pointer: string;
  readonly message: string;
}

/** How many members the text names, whatever the parser kept of them. */
function membersInText(text: string): number {
  let colons = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c === 0x3a) colons += 1;
    else if (c === 0x22)
      for (i += 1; text.charCodeAt(i) !== 0x22; i += 1) if (text.charCodeAt(i) === 0x5c) i += 1;
  }
  return colons;
}

/** How many members the value has; NaN as soon as there is a number that may have been rounded. */
function membersInValue(value: unknown): number {
  if (typeof value === "number") return Math.abs(value) > Number.MAX_SAFE_INTEGER ? Number.NaN : 0;
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) for (const item of value) count += membersInValue(item);
  else
    for (const name in value) {
      count += 1 + membersInValue((value as Record<string, unknown>)[name]);
    }
  return count;
}

/** The first flaw of a well-formed JSON text, or undefined. */
export function findFlaw(text: string, value: unknown): Flaw | undefined {
  if (!text.includes("\\u") && membersInText(text) === membersInValue(value)) return undefined;
  return new FlawReader(text).read();
}

const halfPair = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/;

class FlawReader {
  readonly #text: string;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Flaw | undefined {
    this.#space();
    const c = this.#text[this.#at];
    if (c === "{") return this.#object();
    if (c === "[") return this.#array();
    if (c === '"') return this.#flawOfString(this.#string());
    return this.#scalar();
  }

  #space() {
    while (/\s/.test(this.#text[this.#at] ?? "")) this.#at += 1;
  }

  #string(): string {
    const start = this.#at;
    for (this.#at += 1; this.#text[this.#at] !== '"'; this.#at += 1)
      if (this.#text[this.#at] === "\\") this.#at += 1;
    this.#at += 1;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #flawOfString(value: string): Flaw | undefined {
    if (!halfPair.test(value)) return undefined;
    return {
      pointer: this.#here(),
      message: "A string holds half of a surrogate pair, which is no character.",
    };
  }

  #scalar(): Flaw | undefined {
    const start = this.#at;
    while (/[^\s,\]}]/.test(this.#text[this.#at] ?? ",")) this.#at += 1;
    const literal = this.#text.slice(start, this.#at);
    if (!/^[-0-9]/.test(literal)) return undefined;
    const number = Number(literal);
    if (/^-?[0-9]+$/.test(literal) && !Number.isSafeInteger(number))
      return {
        pointer: this.#here(),
        message: `${literal} is an integer outside ±(2^53 − 1), which not every reader keeps; send it as a string.`,
      };
    if (!Number.isFinite(number))
      return {
        pointer: this.#here(),
        message: `${literal} is larger than any number that a reader can hold.`,
      };
    return undefined;
  }

  #here = () => pointerOf(this.#path);

  #object(): Flaw | undefined {
    const names = new Set<string>();
    this.#at += 1;
    for (;;) {
      this.#space();
      if (this.#text[this.#at] === "}") break;
      if (this.#text[this.#at] === ",") {
        this.#at += 1;
        continue;
      }
      const name = this.#string();
      this.#path.push(name);
      if (names.has(name))
        return { pointer: this.#here(), message: `The member ${JSON.stringify(name)} is there twice.` };
      names.add(name);
      this.#space();
      this.#at += 1;
      const flaw = this.#flawOfString(name) ?? this.read();
      if (flaw !== undefined) return flaw;
      this.#path.pop();
    }
    this.#at += 1;
    return undefined;
  }

  #array(): Flaw | undefined {
    this.#at += 1;
    for (let index = 0; ; ) {
      this.#space();
      const c = this.#text[this.#at];
      if (c === "]") break;
      if (c === ",") {
        this.#at += 1;
        index += 1;
        continue;
      }
      this.#path.push(index);
      const flaw = this.read();
      if (flaw !== undefined) return flaw;
      this.#path.pop();
    }
    this.#at += 1;
    return undefined;
  }
}
