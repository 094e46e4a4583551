/**
 * The door: from an HTTP request's bytes to a confirmed work item, or to the reason why not. It speaks no HTTP
 * itself; whoever owns the port hands in headers and bytes and sends back what it returns.
 *
 * 202 with `event_id` is answered only after `enqueue` resolved, that is, when the broker has the webhook on disk.
 */
import { eventId } from "@33god/bloodbank";
import { ERROR_CODES, type ErrorCode } from "../errors.js";
import { signatureHolds } from "./signature.js";
import { readWebhook } from "./webhook.js";

export interface WorkItem {
  /** The webhook exactly as it came. */
  readonly body: Uint8Array;
  /** The id of the event that it becomes: a repeated webhook has the same. */
  readonly messageId: string;
}

export interface WebhookRequest {
  /** Names in lower case, as Node gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes that were signed: never a parsed and re-written body. */
  readonly rawBody: Uint8Array;
  /** `FIREFLIES_WEBHOOK_SECRET`; without one, signatures are not asked for. */
  readonly secret?: string | undefined;
  /** Resolves when the item is confirmed to be on `services.fireflies.webhook`. */
  readonly enqueue: (item: WorkItem) => Promise<void>;
}

/** What to count: the label of a metric. */
export type WebhookOutcome = "accepted" | "ignored" | "refused" | "failed";

export interface WebhookResponse {
  readonly status: 202 | 400 | 401 | 422 | 503;
  readonly contentType: "application/json" | "application/problem+json";
  readonly body: Readonly<Record<string, unknown>>;
  readonly outcome: WebhookOutcome;
  /** The id that the event will have; only where work was started. */
  readonly event_id?: string;
}

export const READY_EVENT = "fireflies.transcript.ready";

/** The id of the event that a meeting's transcript becomes, whoever reports it and how often. */
export const readyEventId = (meetingId: string): string => eventId(READY_EVENT, { id: meetingId });

/** Never rejects: what goes wrong is an answer. */
export async function receiveWebhook(request: WebhookRequest): Promise<WebhookResponse> {
  const { headers, rawBody, secret } = request;
  if (secret !== undefined) {
    const given = headers["x-hub-signature"];
    const signature = typeof given === "string" ? given : given?.[0];
    if (!signatureHolds(signature, rawBody, secret))
      return problem(401, "INVALID_SIGNATURE", "Wrong signature");
  }
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(rawBody));
  } catch (error) {
    return problem(400, "MALFORMED_JSON", "Malformed JSON", {
      detail: `The body is not JSON: ${error instanceof Error ? error.message : String(error)}.`,
    });
  }
  const reading = readWebhook(document);
  if (!reading.valid)
    return problem(422, "WRONG_SHAPE", "Not a Fireflies webhook", {
      detail: reading.violations
        .map(({ pointer, message }) => `${pointer || "the body"} ${message}`)
        .join("; "),
      violations: reading.violations,
    });
  const { webhook } = reading;
  if (webhook.kind === "other")
    return {
      status: 202,
      contentType: "application/json",
      body: { accepted: false, event: webhook.event, reason: "this event starts no work" },
      outcome: "ignored",
    };
  const id = readyEventId(webhook.meetingId);
  try {
    await request.enqueue({ body: rawBody, messageId: id });
  } catch (error) {
    return problem(503, "BUS_UNAVAILABLE", "The bus did not confirm", {
      detail: `${ERROR_CODES.BUS_UNAVAILABLE} ${error instanceof Error ? error.message : String(error)}`,
    });
  }
  return {
    status: 202,
    contentType: "application/json",
    body: { accepted: true, event_id: id, event_type: READY_EVENT, transcript_id: webhook.meetingId },
    outcome: "accepted",
    event_id: id,
  };
}

/** RFC 9457. */
function problem(
  status: 400 | 401 | 422 | 503,
  code: ErrorCode,
  title: string,
  more: { readonly detail?: string; readonly violations?: readonly object[] } = {},
): WebhookResponse {
  return {
    status,
    contentType: "application/problem+json",
    body: { type: "about:blank", title, status, code, detail: ERROR_CODES[code], ...more },
    outcome: status === 503 ? "failed" : "refused",
  };
}
