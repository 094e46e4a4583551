/**
 * The properties of a dead letter that has not died before, written from the message's own bytes: what `deadLetter` makes
 * of them, without decoding and encoding all the rest. Most letters are such: a retry ladder ends its copies once each.
 */
import { Buffer } from "node:buffer";
import { headersPlace } from "../wire/changed-properties.js";
import * as flag from "../wire/constants.js";
import type { PropertyScan } from "../wire/properties.js";
import { array, table } from "../wire/table.js";
import { sizeOfTable, someName, writeFields } from "../wire/table-codec.js";
import { type Death, entryOf, firstDeathOf } from "./death.js";

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
  const { flags, headersAt, headersEnd, expirationAt, expirationEnd } = scan;
  const hasHeaders = headersAt >= 0;
  if (hasHeaders && someName(bytes, headersAt, headersEnd, tellsOfDeaths)) return undefined;
  const expiration = expirationAt < 0 ? undefined : bytes.toString("utf8", expirationAt, expirationEnd);
  const latest = new Map([["x-death", array([table(entryOf([death.routingKey], expiration, death))])]]);
  const first = firstDeathOf(death);
  const out = Buffer.allocUnsafe(end - at + sizeOfTable(latest) + sizeOfTable(first));
  out.writeUInt16BE((flags | flag.FLAG_HEADERS) & ~flag.FLAG_EXPIRATION, 0);
  const before = hasHeaders ? headersAt : headersPlace(bytes, at, flags);
  const tableAt = 2 + bytes.copy(out, 2, at + 2, before);
  let i = writeFields(out, tableAt + 4, latest);
  if (hasHeaders) i += bytes.copy(out, i, headersAt + 4, headersEnd);
  i = writeFields(out, i, first);
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

/** `CC` says where else the letter goes. */
function tellsOfDeaths(bytes: Buffer, at: number, length: number): boolean {
  const name = bytes.toString("latin1", at, at + length);
  return name === "CC" || name === "x-death" || name.startsWith("x-first-death");
}
