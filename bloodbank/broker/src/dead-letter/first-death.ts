/**
 * The properties of a dead letter that has not died before, written from the message's own bytes: what `deadLetter` makes
 * of them, without decoding and encoding all the rest. Most letters are such: a retry ladder ends its copies once each.
 */
import { Buffer } from "node:buffer";
import * as flag from "../wire/constants.js";
import type { PropertyScan } from "../wire/properties.js";
import { someName } from "../wire/table-codec.js";
import type { Death } from "./death.js";

/** More than all but the names takes. */
const ENTRY = 300;

/**
 * @param scan where things stand in `bytes`, which begin at `at` and end at `end`
 * @returns undefined for a message with a history, or with copies: `deadLetter` knows what becomes of these
 */
export function firstDeath(
  bytes: Buffer,
  at: number,
  end: number,
  scan: PropertyScan,
  death: Death,
): Buffer | undefined {
  const { headersAt, headersEnd, expirationAt, expirationEnd } = scan;
  const hasHeaders = headersAt >= 0;
  if (hasHeaders && someName(bytes, headersAt, headersEnd, tellsOfDeaths)) return undefined;
  const names = 2 * (death.queue.length + death.exchange.length) + death.routingKey.length;
  // A unit of a string takes three bytes at most.
  const out = Buffer.allocUnsafe(end - at + ENTRY + 3 * names);
  const { flags } = scan;
  out.writeUInt16BE((flags | flag.FLAG_HEADERS) & ~flag.FLAG_EXPIRATION, 0);
  const before = hasHeaders ? headersAt : headersPlace(bytes, at, flags);
  let i = 2 + bytes.copy(out, 2, at + 2, before);
  const tableAt = i;
  i = writeDeath(
    out,
    i + 4,
    death,
    expirationAt < 0 ? undefined : bytes.subarray(expirationAt, expirationEnd),
  );
  if (hasHeaders) i += bytes.copy(out, i, headersAt + 4, headersEnd);
  i = textField(out, i, "x-first-death-exchange", death.exchange);
  i = textField(out, i, "x-first-death-queue", death.queue);
  i = textField(out, i, "x-first-death-reason", death.reason);
  out.writeUInt32BE(i - tableAt - 4, tableAt);
  const after = hasHeaders ? headersEnd : before;
  if (expirationAt < 0) i += bytes.copy(out, i, after, end);
  else {
    // With the octet that says its length.
    i += bytes.copy(out, i, after, expirationAt - 1);
    i += bytes.copy(out, i, expirationEnd, end);
  }
  return out.subarray(0, i);
}

/** `x-death`, and whatever begins with `x-first-death`; `CC` says where else the letter goes. */
function tellsOfDeaths(bytes: Buffer, at: number, length: number): boolean {
  if (length === 2) return bytes[at] === 0x43 && bytes[at + 1] === 0x43;
  const third = bytes[at + 2];
  // `d` or `f`: most names need no text.
  if (length < 7 || bytes[at] !== 0x78 || (third !== 0x64 && third !== 0x66)) return false;
  const name = bytes.toString("latin1", at, at + length);
  return name === "x-death" || name.startsWith("x-first-death");
}

function headersPlace(bytes: Buffer, at: number, flags: number): number {
  let i = at + 2;
  if (flags & flag.FLAG_CONTENT_TYPE) i += 1 + bytes[i]!;
  if (flags & flag.FLAG_CONTENT_ENCODING) i += 1 + bytes[i]!;
  return i;
}

/** The field `x-death` with one entry. */
function writeDeath(out: Buffer, at: number, death: Death, expiration: Buffer | undefined): number {
  const arrayAt = name(out, at, "x-death", "A");
  out[arrayAt + 4] = F;
  const tableAt = arrayAt + 5;
  let i = name(out, tableAt + 4, "count", "l");
  i = out.writeUInt32BE(0, i);
  i = out.writeUInt32BE(1, i);
  i = textField(out, i, "reason", death.reason);
  i = textField(out, i, "queue", death.queue);
  i = name(out, i, "time", "T");
  const seconds = Math.floor(death.time / 1000);
  i = out.writeUInt32BE(Math.floor(seconds / 2 ** 32), i);
  i = out.writeUInt32BE(seconds % 2 ** 32, i);
  i = textField(out, i, "exchange", death.exchange);
  const keysAt = name(out, i, "routing-keys", "A");
  i = longText(out, keysAt + 4, death.routingKey);
  out.writeUInt32BE(i - keysAt - 4, keysAt);
  if (expiration !== undefined) {
    i = name(out, i, "original-expiration", "S");
    out.writeUInt32BE(expiration.length, i);
    i += 4 + expiration.copy(out, i + 4);
  }
  out.writeUInt32BE(i - tableAt - 4, tableAt);
  out.writeUInt32BE(i - arrayAt - 4, arrayAt);
  return i;
}

const F = "F".charCodeAt(0);
const S = "S".charCodeAt(0);

/** A field's name and type; returns where its value goes. */
function name(out: Buffer, at: number, text: string, tag: string): number {
  out[at] = text.length;
  const i = at + 1 + out.write(text, at + 1, "latin1");
  out[i] = tag.charCodeAt(0);
  return i + 1;
}

function textField(out: Buffer, at: number, field: string, text: string): number {
  return longText(out, name(out, at, field, "S") - 1, text);
}

function longText(out: Buffer, at: number, text: string): number {
  out[at] = S;
  const length = out.write(text, at + 5);
  out.writeUInt32BE(length, at + 1);
  return at + 5 + length;
}
