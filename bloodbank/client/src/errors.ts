/**
 * Every error of the client: one row a code. Codes are stable and never reused; the platform maps them to its
 * problem documents, and `bb` to its hints.
 */
import type { Verdict, Violation } from "@33god/holyfields";

export const ERROR_CODES = {
  CONTRACT_VIOLATION: "The event breaks its contract; nothing was sent.",
  UNKNOWN_EVENT_TYPE: "No contract is known for the event type; nothing was sent.",
  ROUTING_KEY_MISMATCH: "The routing key differs from the event type.",
  MALFORMED_JSON: "The body is not JSON.",
  PUBLISH_REFUSED: "The broker refused the event (basic.nack); it is not on the bus.",
  PUBLISH_TIMEOUT: "No confirm within the deadline; the event may or may not be on the bus.",
  PUBLISH_REJECTED: "The broker closed the channel because of this event; it is not on the bus.",
  BUFFER_FULL: "The publisher's buffer stayed full until the deadline; nothing was sent.",
  NOT_STARTED: "start() was not called or failed, or close() was called.",
  ALREADY_STARTED: "It was started before; start() is called once, and handlers are registered before it.",
  BROKER_UNREACHABLE: "No broker answers at the given addresses.",
  TOPOLOGY_CONFLICT: "An exchange or queue of that name exists with other properties.",
  NO_HANDLER: "The queue received an event type that no handler was registered for.",
  NON_RETRYABLE: "The handler said that trying again is useless.",
  HANDLER_FAILED: "The handler rejected.",
  HANDLER_TIMEOUT: "The handler did not finish within its deadline.",
  POISON: "The message ended its consumer's process too often.",
  DEAD_LETTER_NOT_FOUND: "There is no such dead letter; it was redriven, discarded, or never here.",
  EMPTY_FILTER: "Nothing was chosen; say that all are meant, or which.",
  INVALID_CURSOR: "The cursor is broken or belongs to another list.",
  REASON_REQUIRED: "Letting messages go needs a reason.",
  UNROUTABLE_COPY: "The queue that a message should be moved to does not exist.",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

export class BloodbankError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string = ERROR_CODES[code], options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An event breaks its contract. Nothing left this process. */
export class ContractViolation extends BloodbankError {
  /** Every place where it does; never empty. */
  readonly violations: readonly Violation[];
  /** Known event types nearest to an unknown one. */
  readonly nearest: readonly string[];

  constructor(verdict: Extract<Verdict, { valid: false }>) {
    super(verdict.code, verdict.message);
    this.violations = verdict.violations;
    this.nearest = verdict.nearest;
  }
}

/** The event holds what JSON cannot: a bigint, or itself. */
export function notJson(event: unknown, thrown: unknown): ContractViolation {
  const message = `The event is not JSON: ${messageOf(thrown)}`;
  const violations = [{ pointer: "", keyword: "json", message }];
  return new ContractViolation({
    valid: false,
    code: "MALFORMED_JSON",
    message,
    violations,
    nearest: [],
    event,
  });
}

/** The broker answered with a nack: its admission found the event wrong, or a queue is full. */
export class PublishRefused extends BloodbankError {
  readonly eventId: string;

  constructor(eventId: string, eventType: string) {
    super(
      "PUBLISH_REFUSED",
      `The broker refused ${eventType} ${eventId}: its admission turned it down or a queue is full. \`bb quarantine\` shows why.`,
    );
    this.eventId = eventId;
  }
}

/** The broker closed the channel because of this one message: no such exchange, or too large for it. */
export class PublishRejected extends BloodbankError {
  readonly eventId: string;

  constructor(eventId: string, name: string, reason: Error) {
    super("PUBLISH_REJECTED", `The broker does not take ${name} ${eventId}: ${reason.message}`, {
      cause: reason,
    });
    this.eventId = eventId;
  }
}

/** The deadline passed before the confirm came. Publish again with the same event id: that makes no second event. */
export class PublishTimeout extends BloodbankError {
  readonly eventId: string;

  constructor(eventId: string, eventType: string, deadline: number, sent: boolean) {
    super(
      sent ? "PUBLISH_TIMEOUT" : "BUFFER_FULL",
      sent
        ? `${eventType} ${eventId} was not confirmed within ${deadline} ms. Publish it again with the same event_id to be sure.`
        : `${eventType} ${eventId} was not sent within ${deadline} ms: the broker is away or slower than this publisher.`,
    );
    this.eventId = eventId;
  }
}

/**
 * Thrown by a handler: trying again is useless. The message goes to the dead letters at once.
 *
 * @example
 * throw new NonRetryable("the meeting was deleted");
 */
export class NonRetryable extends BloodbankError {
  constructor(message: string, options?: ErrorOptions) {
    super("NON_RETRYABLE", message, options);
  }
}

/** The message of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return String(thrown.message);
  try {
    return String(thrown);
  } catch {
    return "something was thrown that has no text";
  }
}
