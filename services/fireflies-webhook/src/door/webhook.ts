/**
 * What may be posted to the door, told apart by its members:
 *
 * - V1 (docs.fireflies.ai, graphql-api/webhooks): `{ meetingId, eventType, clientReferenceId }`
 * - V2 (graphql-api/webhooks-v2): `{ event, timestamp, meeting_id, client_reference_id }`
 * - a whole transcript as the API returns it, bare, or in `{ data: { transcript } }` or `{ transcript }`
 */
import type { ApiTranscript } from "../fireflies/api-types.js";
import { missingPart } from "../fireflies/readiness.js";
import { type ShapeViolation, shapeViolations } from "../fireflies/transcript-shape.js";

export type Webhook =
  /** A transcript is ready to be fetched. */
  | { readonly kind: "transcribed"; readonly meetingId: string; readonly clientReferenceId?: string }
  | { readonly kind: "transcript"; readonly meetingId: string; readonly transcript: ApiTranscript }
  /** A webhook that starts no work. */
  | { readonly kind: "other"; readonly meetingId: string; readonly event: string };

export type Reading =
  | { readonly valid: true; readonly webhook: Webhook }
  | { readonly valid: false; readonly violations: readonly ShapeViolation[] };

const V1_TRANSCRIBED = "transcription completed";
const V2_TRANSCRIBED = "meeting.transcribed";

export function readWebhook(document: unknown): Reading {
  if (typeof document !== "object" || document === null || Array.isArray(document))
    return wrong({ pointer: "", message: "must be an object: a Fireflies webhook or a whole transcript" });
  const body = document as Readonly<Record<string, unknown>>;
  if ("eventType" in body || "meetingId" in body)
    return notification(body, ["eventType", "meetingId", "clientReferenceId"], V1_TRANSCRIBED);
  if ("event" in body || "meeting_id" in body)
    return notification(body, ["event", "meeting_id", "client_reference_id"], V2_TRANSCRIBED);
  return wholeTranscript(body);
}

function wrong(...violations: readonly ShapeViolation[]): Reading {
  return { valid: false, violations };
}

function notification(
  body: Readonly<Record<string, unknown>>,
  [eventName, idName, referenceName]: readonly [string, string, string],
  transcribed: string,
): Reading {
  const { [eventName]: event, [idName]: id, [referenceName]: reference } = body;
  const found: ShapeViolation[] = [];
  if (typeof event !== "string" || event === "")
    found.push({ pointer: `/${eventName}`, message: "must be the event's name, a string that is not empty" });
  if (typeof id !== "string" || id.trim() === "")
    found.push({ pointer: `/${idName}`, message: "must be the meeting's id, a string that is not empty" });
  if (reference !== undefined && reference !== null && typeof reference !== "string")
    found.push({ pointer: `/${referenceName}`, message: "must be a string or null" });
  if (found.length > 0 || typeof event !== "string" || typeof id !== "string") return wrong(...found);
  const meetingId = id.trim();
  if (event.toLowerCase() !== transcribed)
    return { valid: true, webhook: { kind: "other", meetingId, event } };
  return {
    valid: true,
    webhook: {
      kind: "transcribed",
      meetingId,
      ...(typeof reference === "string" && { clientReferenceId: reference }),
    },
  };
}

function wholeTranscript(body: Readonly<Record<string, unknown>>): Reading {
  const [found, at] = unwrapped(body);
  const violations = shapeViolations(found);
  if (violations.length > 0)
    return wrong(...violations.map(({ pointer, message }) => ({ pointer: at + pointer, message })));
  // `shapeViolations` found nothing against it.
  const transcript = found as ApiTranscript;
  const missing = missingPart(transcript);
  if (missing !== undefined)
    return wrong({ pointer: `${at}/sentences`, message: `the transcript is not whole: ${missing}` });
  return { valid: true, webhook: { kind: "transcript", meetingId: transcript.id.trim(), transcript } };
}

function unwrapped(body: Readonly<Record<string, unknown>>): readonly [object, string] {
  const { data, transcript } = body;
  if (isObject(data) && "transcript" in data && isObject(data.transcript))
    return [data.transcript, "/data/transcript"];
  return isObject(transcript) ? [transcript, "/transcript"] : [body, ""];
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
