/** One question to Fireflies' GraphQL API, and what each kind of answer means. Nothing is retried here. */
import { fetchText, mayPass, retryAfter } from "@33god/service-kit";
import { FirefliesError } from "../errors.js";
import type { ApiTranscript } from "./api-types.js";
import { TRANSCRIPT_QUERY } from "./query.js";
import { missingPart } from "./readiness.js";
import { shapeViolations } from "./transcript-shape.js";

export interface FirefliesApi {
  readonly url: string;
  readonly key: string;
  /** Milliseconds for the whole answer; 30,000 by default. */
  readonly timeout?: number;
  readonly now?: () => number;
}

interface GraphqlError {
  readonly message?: string;
  readonly code?: string;
  readonly extensions?: {
    readonly code?: string;
    readonly status?: number;
    readonly metadata?: { readonly retryAfter?: unknown };
  };
}

/** Codes (docs.fireflies.ai, miscellaneous/error-codes) after which only a person can help. */
const PERMANENT = new Set([
  "auth_failed",
  "invalid_arguments",
  "args_required",
  "forbidden",
  "paid_required",
  "not_in_team",
  "require_elevated_privilege",
  "account_cancelled",
]);

/** The whole transcript. Rejects with a `FirefliesError` that says whether to try again, and when. */
export async function fetchTranscript(
  api: FirefliesApi,
  id: string,
  signal: AbortSignal,
): Promise<ApiTranscript> {
  const { status, headers, body } = await ask(api, id, signal);
  const answer = parse(body);
  const error = firstError(answer);
  const now = (api.now ?? Date.now)();
  if (status === 429 || error?.code === "too_many_requests") {
    const wait = retryAfter(headers.get("retry-after"), now) ?? announced(error?.retryAfter, now);
    throw new FirefliesError("RATE_LIMITED", `Fireflies' rate limit is used up (transcript ${id})`, {
      retryAfter: wait,
    });
  }
  if (error !== undefined && PERMANENT.has(error.code))
    throw new FirefliesError(
      "API_REFUSED",
      `Fireflies refused transcript ${id}: ${error.message} (${error.code})`,
      {
        permanent: true,
      },
    );
  // An unknown id may become known: the webhook can be quicker than the index.
  if ((status < 200 || status > 299) && error?.code !== "object_not_found")
    throw new FirefliesError(
      mayPass(status) ? "API_UNAVAILABLE" : "API_REFUSED",
      `Fireflies answered ${status} for transcript ${id}${error ? `: ${error.message}` : ""}`,
      // A wrong key, a wrong query: no later answer will differ.
      { permanent: !mayPass(status) },
    );
  if (answer === undefined)
    throw new FirefliesError("API_UNAVAILABLE", `Fireflies' answer for transcript ${id} is not JSON`);
  const transcript = transcriptOf(answer);
  if (transcript === undefined)
    throw new FirefliesError(
      "NOT_READY",
      `Fireflies does not know transcript ${id} yet${error ? `: ${error.message}` : ""}`,
    );
  const missing = error ? `it is incomplete: ${error.message}` : wrongPart(transcript);
  if (missing !== undefined)
    throw new FirefliesError("NOT_READY", `transcript ${id} is not whole yet: ${missing}`);
  return { ...(transcript as ApiTranscript), id };
}

function wrongPart(transcript: object): string | undefined {
  const [first] = shapeViolations(transcript).filter(({ pointer }) => pointer !== "/id");
  return first ? `${first.pointer} ${first.message}` : missingPart(transcript as ApiTranscript);
}

async function ask(api: FirefliesApi, id: string, signal: AbortSignal) {
  const patience = api.timeout ?? 30_000;
  try {
    const { response, text } = await fetchText(
      api.url,
      {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json",
          authorization: `Bearer ${api.key}`,
        },
        body: JSON.stringify({ query: TRANSCRIPT_QUERY, variables: { transcriptId: id } }),
      },
      patience,
      signal,
    );
    return { status: response.status, headers: response.headers, body: text };
  } catch (cause) {
    if (signal.aborted) throw cause;
    const late = cause instanceof Error && cause.name === "TimeoutError";
    const why = late ? `no answer within ${patience} ms` : reasonOf(cause);
    throw new FirefliesError("API_UNAVAILABLE", `Fireflies could not be asked for transcript ${id}: ${why}`, {
      cause,
    });
  }
}

/** `fetch` hides what happened ("fetch failed") in the cause. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function parse(body: string): object | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function firstError(answer: object | undefined) {
  const errors = answer !== undefined && "errors" in answer ? answer.errors : undefined;
  const error: GraphqlError | undefined = Array.isArray(errors) ? errors[0] : undefined;
  return (
    error && {
      code: error.extensions?.code ?? error.code ?? "unknown",
      message: error.message ?? "unnamed error",
      retryAfter: error.extensions?.metadata?.retryAfter,
    }
  );
}

/** `extensions.metadata.retryAfter`: a moment, as epoch milliseconds or a date, or a number of seconds. */
function announced(value: unknown, now: number): number | undefined {
  if (typeof value === "number" && value > 1e9)
    return Math.max(0, (value > 1e12 ? value : value * 1_000) - now);
  return typeof value === "number" || typeof value === "string" ? retryAfter(String(value), now) : undefined;
}

function transcriptOf(answer: object): object | undefined {
  const data: unknown = "data" in answer ? answer.data : undefined;
  if (typeof data !== "object" || data === null || !("transcript" in data)) return undefined;
  return typeof data.transcript === "object" && data.transcript !== null ? data.transcript : undefined;
}
