/** What a request is answered, and what is thrown where it cannot be: RabbitMQ's error bodies. */
import { AmqpError } from "../errors.js";

export interface Answer {
  readonly status: number;
  /** Absent: no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const noContent: Answer = { status: 204 };
export const created: Answer = { status: 201 };

/** Any answer that is not a success. */
export class ManagementError extends Error {
  readonly status: number;
  readonly error: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, error: string, reason: string, headers: Readonly<Record<string, string>> = {}) {
    super(reason);
    this.name = "ManagementError";
    this.status = status;
    this.error = error;
    this.headers = headers;
  }
}

export const missing = () => new ManagementError(404, "Object Not Found", "Not Found");
export const badRequest = (reason: string) => new ManagementError(400, "bad_request", reason);
export const invalid = (reason: string) => badRequest(`Validation failed\n\n${reason}\n`);
export const forbidden = (reason: string) => new ManagementError(401, "not_authorised", reason);

/** RabbitMQ answers a refused act as its own client library would have been refused. */
export function errorOf(thrown: unknown): ManagementError {
  if (thrown instanceof ManagementError) return thrown;
  if (thrown instanceof AmqpError) {
    const reason = thrown.message.replace(/^[A-Z_]+ - /, "");
    if (thrown.reply === "ACCESS_REFUSED") return forbidden("Access refused.");
    if (thrown.reply === "NOT_FOUND") return new ManagementError(404, "not_found", reason);
    return badRequest(reason);
  }
  return new ManagementError(500, "internal_error", "An error in the broker; its log has the cause.");
}
