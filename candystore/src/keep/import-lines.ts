/** From exported lines back to drafts, byte for byte; and from those that a backup has beside them. */
import { Buffer } from "node:buffer";
import type { Left } from "../audit/chain.js";
import type { Checkpoint } from "../audit/contract.js";
import type { Delivery, StoredEvent } from "../contract.js";
import { type Draft, draftOf } from "../record/draft.js";
import { judgedBody } from "../record/stored-event.js";
import type { ReplayRecord } from "../replay/contract.js";

type Line = Partial<StoredEvent> & {
  readonly body_base64?: string;
  readonly body_bytes?: number;
  readonly removed?: unknown;
  readonly replay?: unknown;
  readonly checkpoint?: unknown;
};

/** What a backup has beside events. */
export type BackupLine =
  | { readonly left: Left }
  | { readonly replay: ReplayRecord }
  | { readonly checkpoint: Checkpoint };

const decoder = new TextDecoder("utf-8", { fatal: true });
const DIGEST = /^[0-9a-f]{64}$/;
/** What a number of copies may be in either engine. */
const MOST_COPIES = 2 ** 31 - 1;

/** @throws Error with the reason when the line is not what an export or a backup gives */
export function importedLine(bytes: Uint8Array): Draft | BackupLine {
  const line = parsed(bytes);
  if (typeof line !== "object" || line === null) throw new Error("not a JSON object");
  if (line.removed !== undefined) return { left: leftOf(line) };
  if (line.replay !== undefined) return { replay: replayOf(line.replay) };
  if (line.checkpoint !== undefined) return { checkpoint: checkpointOf(line.checkpoint) };
  if (typeof line.valid !== "boolean") throw new Error("valid is missing");
  const { valid, violations = [], duplicates: copies = 0 } = line;
  if (!Array.isArray(violations)) throw new Error("violations is not a list");
  if (!Number.isInteger(copies) || copies < 0 || copies > MOST_COPIES)
    throw new Error("duplicates is not a number of copies");
  const delivery = deliveryOf(line, bodyOf(bytes, line));
  const verdict = { valid, violations, event: judgedBody(delivery.body) };
  // An event that is here already is not one that came twice.
  return { ...draftOf(delivery, () => verdict), replayed: true, ...(copies > 0 && { copies }) };
}

function deliveryOf(line: Line, body: Uint8Array): Delivery {
  const { exchange, routing_key: routingKey, headers = {}, properties = {} } = line;
  const receivedAt = Date.parse(line.received_at ?? "");
  if (Number.isNaN(receivedAt)) throw new Error("received_at is missing");
  // No recorder has received any: what stands before the epoch is no number of its own in a store.
  if (receivedAt < 0) throw new Error("received_at is before 1970");
  if (typeof exchange !== "string" || typeof routingKey !== "string")
    throw new Error("exchange or routing_key is missing");
  if (!isTable(headers) || !isTable(properties)) throw new Error("headers or properties are no objects");
  return { body, exchange, routingKey, headers, properties, receivedAt };
}

/** Around an event that nests as deep as events may, the line nests deeper. */
function parsed(bytes: Uint8Array): Line | undefined {
  try {
    return JSON.parse(decoder.decode(bytes)) as Line;
  } catch {
    return undefined;
  }
}

const isTable = (value: unknown): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function leftOf({ position, removed }: Line): Left {
  if (typeof position !== "number" || typeof removed !== "string" || !DIGEST.test(removed))
    throw new Error("removed is not the digest of an event");
  return { position, digest: Buffer.from(removed, "hex") };
}

function replayOf(replay: unknown): ReplayRecord {
  const { replay_id: id, state, request } = (replay ?? {}) as Partial<ReplayRecord>;
  if (typeof id !== "string" || typeof state !== "string" || typeof request !== "object")
    throw new Error("replay is not the record of one");
  return replay as ReplayRecord;
}

function checkpointOf(checkpoint: unknown): Checkpoint {
  const { position, hash, at } = (checkpoint ?? {}) as Partial<Checkpoint>;
  if (!Number.isSafeInteger(position) || !DIGEST.test(hash ?? "") || Number.isNaN(Date.parse(at ?? "")))
    throw new Error("checkpoint is not a link of the chain");
  return checkpoint as Checkpoint;
}

export const isEvent = (line: Draft | BackupLine): line is Draft => "id" in line;

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
  // A long line comes in many pieces: they are put together once.
  let begun: Uint8Array[] = [];
  for await (const piece of pieces) {
    let at = 0;
    for (let end = piece.indexOf(10); end >= 0; end = piece.indexOf(10, at)) {
      const line = lineOf([...begun, piece.subarray(at, end)]);
      if (line.byteLength > 0) yield line;
      begun = [];
      at = end + 1;
    }
    if (at < piece.byteLength) begun.push(piece.subarray(at));
  }
  const last = lineOf(begun);
  if (last.byteLength > 0) yield last;
}

function lineOf(parts: readonly Uint8Array[]): Uint8Array {
  const line = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
}
