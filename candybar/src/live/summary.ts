/** What a row of the live list shows of an event: small, so that thousands can be kept. */
import type { StoredEvent, Violation } from "../api/schemas.js";

export interface EventSummary {
  readonly position: number;
  readonly id: string;
  readonly type: string;
  readonly version: string;
  readonly source: string;
  readonly valid: boolean;
  /** The platform calls it valid, and this page's own check does not. */
  readonly doubtful: boolean;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** The payload's most telling values, or what is wrong with it. */
  readonly text: string;
}

/** Names that tell a person more than others, best first. */
const TELLING = [
  "title",
  "topic",
  "file_path",
  "error_message",
  "message",
  "prompt",
  "text",
  "name",
  "agent_name",
  "reason",
];

const short = (value: unknown) => {
  const text = String(value).replaceAll(/\s+/g, " ");
  return text.length > 90 ? `${text.slice(0, 89)}…` : text;
};

/** The payload in one line. */
export function telling(payload: unknown): string {
  if (payload === null || typeof payload !== "object") return "";
  const entries = Object.entries(payload);
  const parts: string[] = [];
  for (const name of TELLING) {
    const value = (payload as Record<string, unknown>)[name];
    if (typeof value === "string" && value !== "") parts.push(short(value));
    if (parts.length === 2) break;
  }
  for (const [name, value] of entries) {
    if (parts.length >= 4) break;
    if (TELLING.includes(name) || name.endsWith("_id") || name === "id") continue;
    if (typeof value === "number" || typeof value === "boolean") parts.push(`${name} ${value}`);
    else if (Array.isArray(value) && value.length > 0) parts.push(`${name} [ ${value.length} ]`);
    else if (typeof value === "string" && value !== "" && parts.length < 2)
      parts.push(`${name} ${short(value)}`);
  }
  if (parts.length > 0) return parts.join(" · ");
  // Nothing but ids: better one of them than an empty row.
  const [id] = entries.filter(([, value]) => typeof value === "string" && value !== "");
  return id ? `${id[0]} ${short(id[1])}` : "";
}

/** @param doubts what this page's own check says of it */
export function summarize(stored: StoredEvent, doubts: readonly Violation[] = []): EventSummary {
  const event = stored.event as { payload?: unknown } | null | undefined;
  const [first] = stored.valid ? doubts : stored.violations;
  return {
    position: stored.position,
    id: stored.event_id,
    type: stored.event_type,
    version: stored.version,
    source: stored.source_app,
    valid: stored.valid,
    doubtful: stored.valid && first !== undefined,
    at: Date.parse(stored.received_at),
    text: !first ? telling(event?.payload) : `${first.pointer || "/"} ${first.message}`,
  };
}
