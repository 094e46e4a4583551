/**
 * Everything that goes wrong in the broker. Two tables: what an AMQP peer is told (reply codes of AMQP 0-9-1 §1.1,
 * worded as RabbitMQ words them, since that is what people search for), and what whoever starts the broker is told.
 */

/** How much an error breaks: the message alone, the channel it came on, or the whole connection. */
export type Reach = "message" | "channel" | "connection";

interface Reply {
  readonly code: number;
  readonly reach: Reach;
}

export const REPLIES = {
  SUCCESS: { code: 200, reach: "connection" },
  CONTENT_TOO_LARGE: { code: 311, reach: "channel" },
  NO_ROUTE: { code: 312, reach: "message" },
  NO_CONSUMERS: { code: 313, reach: "channel" },
  CONNECTION_FORCED: { code: 320, reach: "connection" },
  INVALID_PATH: { code: 402, reach: "connection" },
  ACCESS_REFUSED: { code: 403, reach: "channel" },
  NOT_FOUND: { code: 404, reach: "channel" },
  RESOURCE_LOCKED: { code: 405, reach: "channel" },
  PRECONDITION_FAILED: { code: 406, reach: "channel" },
  FRAME_ERROR: { code: 501, reach: "connection" },
  SYNTAX_ERROR: { code: 502, reach: "connection" },
  COMMAND_INVALID: { code: 503, reach: "connection" },
  CHANNEL_ERROR: { code: 504, reach: "connection" },
  UNEXPECTED_FRAME: { code: 505, reach: "connection" },
  RESOURCE_ERROR: { code: 506, reach: "connection" },
  NOT_ALLOWED: { code: 530, reach: "connection" },
  NOT_IMPLEMENTED: { code: 540, reach: "connection" },
  INTERNAL_ERROR: { code: 541, reach: "connection" },
} as const satisfies Record<string, Reply>;

export type ReplyName = keyof typeof REPLIES;

/** What a peer is told in `channel.close`, `connection.close` or `basic.return`. */
export class AmqpError extends Error {
  readonly reply: ReplyName;
  readonly reach: Reach;
  readonly replyCode: number;

  /** `reach` is the reply's own unless given: during the handshake even a 403 ends the connection. */
  constructor(reply: ReplyName, detail: string, reach: Reach = REPLIES[reply].reach) {
    super(detail === "" ? reply : `${reply} - ${detail}`);
    this.name = "AmqpError";
    this.reply = reply;
    this.reach = reach;
    this.replyCode = REPLIES[reply].code;
  }

  get replyText(): string {
    return asReplyText(this.message);
  }
}

/** Cut to the 255 bytes that a reply text may have, between two characters: clients read it as UTF-8. */
export function asReplyText(text: string): string {
  if (Buffer.byteLength(text) <= 255) return text;
  let end = 252;
  while (Buffer.byteLength(text.slice(0, end)) > 252) end--;
  return `${text.slice(0, end)}...`;
}

/** A thing's name as RabbitMQ's messages give it: `queue 'orders' in vhost '/'`. */
export function nameOf(kind: "queue" | "exchange", name: string, vhost: string): string {
  return `${kind} '${name}' in vhost '${vhost}'`;
}

export function notFound(kind: "queue" | "exchange", name: string, vhost: string): AmqpError {
  return new AmqpError("NOT_FOUND", `no ${nameOf(kind, name, vhost)}`);
}

export function preconditionFailed(detail: string): AmqpError {
  return new AmqpError("PRECONDITION_FAILED", detail);
}

export function unknownDeliveryTag(tag: number): AmqpError {
  return preconditionFailed(`unknown delivery tag ${tag}`);
}

export function exclusiveElsewhere(queue: string, vhost: string): AmqpError {
  return new AmqpError(
    "RESOURCE_LOCKED",
    `cannot obtain exclusive access to locked ${nameOf("queue", queue, vhost)}. It could be originally declared on another connection or the exclusive property value does not match that of the original declaration.`,
  );
}

export function accessRefused(detail: string): AmqpError {
  return new AmqpError("ACCESS_REFUSED", detail);
}

export function syntaxError(detail: string): AmqpError {
  return new AmqpError("SYNTAX_ERROR", detail);
}

export function frameError(detail: string): AmqpError {
  return new AmqpError("FRAME_ERROR", detail);
}

export function commandInvalid(detail: string): AmqpError {
  return new AmqpError("COMMAND_INVALID", detail);
}

export function notAllowed(detail: string): AmqpError {
  return new AmqpError("NOT_ALLOWED", detail);
}

export function notImplemented(detail: string): AmqpError {
  return new AmqpError("NOT_IMPLEMENTED", detail);
}

/** What `startBroker` rejects with, and what the log names. Codes are stable and never reused. */
export const BROKER_ERRORS = {
  DATA_DIR_IN_USE: "Another process uses the data directory.",
  PORT_IN_USE: "Something else listens on the port.",
  LISTEN_FAILED: "The address cannot be listened on.",
  LOG_DAMAGED: "A record of the log is damaged; the rest was kept.",
  LOG_UNREADABLE: "The log cannot be read.",
  FORMAT_UNKNOWN: "The data directory was written by a newer version.",
  WRITE_FAILED: "The log could not be written; persistent publishes are refused.",
  DEFINITIONS_INVALID: "The definitions file cannot be applied.",
  TLS_INVALID: "The certificate or its key cannot be used.",
} as const;

export type BrokerErrorCode = keyof typeof BROKER_ERRORS;

export class BrokerError extends Error {
  readonly code: BrokerErrorCode;

  constructor(code: BrokerErrorCode, message: string = BROKER_ERRORS[code], options?: ErrorOptions) {
    super(message, options);
    this.name = "BrokerError";
    this.code = code;
  }
}
