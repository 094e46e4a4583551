/**
 * TheBoard's HTTP API, as far as a meeting is created there: `POST /meetings`, with the meeting's id as the
 * `Idempotency-Key`, so that a repetition creates no second one. TheBoard publishes the creation itself.
 */
import { NonRetryable } from "@33god/bloodbank";
import { fetchText, mayPass, pause, retryAfter } from "@33god/service-kit";
import type { Meeting } from "./requests.js";

export interface TheBoard {
  readonly url: string;
  /** Milliseconds for the whole answer; 15,000 by default. */
  readonly timeout?: number;
}

/** A `Retry-After` up to this many milliseconds is waited for before the retry ladder takes over. */
const PATIENCE = 30_000;

/** Resolves when TheBoard has the meeting. Rejects with `NonRetryable` where it refuses for good. */
export async function createMeeting(board: TheBoard, meeting: Meeting, signal: AbortSignal): Promise<void> {
  const { response, text } = await fetchText(
    `${board.url.replace(/\/+$/, "")}/meetings`,
    {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": meeting.meeting_id },
      body: JSON.stringify(meeting),
    },
    board.timeout ?? 15_000,
    signal,
  );
  const answer = text.slice(0, 500);
  // 409: an earlier attempt came through, and its answer got lost.
  if (response.ok || response.status === 409) return;
  const refusal = `TheBoard answered ${response.status} to meeting ${meeting.meeting_id}: ${answer}`;
  if (!mayPass(response.status)) throw new NonRetryable(refusal);
  const wait = retryAfter(response.headers.get("retry-after"), Date.now());
  if (wait !== undefined && wait <= PATIENCE) await pause(wait, signal);
  throw new Error(refusal);
}
