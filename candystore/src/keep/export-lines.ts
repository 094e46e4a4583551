/**
 * Events as text. A line of NDJSON holds the delivery's facts, then the event exactly as it came: `body_bytes` says how
 * many bytes before the closing brace those are, so an import stores the same bytes. A body that is no JSON, or has
 * line breaks, is given in `body_base64` as well.
 */
import { Buffer } from "node:buffer";
import type { Left } from "../audit/chain.js";
import type { StoredEvent } from "../contract.js";
import { type EventRow, parseBody, storedEvent } from "../record/stored-event.js";

const NEWLINE = 10;
const RETURN = 13;
const CLOSE = Buffer.from("}\n");

export function exportLine(row: EventRow): Buffer {
  const parsed = parseBody(row.body);
  const { event, ...facts } = storedEvent(row, parsed);
  const head = JSON.stringify(facts).slice(0, -1);
  if (
    parsed === undefined ||
    row.body.includes(NEWLINE) ||
    row.body.includes(RETURN) ||
    startsWithMark(row.body)
  )
    return Buffer.from(
      `${head},"body_base64":"${Buffer.from(row.body).toString("base64")}","event":${JSON.stringify(event)}}\n`,
    );
  return Buffer.concat([
    Buffer.from(`${head},"body_bytes":${row.body.byteLength},"event":`),
    row.body,
    CLOSE,
  ]);
}

/** Of a backup: what retention left where an event was. An import passes over it. */
export const leftLine = ({ position, digest }: Left): Buffer =>
  Buffer.from(`${JSON.stringify({ position, removed: Buffer.from(digest).toString("hex") })}\n`);

/** A byte order mark is swallowed by the decoder and must not stand inside a line. */
const startsWithMark = (body: Uint8Array): boolean =>
  body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;

const COLUMNS = [
  "position",
  "event_id",
  "event_type",
  "version",
  "timestamp",
  "source_app",
  "correlation_ids",
  "received_at",
  "exchange",
  "routing_key",
  "valid",
  "duplicates",
  "payload",
] as const;

export const CSV_HEADER: Buffer = Buffer.from(`${COLUMNS.join(",")}\r\n`);

/** RFC 4180. Ids of causes stand in one cell, a space between them; the payload is JSON. */
export function csvLine(row: EventRow): Buffer {
  const stored = storedEvent(row);
  return Buffer.from(`${COLUMNS.map((column) => cell(textOf(stored, column))).join(",")}\r\n`);
}

function textOf(stored: StoredEvent, column: (typeof COLUMNS)[number]): string {
  if (column === "payload") {
    const payload = (stored.event as { payload?: unknown } | null)?.payload;
    return payload === undefined ? "" : JSON.stringify(payload);
  }
  if (column === "correlation_ids") return stored.correlation_ids.join(" ");
  return String(stored[column]);
}

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
