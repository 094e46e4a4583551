/**
 * The hash chain's arithmetic.
 *
 *   digest(n) = SHA-256(position, receipt, verdict, id, type, version, app, exchange, routing key, facts, body)
 *   link(n)   = SHA-256(link(n − 1), digest(n));   link(0) is 32 zero bytes
 *
 * Lengths stand before what varies in length, so no two different events give the same bytes.
 */
import { Buffer } from "node:buffer";
import { hash } from "node:crypto";
import type { Draft } from "../record/draft.js";

const LINK_BYTES = 32;
export const FIRST_LINK: Uint8Array = new Uint8Array(LINK_BYTES);

type Hashed = Pick<
  Draft,
  "id" | "type" | "version" | "app" | "exchange" | "routingKey" | "valid" | "receivedAt" | "facts" | "body"
>;

let scratch = Buffer.allocUnsafe(64 * 1024);
const pair = Buffer.allocUnsafe(2 * LINK_BYTES);

export const digestOf = (position: number, event: Hashed): Buffer =>
  Buffer.from(digestText(position, event), "binary");

/** The link of an event that follows another; the digest between them is no buffer of its own. */
export function linkAfter(previous: Uint8Array, position: number, event: Hashed): Buffer {
  const digest = digestText(position, event);
  pair.set(previous, 0);
  pair.write(digest, LINK_BYTES, "binary");
  return Buffer.from(hash("sha256", pair, "binary"), "binary");
}

/** As one-byte characters: a quarter of what a buffer costs to be made for each. */
function digestText(position: number, event: Hashed): string {
  const { id, type, version, app, exchange, routingKey, facts, body } = event;
  const lengths = `${id.length} ${type.length} ${version.length} ${app.length} ${exchange.length} ${routingKey.length} ${facts.length}`;
  const head = `${position} ${event.receivedAt} ${event.valid ? 1 : 0} ${lengths} ${id}${type}${version}${app}${exchange}${routingKey}${facts}`;
  const most = head.length * 3 + body.byteLength;
  if (scratch.length < most) scratch = Buffer.allocUnsafe(most * 2);
  const length = scratch.write(head);
  scratch.set(body, length);
  return hash("sha256", scratch.subarray(0, length + body.byteLength), "binary");
}

export function linkOf(previous: Uint8Array, digest: Uint8Array): Buffer {
  pair.set(previous, 0);
  pair.set(digest, LINK_BYTES);
  return Buffer.from(hash("sha256", pair, "binary"), "binary");
}
