/** From exported lines back to drafts, byte for byte. */
import { Buffer } from "node:buffer";
import type { Violation } from "@33god/holyfields";
import type { Left } from "../audit/chain.js";
import type { Delivery, StoredEvent } from "../contract.js";
import { type Draft, draftOf } from "../record/draft.js";
import { parseBody } from "../record/stored-event.js";

type Line = Partial<StoredEvent> & {
  readonly body_base64?: string;
  readonly body_bytes?: number;
  readonly removed?: unknown;
};

const DIGEST = /^[0-9a-f]{64}$/;

/** @throws Error with the reason when the line is not what an export gives */
export function importedLine(bytes: Uint8Array): Draft | Left {
  const line = parseBody(bytes) as Line | undefined;
  if (typeof line !== "object" || line === null) throw new Error("not a JSON object");
  if (line.removed !== undefined) return leftOf(line);
  const receivedAt = Date.parse(line.received_at ?? "");
  if (Number.isNaN(receivedAt)) throw new Error("received_at is missing");
  if (typeof line.exchange !== "string" || typeof line.routing_key !== "string")
    throw new Error("exchange or routing_key is missing");
  if (typeof line.valid !== "boolean") throw new Error("valid is missing");
  const body = bodyOf(bytes, line);
  const delivery: Delivery = {
    body,
    exchange: line.exchange,
    routingKey: line.routing_key,
    headers: line.headers ?? {},
    properties: line.properties ?? {},
    receivedAt,
  };
  const verdict = {
    valid: line.valid,
    violations: (line.violations ?? []) as readonly Violation[],
    event: parseBody(body),
  };
  // An event that is here already is not one that came twice.
  return { ...draftOf(delivery, () => verdict), replayed: true };
}

function leftOf({ position, removed }: Line): Left {
  if (typeof position !== "number" || typeof removed !== "string" || !DIGEST.test(removed))
    throw new Error("removed is not the digest of an event");
  return { position, digest: Buffer.from(removed, "hex") };
}

export const isLeft = (line: Draft | Left): line is Left => "digest" in line;

function bodyOf(bytes: Uint8Array, { body_base64, body_bytes, event }: Line): Uint8Array {
  if (body_base64 !== undefined) return Buffer.from(body_base64, "base64");
  if (event === undefined) throw new Error("event is missing");
  const end = bytes.byteLength - 1;
  if (typeof body_bytes === "number" && body_bytes > 0 && body_bytes < end) {
    const body = bytes.subarray(end - body_bytes, end);
    if (Buffer.from(bytes.subarray(end - body_bytes - 8, end - body_bytes)).toString() === '"event":')
      return body;
  }
  // Somebody formatted the line anew: the event is the same, its bytes are not.
  return Buffer.from(JSON.stringify(event));
}

/** Cuts pieces of any size into lines, without their line breaks; empty ones are left out. */
export async function* linesOf(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const piece of pieces) {
    const data: Buffer = rest.byteLength > 0 ? Buffer.concat([rest, piece]) : Buffer.from(piece);
    let at = 0;
    for (let end = data.indexOf(10, at); end >= 0; end = data.indexOf(10, at)) {
      const line = data.subarray(at, data[end - 1] === 13 ? end - 1 : end);
      if (line.byteLength > 0) yield line;
      at = end + 1;
    }
    rest = data.subarray(at);
  }
  if (rest.byteLength > 0) yield rest;
}
