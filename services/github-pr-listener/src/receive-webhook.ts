/**
 * The door for GitHub's webhooks. Speaks no HTTP itself: whoever owns the port hands in headers and bytes.
 *
 * GitHub does not repeat a delivery by itself, but people do; the event's id is derived from repository and number,
 * so that a pull request is created once, whatever is delivered how often.
 */
import { ContractViolation, eventId } from "@33god/bloodbank";
import { type CreatedPullRequest, readPullRequest } from "./pull-request.js";
import { signatureHolds } from "./signature.js";

export const PR_CREATED = "github.pr.created";

/** Codes are stable: they are the problem documents' too. */
export const ERROR_CODES = {
  INVALID_SIGNATURE: "X-Hub-Signature-256 is missing or does not belong to this body.",
  MISSING_EVENT: "X-GitHub-Event is missing: this is no webhook of GitHub.",
  MALFORMED_JSON: "The body is not JSON in UTF-8.",
  WRONG_SHAPE: "The body is not GitHub's pull_request webhook.",
  BUS_UNAVAILABLE: "The event could not be put on the bus; deliver it again.",
} as const;

export interface GithubWebhookRequest {
  /** Names in lower case, as Node gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The bytes that were signed. */
  readonly rawBody: Uint8Array;
  /** `GITHUB_WEBHOOK_SECRET`; without one, signatures are not asked for. */
  readonly secret?: string | undefined;
  /** Resolves when the event is confirmed. */
  readonly publish: (
    type: typeof PR_CREATED,
    payload: CreatedPullRequest,
    options: { readonly eventId: string },
  ) => Promise<unknown>;
}

export interface GithubWebhookResponse {
  readonly status: 202 | 400 | 401 | 422 | 503;
  readonly contentType: "application/json" | "application/problem+json";
  readonly body: Readonly<Record<string, unknown>>;
  /** What to count. */
  readonly outcome: "accepted" | "ignored" | "refused" | "failed";
  readonly event_id?: string;
}

/** Never rejects: what goes wrong is an answer. */
export async function receiveGithubWebhook(request: GithubWebhookRequest): Promise<GithubWebhookResponse> {
  const { rawBody, secret } = request;
  const header = (name: string) => {
    const value = request.headers[name];
    return typeof value === "string" ? value : value?.[0];
  };
  if (secret !== undefined && !signatureHolds(header("x-hub-signature-256"), rawBody, secret))
    return problem(401, "INVALID_SIGNATURE", "Wrong signature");
  const event = header("x-github-event");
  if (event === undefined) return problem(400, "MISSING_EVENT", "Not a webhook of GitHub");
  let webhook: unknown;
  try {
    webhook = JSON.parse(textOf(rawBody, header("content-type")));
  } catch (error) {
    return problem(400, "MALFORMED_JSON", "Malformed JSON", {
      detail: `The body is not JSON: ${messageOf(error)}.`,
    });
  }
  if (event !== "pull_request" || actionOf(webhook) !== "opened")
    return {
      status: 202,
      contentType: "application/json",
      body: { accepted: false, event, reason: "this event starts no work" },
      outcome: "ignored",
    };
  const reading = readPullRequest(webhook);
  if (!reading.valid) return wrongShape(reading.violations);
  const { payload } = reading;
  const id = eventId(PR_CREATED, { repository: payload.repository, number: payload.number });
  try {
    await request.publish(PR_CREATED, payload, { eventId: id });
  } catch (error) {
    if (error instanceof ContractViolation) return wrongShape(error.violations);
    return problem(503, "BUS_UNAVAILABLE", "The bus did not confirm", {
      detail: `${ERROR_CODES.BUS_UNAVAILABLE} ${messageOf(error)}`,
    });
  }
  return {
    status: 202,
    contentType: "application/json",
    body: { accepted: true, event_id: id, event_type: PR_CREATED },
    outcome: "accepted",
    event_id: id,
  };
}

/** GitHub sends JSON, or a form whose `payload` is that JSON. */
function textOf(rawBody: Uint8Array, contentType: string | undefined): string {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(rawBody);
  if (!contentType?.startsWith("application/x-www-form-urlencoded")) return text;
  return new URLSearchParams(text).get("payload") ?? "";
}

function actionOf(webhook: unknown): unknown {
  return typeof webhook === "object" && webhook !== null && "action" in webhook ? webhook.action : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function wrongShape(
  violations: readonly { readonly pointer: string; readonly message: string }[],
): GithubWebhookResponse {
  return problem(422, "WRONG_SHAPE", "Not a pull_request webhook", {
    detail: violations.map(({ pointer, message }) => `${pointer} ${message}`).join("; "),
    violations,
  });
}

/** RFC 9457. */
function problem(
  status: 400 | 401 | 422 | 503,
  code: keyof typeof ERROR_CODES,
  title: string,
  more: { readonly detail?: string; readonly violations?: readonly object[] } = {},
): GithubWebhookResponse {
  return {
    status,
    contentType: "application/problem+json",
    body: { type: "about:blank", title, status, code, detail: ERROR_CODES[code], ...more },
    outcome: status === 503 ? "failed" : "refused",
  };
}
