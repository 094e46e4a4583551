import { readFileSync } from "node:fs";
import type { ApiTranscript } from "../src/fireflies/api-types.js";

export const meetingBytes = readFileSync(
  new URL("../../../examples/fireflies/meeting.json", import.meta.url),
);

/** The example meeting, as the API returns it. */
export const meeting: ApiTranscript = JSON.parse(meetingBytes.toString("utf8")).data.transcript;
