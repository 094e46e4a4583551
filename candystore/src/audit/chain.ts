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
import type { EventClass } from "../layout/classes.js";
import { THREE } from "../record/digits.js";
import type { Draft } from "../record/draft.js";

export const LINK_BYTES = 32;
export const FIRST_LINK: Uint8Array = new Uint8Array(LINK_BYTES);

/** What an event that retention removed leaves in the chain. */
export interface Left {
  readonly position: number;
  readonly digest: Uint8Array;
}

/** What an event does not have in common with its class. */
type Hashed = Pick<Draft, "id" | "receivedAt" | "facts" | "body">;

let scratch = Buffer.allocUnsafe(64 * 1024);
/** Of the scratch, by their length: making one takes as long as digesting a hundred bytes. */
const views: Uint8Array[] = [];
const LONGEST_VIEW = 4_096;
const pair = Buffer.allocUnsafe(2 * LINK_BYTES);

export const digestOf = (position: number, event: Hashed & { readonly eventClass: EventClass }): Buffer =>
  Buffer.from(digestText(position, event, event.eventClass), "binary");

/**
 * The link of an event that follows another; the digest between them is no buffer of its own.
 *
 * @param link takes the result: making a buffer for each costs as much as digesting
 */
export function linkAfter(
  previous: Uint8Array,
  position: number,
  event: Hashed,
  eventClass: EventClass,
  link = Buffer.allocUnsafe(LINK_BYTES),
): Buffer {
  const digest = digestText(position, event, eventClass);
  pair.set(previous, 0);
  pair.write(digest, LINK_BYTES, "binary");
  link.write(hash("sha256", pair, "binary"), "binary");
  return link;
}

/** The last second that was written, and its digits: those of most events that follow. */
const last = { second: 0, text: "" };

/** What JavaScript writes, at a fraction of the time that it takes to write a number of 13 digits. */
function milliseconds(at: number): string {
  if (!Number.isSafeInteger(at) || at < 1_000) return String(at);
  const second = Math.floor(at / 1_000);
  if (second !== last.second) {
    last.second = second;
    last.text = String(second);
  }
  return last.text + THREE[at - second * 1_000];
}

/** As one-byte characters: a quarter of what a buffer costs to be made for each. */
function digestText(
  position: number,
  { id, receivedAt, facts, body }: Hashed,
  eventClass: EventClass,
): string {
  const { verdict, lengths, traits } = eventClass.digested;
  const head = `${position} ${milliseconds(receivedAt)}${verdict}${id.length}${lengths}${facts.length} ${id}${traits}${facts}`;
  const most = head.length * 3 + body.byteLength;
  if (scratch.length < most) {
    scratch = Buffer.allocUnsafe(most * 2);
    views.length = 0;
  }
  const length = scratch.write(head);
  scratch.set(body, length);
  return hash("sha256", scratched(length + body.byteLength), "binary");
}

function scratched(length: number): Uint8Array {
  if (length > LONGEST_VIEW) return scratch.subarray(0, length);
  views[length] ??= scratch.subarray(0, length);
  return views[length];
}

export function linkOf(previous: Uint8Array, digest: Uint8Array): Buffer {
  pair.set(previous, 0);
  pair.set(digest, LINK_BYTES);
  return Buffer.from(hash("sha256", pair, "binary"), "binary");
}

/** What retention left behind, as it goes on after a link: with the links that follow. What does not follow is passed over. */
export function leftAfter(
  end: { readonly position: number; readonly link: Uint8Array },
  left: readonly Left[],
): readonly (Left & { readonly link: Uint8Array })[] {
  const rows: (Left & { readonly link: Uint8Array })[] = [];
  let last = end;
  for (const { position, digest } of left) {
    if (position !== last.position + 1) continue;
    const row = { position, digest, link: linkOf(last.link, digest) };
    rows.push(row);
    last = row;
  }
  return rows;
}
