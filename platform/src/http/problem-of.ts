/** Whatever was thrown, as the problem that it is. */
import { BloodbankError, ContractViolation, PublishRefused } from "@33god/bloodbank";
import { StoreError, type StoreErrorCode } from "@33god/candystore";
import { messageOf, systemCode } from "../errors.js";
import { ManagementError } from "../management/client.js";
import { Problem } from "./problem.js";
import type { ProblemCode } from "./problem-codes.js";

/** Fastify's refusals, by their codes. */
const FASTIFY: Readonly<Record<string, ProblemCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "TOO_LARGE",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "UNSUPPORTED_MEDIA_TYPE",
  FST_ERR_CTP_EMPTY_JSON_BODY: "MALFORMED_JSON",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "BAD_REQUEST",
  FST_ERR_VALIDATION: "BAD_REQUEST",
  FST_ERR_BAD_URL: "BAD_REQUEST",
  FST_ERR_MAX_PARAM_LENGTH: "BAD_REQUEST",
};

/** The store's errors; what is not here is that the store cannot be asked. */
const STORE: Partial<Record<StoreErrorCode, ProblemCode>> = {
  INVALID_FILTER: "BAD_REQUEST",
  INVALID_LIMIT: "BAD_REQUEST",
  INVALID_CURSOR: "BAD_CURSOR",
  INVALID_REPLAY: "BAD_REQUEST",
  INVALID_IMPORT: "BAD_REQUEST",
  INVALID_RETENTION: "BAD_REQUEST",
  UNKNOWN_EVENT: "EVENT_NOT_FOUND",
  UNKNOWN_QUEUE: "QUEUE_NOT_FOUND",
  UNKNOWN_REPLAY: "REPLAY_NOT_FOUND",
  REPLAY_STATE: "CONFLICT",
  FILE_EXISTS: "CONFLICT",
  STORE_FAILED: "INTERNAL",
};

/** `undefined`: nobody foresaw it. */
export function problemOf(error: unknown): Problem | undefined {
  if (error instanceof Problem) return error;
  if (error instanceof ContractViolation) return contractProblem(error);
  if (error instanceof PublishRefused)
    return new Problem("PUBLISH_REFUSED", error.message, { event_id: error.eventId }, { cause: error });
  if (error instanceof BloodbankError && BAD_ACTS.has(error.code))
    return new Problem(
      error.code === "DEAD_LETTER_NOT_FOUND" ? error.code : "BAD_REQUEST",
      error.message,
      {},
      { cause: error },
    );
  if (error instanceof BloodbankError && BUS_AWAY.has(error.code))
    return new Problem("BUS_UNAVAILABLE", error.message, {}, { cause: error });
  if (error instanceof StoreError)
    return new Problem(STORE[error.code] ?? "STORE_UNAVAILABLE", error.message, {}, { cause: error });
  if (error instanceof ManagementError)
    return new Problem("MANAGEMENT_UNAVAILABLE", error.message, {}, { cause: error });
  const code = FASTIFY[systemCode(error) ?? ""];
  if (code === undefined) return clientFault(error);
  return new Problem(code, messageOf(error), violationsOf(error), { cause: error });
}

const BUS_AWAY: ReadonlySet<string> = new Set([
  "PUBLISH_TIMEOUT",
  "BUFFER_FULL",
  "NOT_STARTED",
  "BROKER_UNREACHABLE",
  "PUBLISH_REJECTED",
]);

/** What an operator asked for and cannot be done. */
const BAD_ACTS: ReadonlySet<string> = new Set([
  "DEAD_LETTER_NOT_FOUND",
  "EMPTY_FILTER",
  "REASON_REQUIRED",
  "UNROUTABLE_COPY",
]);

export function contractProblem(error: ContractViolation): Problem {
  const code = error.code as
    | "CONTRACT_VIOLATION"
    | "UNKNOWN_EVENT_TYPE"
    | "ROUTING_KEY_MISMATCH"
    | "MALFORMED_JSON";
  const [first] = error.nearest;
  return new Problem(
    code,
    error.message,
    {
      violations: error.violations,
      nearest: error.nearest,
      ...(first !== undefined && { hint: `Did you mean ${first}?` }),
    },
    { cause: error },
  );
}

/** Fastify marks what the client did wrong with a status; a thrown 4xx is never ours. */
function clientFault(error: unknown): Problem | undefined {
  if (typeof error !== "object" || error === null || !("statusCode" in error)) return undefined;
  const { statusCode } = error;
  if (statusCode === 429) return new Problem("TOO_MANY_REQUESTS", messageOf(error));
  if (typeof statusCode === "number" && statusCode >= 400 && statusCode < 500)
    return new Problem("BAD_REQUEST", messageOf(error), {}, { cause: error });
  return undefined;
}

/** Fastify's own check of query, path and body, as pointers. */
function violationsOf(error: unknown): {
  violations?: { pointer: string; keyword: string; message: string }[];
} {
  if (typeof error !== "object" || error === null || !("validation" in error)) return {};
  const { validation } = error;
  if (!Array.isArray(validation)) return {};
  const where = "validationContext" in error ? String(error.validationContext) : "";
  return {
    violations: validation.map(({ instancePath = "", keyword = "", message = "" }) => ({
      pointer: `/${where}${instancePath}`,
      keyword,
      message,
    })),
  };
}
