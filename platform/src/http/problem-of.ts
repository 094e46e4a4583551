/** Whatever was thrown, as the problem that it is. */
import { BloodbankError, ContractViolation, type ErrorCode, PublishRefused } from "@33god/bloodbank";
import { StoreError, type StoreErrorCode } from "@33god/candystore";
import { nearestName } from "../config/nearest.js";
import { messageOf, systemCode } from "../errors.js";
import { ManagementError } from "../management/client.js";
import { Problem } from "./problem.js";
import type { ProblemCode } from "./problem-codes.js";

/** Characters of a value that a refusal shows. */
const SHOWN = 100;

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
  const badAct = error instanceof BloodbankError ? BAD_ACTS[error.code] : undefined;
  if (badAct !== undefined) return new Problem(badAct, messageOf(error), {}, { cause: error });
  if (error instanceof BloodbankError && BUS_AWAY.has(error.code))
    return new Problem("BUS_UNAVAILABLE", error.message, {}, { cause: error });
  if (error instanceof StoreError)
    return new Problem(STORE[error.code] ?? "STORE_UNAVAILABLE", error.message, {}, { cause: error });
  if (error instanceof ManagementError)
    return new Problem("MANAGEMENT_UNAVAILABLE", error.message, {}, { cause: error });
  const code = FASTIFY[systemCode(error) ?? ""];
  if (code === undefined) return clientFault(error);
  const violations = violationsOf(error);
  if (violations === undefined) return new Problem(code, messageOf(error), {}, { cause: error });
  const detail = violations.map(({ pointer, message }) => `${pointer} ${message}`).join("; ");
  return new Problem(code, detail, { violations }, { cause: error });
}

const BUS_AWAY: ReadonlySet<string> = new Set([
  "PUBLISH_TIMEOUT",
  "BUFFER_FULL",
  "NOT_STARTED",
  "BROKER_UNREACHABLE",
  "PUBLISH_REJECTED",
]);

/** What an operator asked for and cannot be done. */
const BAD_ACTS: Partial<Record<ErrorCode, ProblemCode>> = {
  DEAD_LETTER_NOT_FOUND: "DEAD_LETTER_NOT_FOUND",
  EMPTY_FILTER: "BAD_REQUEST",
  INVALID_CURSOR: "BAD_CURSOR",
  REASON_REQUIRED: "BAD_REQUEST",
  UNROUTABLE_COPY: "BAD_REQUEST",
};

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

/** What ajv found, as `lazy-validation` configures it. */
interface Finding {
  readonly instancePath: string;
  readonly keyword: string;
  readonly message?: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly data?: unknown;
  readonly parentSchema?: { readonly properties?: object };
}

/** Fastify's own check of query, path and body, as pointers. */
function violationsOf(
  error: unknown,
): readonly { pointer: string; keyword: string; message: string }[] | undefined {
  if (typeof error !== "object" || error === null || !("validation" in error)) return undefined;
  const { validation } = error;
  if (!Array.isArray(validation)) return undefined;
  const where = "validationContext" in error ? String(error.validationContext) : "";
  return validation.map((finding: Finding) => {
    const { at = "", message } = saidOf(finding);
    return { pointer: `/${where}${finding.instancePath}${at}`, keyword: finding.keyword, message };
  });
}

function saidOf({ keyword, message = "", params, data, parentSchema }: Finding): {
  readonly at?: string;
  readonly message: string;
} {
  if (keyword === "required")
    return { at: `/${params.missingProperty}`, message: "is required, but is missing" };
  if (keyword === "additionalProperties") {
    const name = String(params.additionalProperty);
    const meant = nearestName(name, Object.keys(parentSchema?.properties ?? {}));
    return {
      at: `/${name}`,
      message: `is not known here${meant === undefined ? "" : `; did you mean "${meant}"?`}`,
    };
  }
  const rule =
    keyword === "enum"
      ? `must be one of ${[params.allowedValues].flat().map(shown).join(", ")}`
      : keyword === "const"
        ? `must be ${shown(params.allowedValue)}`
        : message;
  return { message: `${rule}, but is ${shown(data)}` };
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "missing";
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
