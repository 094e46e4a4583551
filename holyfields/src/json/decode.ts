/**
 * Bytes to a JSON value, with a reason where that is impossible. UTF-8 without a byte order mark (RFC 8259, 8.1).
 */
import { Buffer, isUtf8 } from "node:buffer";
import { findFlaw } from "./flaws.js";

/** No event nests deeper: Python's parser, databases and people stop far earlier than V8 does. */
export const MAX_DEPTH = 128;

export interface Malformed {
  readonly keyword: "utf8" | "json" | "depth";
  readonly pointer: string;
  readonly message: string;
}

export type Decoded = { readonly value: unknown } | { readonly malformed: Malformed };

export interface DecodeOptions {
  /**
   * Also refuse what JSON parsers read differently (I-JSON, RFC 7493): a member named twice, an integer outside
   * ±(2^53 − 1), half a surrogate pair. Costs a second look at the text; meant for doors that strangers use: HTTP
   * and the broker's admission.
   */
  readonly strict?: boolean;
}

const malformed = (keyword: Malformed["keyword"], message: string, pointer = ""): Decoded => ({
  malformed: { keyword, pointer, message },
});

/** The reason that V8 gives, as a sentence of ours with the place in it. */
function jsonReason(error: unknown, text: string): string {
  if (text.trim() === "") return "The body is empty; it must be one event as JSON.";
  const reason = error instanceof Error ? error.message : String(error);
  const at = /position (\d+)/.exec(reason)?.[1];
  if (at === undefined) return `The body is not JSON: ${reason}.`;
  const before = text.slice(0, Number(at));
  const line = before.split("\n").length;
  const column = before.length - before.lastIndexOf("\n");
  const near = JSON.stringify(text.slice(Number(at), Number(at) + 20));
  return `The body is not JSON: ${reason.replace(/ in JSON at position.*$/s, "")} at line ${line}, column ${column}, near ${near}.`;
}

/** True when brackets nest deeper than the limit. Brackets in strings are not counted. */
export function nestsTooDeep(text: string, limit = MAX_DEPTH): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (c === 0x22) {
      for (i += 1; i < text.length && text.charCodeAt(i) !== 0x22; i += 1)
        if (text.charCodeAt(i) === 0x5c) i += 1;
    } else if (c === 0x7b || c === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (c === 0x7d || c === 0x5d) depth -= 1;
  }
  return false;
}

/** More opening brackets than the limit? Cheap, and false for nearly every event: the runtime looks for the few there are. */
function mayNestTooDeep(text: string): boolean {
  if (text.length < 2 * MAX_DEPTH) return false;
  let opening = 0;
  for (const bracket of "{[")
    for (let at = text.indexOf(bracket); at >= 0; at = text.indexOf(bracket, at + 1))
      if (++opening > MAX_DEPTH) return true;
  return false;
}

export function decodeText(text: string, options: DecodeOptions = {}): Decoded {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return malformed("json", jsonReason(error, text));
  }
  if (options.strict === true) {
    const flaw = findFlaw(text, value);
    if (flaw !== undefined) return malformed("json", flaw.message, flaw.pointer);
  }
  return { value };
}

const textOf = (body: Uint8Array): string =>
  (Buffer.isBuffer(body) ? body : Buffer.from(body.buffer, body.byteOffset, body.byteLength)).toString(
    "utf8",
  );

export function decode(body: Uint8Array, options: DecodeOptions = {}): Decoded {
  if (body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf)
    return malformed("json", "The body begins with a byte order mark; send UTF-8 without one.");
  if (!isUtf8(body)) return malformed("utf8", "The body is not UTF-8.");
  const text = textOf(body);
  if (mayNestTooDeep(text) && nestsTooDeep(text))
    return malformed("depth", `The body nests deeper than ${MAX_DEPTH} levels.`);
  return decodeText(text, options);
}
