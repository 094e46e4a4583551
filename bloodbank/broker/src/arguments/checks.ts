/**
 * What each argument may hold. A check returns what is wrong as RabbitMQ prints it (an Erlang term), or undefined.
 */
import { type Field, integerOf, type Table, TYPE_NAMES, textOf } from "../wire/table.js";

export type Check = (field: Field, args: Table) => string | undefined;

const MAX_PRIORITY = 255;
/** Ten years, in milliseconds. */
const LONGEST_LIFE = 315_360_000_000;

/** What RabbitMQ says of a time to live that is beyond its longest. */
export const tooLong = (ms: number): string | undefined =>
  ms > LONGEST_LIFE ? `{value_too_large,${ms}}` : undefined;

/** An integer, or what else it is. */
function integer(field: Field, also: (value: number) => string | undefined): string | undefined {
  const value = integerOf(field);
  if (value === undefined) return `"expected integer, got ${TYPE_NAMES[field.tag]}"`;
  if (value < 0) return `{value_negative,${value}}`;
  return also(value);
}

function oneOf(words: readonly string[], wrong: (word: string) => string): Check {
  return (field) => {
    const word = textOf(field);
    if (word === undefined) return unacceptable(field);
    return words.includes(word) ? undefined : wrong(word);
  };
}

const unacceptable = (field: Field): string => `{unacceptable_type,${TYPE_NAMES[field.tag]}}`;

const nonNegative: Check = (field) => integer(field, () => undefined);
const positive: Check = (field) => integer(field, (value) => (value === 0 ? "{value_zero,0}" : undefined));
const lifetime: Check = (field) => integer(field, tooLong);
const boolean: Check = (field) => (field.tag === "t" ? undefined : unacceptable(field));
const anyText: Check = (field) => (textOf(field) === undefined ? unacceptable(field) : undefined);

const queueVersion: Check = (field) => {
  const value = integerOf(field);
  if (value === undefined) return `"expected integer, got ${TYPE_NAMES[field.tag]}"`;
  return value === 1 || value === 2 ? undefined : `"unsupported queue version '${value}'"`;
};

export const QUEUE_CHECKS: Readonly<Record<string, Check>> = {
  "x-expires": (field, args) => positive(field, args) ?? lifetime(field, args),
  "x-message-ttl": lifetime,
  "x-dead-letter-exchange": anyText,
  "x-dead-letter-routing-key": (field, args) =>
    textOf(field) === undefined
      ? unacceptable(field)
      : args.has("x-dead-letter-exchange")
        ? undefined
        : "routing_key_but_no_dlx_defined",
  "x-dead-letter-strategy": oneOf(["at-most-once", "at-least-once"], () => "invalid_dlx_strategy"),
  "x-max-length": nonNegative,
  "x-max-length-bytes": nonNegative,
  "x-max-in-memory-length": nonNegative,
  "x-max-in-memory-bytes": nonNegative,
  "x-max-priority": (field) =>
    integer(field, (value) => (value > MAX_PRIORITY ? `{max_value_exceeded,${value}}` : undefined)),
  "x-overflow": oneOf(["drop-head", "reject-publish", "reject-publish-dlx"], () => "invalid_overflow"),
  "x-queue-mode": oneOf(["default", "lazy"], (word) => `"unsupported queue mode '${word}'"`),
  "x-queue-version": queueVersion,
  "x-single-active-consumer": boolean,
  "x-queue-type": oneOf(["classic", "quorum", "stream"], (word) => `"unsupported queue type '${word}'"`),
  "x-quorum-initial-group-size": positive,
  "x-delivery-limit": nonNegative,
  "x-max-age": anyText,
  "x-stream-max-segment-size-bytes": nonNegative,
  "x-initial-cluster-size": nonNegative,
  "x-queue-master-locator": anyText,
  "x-queue-leader-locator": oneOf(
    ["client-local", "balanced", "random", "least-leaders"],
    () => "invalid_queue_locator_arg",
  ),
};

const STREAM_ONLY = ["x-max-age", "x-stream-max-segment-size-bytes", "x-initial-cluster-size"];

/** Arguments that RabbitMQ knows and refuses for queues of a type. Those it does not know it takes and keeps. */
export const REFUSED_ARGUMENTS = {
  classic: new Set([
    ...STREAM_ONLY,
    "x-dead-letter-strategy",
    "x-delivery-limit",
    "x-max-in-memory-bytes",
    "x-max-in-memory-length",
    "x-quorum-initial-group-size",
    "x-queue-leader-locator",
  ]),
  quorum: new Set([
    ...STREAM_ONLY,
    "x-max-priority",
    "x-queue-master-locator",
    "x-queue-mode",
    "x-queue-version",
  ]),
} as const;

export const CONSUMER_CHECKS: Readonly<Record<string, Check>> = {
  "x-priority": (field) =>
    integerOf(field) === undefined ? `"expected integer, got ${TYPE_NAMES[field.tag]}"` : undefined,
  "x-cancel-on-ha-failover": boolean,
};
