import type { ApiTranscript } from "./api-types.js";

/**
 * What is still missing of a transcript, or `undefined` when it is whole. Fireflies' answer may run ahead of its
 * sentences; a silent meeting has none and is whole. The summary is made later by design, and not waited for.
 */
export function missingPart(transcript: ApiTranscript): string | undefined {
  const { sentences } = transcript;
  if (transcript.meeting_info?.silent_meeting === true) return undefined;
  if (sentences === null || sentences === undefined || sentences.length === 0)
    return "it has no sentences yet";
  const unfinished = sentences.findIndex(
    ({ text, raw_text, end_time }) => (text ?? raw_text ?? "") === "" || (end_time ?? "") === "",
  );
  return unfinished === -1 ? undefined : `sentence ${unfinished} has no text or no end yet`;
}
