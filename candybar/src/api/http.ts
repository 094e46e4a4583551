/** One way to ask the platform something: a deadline, a check of what came, and an error a person can act on. */
import type * as z from "zod/mini";
import { problem, type Violation } from "./schemas.js";

/** The platform did not answer, refused, or answered something that is not what it promises. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;
  readonly hint: string;
  readonly violations: readonly Violation[];
  constructor(
    code: string,
    message: string,
    status: number,
    hint: string,
    violations: readonly Violation[] = [],
  ) {
    super(message);
    this.code = code;
    this.status = status;
    this.hint = hint;
    this.violations = violations;
  }
}

export const unreachable = () =>
  new ApiError("UNREACHABLE", "The platform does not answer.", 0, "Is it running? Start it with: npm start");

export const nonsense = (path: string) =>
  new ApiError(
    "NOT_UNDERSTOOD",
    `The answer to ${path} is not what this page understands.`,
    200,
    "The page and the platform may be of different versions. Reload the page; if it stays, restart the platform.",
  );

/** What an answer that is not 2xx means. */
export async function refusal(response: Response): Promise<ApiError> {
  const text = await response.text().catch(() => "");
  let parsed: ReturnType<typeof problem.safeParse> | undefined;
  try {
    parsed = problem.safeParse(JSON.parse(text));
  } catch {
    // Not a problem document: a proxy, or a platform that is going down.
  }
  const told = parsed?.success ? parsed.data : undefined;
  return new ApiError(
    told?.code ?? `HTTP_${response.status}`,
    told?.detail ?? told?.title ?? `The platform answered ${response.status} ${response.statusText}.`.trim(),
    response.status,
    told?.hint ??
      (response.status >= 500 ? "It may be starting or stopping. This page tries again by itself." : ""),
    told?.violations ?? [],
  );
}

/**
 * Asks and checks.
 *
 * @throws {ApiError} always this, never a bare network or JSON error. An abort passes through.
 */
export async function ask<Schema extends z.ZodMiniType>(
  schema: Schema,
  path: string,
  init: RequestInit & { deadline?: number } = {},
): Promise<z.infer<Schema>> {
  const { deadline = 10_000, signal, ...rest } = init;
  const limit = AbortSignal.timeout(deadline);
  let response: Response;
  let text: string;
  try {
    response = await fetch(path, {
      ...rest,
      headers: { accept: "application/json", ...rest.headers },
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    if (!response.ok) throw await refusal(response);
    text = await response.text();
  } catch (error) {
    if (error instanceof ApiError || signal?.aborted) throw error;
    if (limit.aborted) {
      throw new ApiError(
        "SLOW",
        `No answer within ${deadline / 1000} seconds.`,
        0,
        "The platform may be overloaded.",
      );
    }
    throw unreachable();
  }
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw nonsense(path);
  }
  const checked = schema.safeParse(body);
  if (!checked.success) throw nonsense(path);
  return checked.data;
}

export const post = <Schema extends z.ZodMiniType>(schema: Schema, path: string, body: unknown) =>
  ask(schema, path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
