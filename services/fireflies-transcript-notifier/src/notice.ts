/** What is told about an outcome: one sentence for a person, and the event for a program. */
import type { EventEnvelope } from "@33god/holyfields";

export interface Notice {
  readonly text: string;
  readonly level: "info" | "error";
  readonly event: EventEnvelope;
}

const said = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? `${value}` : "";

export function noticeOf(event: EventEnvelope): Notice {
  const { payload } = event;
  if (event.event_type === "fireflies.transcript.processed")
    return {
      text: `"${said(payload.title)}" is in the vault: ${said(payload.sentence_count)} sentences by ${said(payload.speaker_count)} speakers.`,
      level: "info",
      event,
    };
  const id = said(payload.transcript_id) || said(payload.media_file);
  const again = payload.is_retryable === true ? " It can be tried again." : "";
  return {
    text: `Transcript ${id || "(unnamed)"} failed in ${said(payload.failed_stage)}: ${said(payload.error_message)}.${again}`,
    level: "error",
    event,
  };
}
