/**
 * Events as text. A line of NDJSON holds the delivery's facts, then the event exactly as it came: `body_bytes` says how
 * many bytes before the closing brace those are, so an import stores the same bytes. A body that is no JSON, or has
 * line breaks, is given in `body_base64` as well.
 */
import { Buffer } from "node:buffer";
import type { Left } from "../audit/chain.js";
import type { Checkpoint } from "../audit/contract.js";
import type { StoredEvent } from "../contract.js";
import { beginsWithMark, type EventRow, parseBody, storedEvent } from "../record/stored-event.js";
import type { ReplayRecord } from "../replay/contract.js";

const NEWLINE = 10;
const RETURN = 13;
const CLOSE = Buffer.from("}\n");

export function exportLine(row: EventRow): Buffer {
  const parsed = parseBody(row.body);
  const { event, ...facts } = storedEvent(row, parsed);
  const head = JSON.stringify(facts).slice(0, -1);
  // A byte order mark is swallowed by who reads the line, and must not stand inside it.
  if (
    parsed === undefined ||
    row.body.includes(NEWLINE) ||
    row.body.includes(RETURN) ||
    beginsWithMark(row.body)
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

/** Of a backup, as those that follow: what retention left where an event was. An import passes over it. */
export const leftLine = ({ position, digest }: Left): Buffer =>
  jsonLine({ position, removed: Buffer.from(digest).toString("hex") });

export const replayLine = (replay: ReplayRecord): Buffer => jsonLine({ replay });

export const checkpointLine = (checkpoint: Checkpoint): Buffer => jsonLine({ checkpoint });

const jsonLine = (line: object): Buffer => Buffer.from(`${JSON.stringify(line)}\n`);

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
