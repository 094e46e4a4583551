/**
 * What may be declared, bound, consumed and published, and RabbitMQ 3.10's words for what may not. Each function
 * throws the `AmqpError` that the client is to be sent.
 */
import { AmqpError, accessRefused, nameOf, notImplemented, preconditionFailed } from "../errors.js";
import { EXCHANGE_TYPES, type ExchangeType } from "../routing/router.js";
import { integerOf, type Table, TYPE_NAMES, textOf } from "../wire/table.js";
import { CONSUMER_CHECKS, QUEUE_CHECKS, REFUSED_ARGUMENTS, tooLong } from "./checks.js";
import type { ExchangeDeclaration, QueueDeclaration, QueueType } from "./declarations.js";

const RESERVED = "amq.";

/**
 * Checks a queue that does not exist yet. `name` is what the client asked for: empty for a server-named queue.
 * Whether the client may use the name at all is `assertNameNotReserved`'s business.
 */
export function validateQueue(queue: QueueDeclaration): QueueType {
  const type = queueTypeOf(queue);
  if (type === "quorum" && queue.name === "")
    throw preconditionFailed("Cannot declare a server-named queue for type rabbit_quorum_queue");
  const where = nameOf("queue", queue.name, queue.vhost);
  for (const name of REFUSED_ARGUMENTS[type]) {
    if (queue.arguments.has(name))
      throw preconditionFailed(`invalid arg '${name}' for ${where} of queue type rabbit_${type}_queue`);
  }
  for (const [name, check] of Object.entries(QUEUE_CHECKS)) {
    const field = queue.arguments.get(name);
    if (field === undefined) continue;
    if (name === "x-dead-letter-exchange" && textOf(field) === undefined)
      throw preconditionFailed(`invalid type '${TYPE_NAMES[field.tag]}' for arg '${name}' in ${where}`);
    const wrong = check(field, queue.arguments);
    if (wrong !== undefined) throw preconditionFailed(`invalid arg '${name}' for ${where}: ${wrong}`);
  }
  if (type === "quorum") {
    const refused = !queue.durable
      ? "non-durable"
      : queue.autoDelete
        ? "auto-delete"
        : queue.exclusive
          ? "exclusive-owner"
          : undefined;
    if (refused !== undefined) throw preconditionFailed(`invalid property '${refused}' for ${where}`);
  }
  return type;
}

/** Names that begin with `amq.` are the broker's; asking for one that exists is fine. */
export function assertNameNotReserved(kind: "queue" | "exchange", name: string): void {
  if (name.startsWith(RESERVED))
    throw accessRefused(`${kind} name '${name}' contains reserved prefix '${RESERVED}*'`);
}

export function assertNotDefaultExchange(name: string): void {
  if (name === "") throw accessRefused("operation not permitted on the default exchange");
}

/** Checks an exchange that does not exist yet. */
export function validateExchange(exchange: ExchangeDeclaration): ExchangeType {
  const type = exchangeTypeOf(exchange.type);
  const alternate = exchange.arguments.get("alternate-exchange");
  if (alternate !== undefined && textOf(alternate) === undefined)
    throw preconditionFailed(
      `invalid type '${TYPE_NAMES[alternate.tag]}' for arg 'alternate-exchange' in ${nameOf("exchange", exchange.name, exchange.vhost)}`,
    );
  return type;
}

function exchangeTypeOf(type: string): ExchangeType {
  const known = EXCHANGE_TYPES.find((candidate) => candidate === type);
  if (known === undefined) throw new AmqpError("COMMAND_INVALID", `unknown exchange type '${type}'`);
  return known;
}

const MATCHES = ["all", "any", "all-with-x", "any-with-x"];

/** Checks the arguments of a binding from an exchange of this type. */
export function validateBinding(type: ExchangeType, args: Table): void {
  const match = args.get("x-match");
  if (type !== "headers" || match === undefined) return;
  const word = textOf(match);
  if (word === undefined)
    throw preconditionFailed(
      `Invalid x-match field type ${TYPE_NAMES[match.tag]} (value ${String(match.value)}); expected longstr`,
    );
  if (!MATCHES.includes(word))
    throw preconditionFailed(
      `Invalid x-match field value <<"${word}">>; expected all, any, all-with-x, or any-with-x`,
    );
}

/** Checks the arguments of `basic.consume`; returns the consumer's priority. */
export function validateConsume(args: Table, queue: string, vhost: string): { readonly priority: number } {
  for (const [name, check] of Object.entries(CONSUMER_CHECKS)) {
    const field = args.get(name);
    const wrong = field === undefined ? undefined : check(field, args);
    if (wrong !== undefined)
      throw preconditionFailed(`invalid arg '${name}' for ${nameOf("queue", queue, vhost)}: ${wrong}`);
  }
  return { priority: integerOf(args.get("x-priority")) ?? 0 };
}

/** A message's `expiration`, in milliseconds. */
export function parseExpiration(text: string): number {
  if (/^[+-]?\d+$/.test(text)) {
    const value = Number(text);
    if (value < 0) throw preconditionFailed(`invalid expiration '${text}': {value_negative,${value}}`);
    const wrong = tooLong(value);
    if (wrong !== undefined) throw preconditionFailed(`invalid expiration '${text}': ${wrong}`);
    return value;
  }
  const leading = /^[+-]?\d+/.exec(text)?.[0];
  throw preconditionFailed(
    leading === undefined
      ? `invalid expiration '${text}': no_integer`
      : `invalid expiration '${text}': {leftover_string,"${text.slice(leading.length)}"}`,
  );
}

/**
 * Further routing keys that the sender put in the headers `CC` and `BCC`. Whoever routes the message removes `BCC`
 * afterwards: nobody may see it.
 */
export function extraRoutingKeys(headers: Table): readonly string[] {
  const keys: string[] = [];
  for (const name of ["CC", "BCC"]) {
    const field = headers.get(name);
    if (field === undefined) continue;
    if (field.tag !== "A")
      throw preconditionFailed(
        `invalid message: {unacceptable_type_in_header,"${name}",${TYPE_NAMES[field.tag]}}`,
      );
    for (const item of field.value) {
      const key = textOf(item);
      if (key !== undefined) keys.push(key);
    }
  }
  return keys;
}

/** 1, 2, or what nobody knows. */
export function assertDeliveryMode(mode: number): void {
  if (mode > 2) throw preconditionFailed(`invalid message: {delivery_mode_unknown,${mode}}`);
}

/** An `impersonator` may say that it is anyone: a shovel, or a bridge, passes on what others published. */
export function assertUserId(
  claimed: string,
  { name, tags }: { readonly name: string; readonly tags: readonly string[] },
): void {
  if (claimed !== name && !tags.includes("impersonator"))
    throw preconditionFailed(`user_id property set to '${claimed}' but authenticated user was '${name}'`);
}

function queueTypeOf(queue: QueueDeclaration): QueueType {
  const field = queue.arguments.get("x-queue-type");
  if (field === undefined) return "classic";
  const wrong = QUEUE_CHECKS["x-queue-type"]?.(field, queue.arguments);
  if (wrong !== undefined)
    throw preconditionFailed(
      `invalid arg 'x-queue-type' for ${nameOf("queue", queue.name, queue.vhost)}: ${wrong}`,
    );
  if (field.value === "stream") throw notImplemented("stream queues are not supported");
  return field.value as QueueType;
}
