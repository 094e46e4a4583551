/**
 * AgentForge's HTTP API, as far as feedback goes: `POST /agents/{agent_id}/feedback`, with the request's event id as
 * the `Idempotency-Key`. It answers `{ response, letta_agent_id?, metadata? }`.
 */
import { fetchText, mayPass, pause, retryAfter } from "@33god/service-kit";

export interface AgentForge {
  readonly url: string;
  /** Milliseconds for the whole answer; 60,000 by default: an agent thinks. */
  readonly timeout?: number;
}

export interface FeedbackRequest {
  readonly agent_id: string;
  readonly message: string;
  readonly letta_agent_id?: string | null;
  readonly context?: Readonly<Record<string, unknown>> | null;
  readonly tags?: readonly string[];
}

export interface FeedbackAnswer {
  readonly response: string;
  readonly letta_agent_id?: string;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** AgentForge said no, and would say it again. */
export class FeedbackRefused extends Error {
  readonly code = "FEEDBACK_REFUSED";
  override readonly name = "FeedbackRefused";
}

/** A `Retry-After` up to this many milliseconds is waited for before the retry ladder takes over. */
const PATIENCE = 30_000;

/** Rejects with `FeedbackRefused` where trying again is useless. */
export async function giveFeedback(
  forge: AgentForge,
  request: FeedbackRequest,
  idempotencyKey: string,
  signal: AbortSignal,
): Promise<FeedbackAnswer> {
  const { agent_id, ...body } = request;
  const base = forge.url.replace(/\/+$/, "");
  const { response, text } = await fetchText(
    `${base}/agents/${encodeURIComponent(agent_id)}/feedback`,
    {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": idempotencyKey },
      body: JSON.stringify(body),
    },
    forge.timeout ?? 60_000,
    signal,
  );
  if (response.ok) return answerOf(text);
  const refusal = `AgentForge answered ${response.status} for agent ${agent_id}: ${text.slice(0, 500)}`;
  if (!mayPass(response.status)) throw new FeedbackRefused(refusal);
  const wait = retryAfter(response.headers.get("retry-after"), Date.now());
  if (wait !== undefined && wait <= PATIENCE) await pause(wait, signal);
  throw new Error(refusal);
}

function answerOf(text: string): FeedbackAnswer {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch (cause) {
    throw new Error("AgentForge's answer is not JSON", { cause });
  }
  if (
    typeof answer !== "object" ||
    answer === null ||
    !("response" in answer) ||
    typeof answer.response !== "string"
  )
    throw new FeedbackRefused("AgentForge's answer has no `response`");
  const { response } = answer;
  const letta = "letta_agent_id" in answer ? answer.letta_agent_id : undefined;
  const metadata = "metadata" in answer ? answer.metadata : undefined;
  return {
    response,
    ...(typeof letta === "string" && { letta_agent_id: letta }),
    ...(typeof metadata === "object" && metadata !== null && { metadata: { ...metadata } }),
  };
}
