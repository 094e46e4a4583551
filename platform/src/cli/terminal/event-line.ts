/** One stored event as one line of a list, or as a page of its own. */
import type { StoredEvent } from "../api/answers.js";
import { type Paint, paintType } from "./paint.js";
import { displayWidth, fit, oneLine } from "./table.js";
import { clock } from "./time.js";

export interface LineStyle {
  readonly paint: Paint;
  readonly ids: boolean;
  /** Type and payload's gist only. */
  readonly compact: boolean;
  /** Columns of the terminal; lines are cut there. */
  readonly width: number | undefined;
}

const TYPE_COLUMNS = 34;
const APP_COLUMNS = 30;

export function eventLine(stored: StoredEvent, { paint, ids, compact, width }: LineStyle): string {
  const type = oneLine(stored.event_type || "?");
  const app = oneLine(stored.source_app);
  const head = [
    compact ? clock(stored.received_at).slice(-12, -4) : clock(stored.received_at),
    ...(ids ? [oneLine(stored.event_id)] : []),
    pad(type, TYPE_COLUMNS),
    ...(compact ? [] : [pad(app, APP_COLUMNS)]),
  ];
  const used = head.reduce((sum, part) => sum + displayWidth(part) + 2, 0) + (stored.valid ? 0 : 2);
  const gist = summary(stored.event);
  const room = width === undefined ? gist : width - used < 8 ? "" : fit(gist, width - used);
  const painted = head.map((part) => {
    if (part.startsWith(type)) return paintType(paint, type, part);
    return ids && part === head[1] ? paint.dim(part) : part;
  });
  const [time = "", ...rest] = painted;
  const mark = stored.valid ? "" : `${paint.red("✗")} `;
  return [paint.dim(time), ...rest, mark + room].join("  ").trimEnd();
}

/** The payload's plain values, the telling ones first. */
export function summary(event: unknown): string {
  if (typeof event !== "object" || event === null || !("payload" in event)) return "(not an event)";
  const { payload } = event;
  if (typeof payload !== "object" || payload === null) return "";
  const telling = ["title", "topic", "name", "message", "error_message", "text", "prompt", "file_path"];
  const rank = (key: string) => (telling.includes(key) ? telling.indexOf(key) : telling.length);
  return Object.entries(payload)
    .filter(([, value]) => value !== null && value !== "" && typeof value !== "object")
    .sort(([a], [b]) => rank(a) - rank(b))
    .slice(0, 5)
    .map(
      ([key, value]) =>
        `${oneLine(key)}=${oneLine(typeof value === "string" ? fit(quoted(value), 60) : String(value))}`,
    )
    .join(" ");
}

const quoted = (text: string): string => (/[\s="]/.test(text) ? JSON.stringify(text) : text);
const pad = (text: string, columns: number): string =>
  text + " ".repeat(Math.max(0, columns - displayWidth(text)));

/** Everything that is known of it. */
export function eventPage(stored: StoredEvent, paint: Paint): readonly string[] {
  const row = (name: string, value: string) => `${paint.dim(name.padEnd(12))}${value}`;
  return [
    paint.bold(paintType(paint, stored.event_type, oneLine(stored.event_type))),
    row("id", oneLine(stored.event_id)),
    row("time", oneLine(stored.timestamp)),
    row("received", `${stored.received_at}, position ${stored.position}`),
    row("source", oneLine(stored.source_app)),
    row("version", oneLine(stored.version)),
    row("causes", stored.correlation_ids.length > 0 ? oneLine(stored.correlation_ids.join(", ")) : "none"),
    row("routed", oneLine(`${stored.exchange || "(default exchange)"} by ${stored.routing_key}`)),
    ...(stored.duplicates > 0 ? [row("copies", `${stored.duplicates} more arrived`)] : []),
    row("contract", stored.valid ? paint.green("kept") : paint.red("broken")),
    ...stored.violations.map(({ pointer, message }) => `  ${oneLine(`${pointer || "/"}  ${message}`)}`),
    "",
    JSON.stringify(stored.event, null, 2),
  ];
}
