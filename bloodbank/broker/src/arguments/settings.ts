/**
 * How a queue or exchange behaves: its arguments and its policies joined. Limits and times take the least of what arguments,
 * policy and operator policy say; for everything else the argument wins over the policy. `x-max-priority`, the queue type and the
 * single active consumer are fixed by arguments alone.
 */
import { integerOf, type Table, textOf } from "../wire/table.js";
import type { Overflow, QueueType } from "./declarations.js";

/** The definition of the policy that holds for a thing: operator limits are joined in already (see `policy/`). */
export type PolicyDefinition = Readonly<Record<string, unknown>>;

export interface QueueSettings {
  readonly type: QueueType;
  /** Milliseconds that a message lives. */
  readonly messageTtl: number | undefined;
  /** Milliseconds that an unused queue lives. */
  readonly expires: number | undefined;
  readonly maxLength: number | undefined;
  readonly maxLengthBytes: number | undefined;
  readonly overflow: Overflow;
  /** Present (and perhaps empty, the default exchange) where dead letters go somewhere. */
  readonly deadLetterExchange: string | undefined;
  /** Undefined: a dead letter keeps its routing keys. */
  readonly deadLetterRoutingKey: string | undefined;
  /**
   * At least once for quorum queues with `overflow: reject-publish` alone, as in RabbitMQ: a queue that cannot refuse
   * would grow without end while its dead letters wait.
   */
  readonly deadLetterStrategy: "at-most-once" | "at-least-once";
  /** 0: the queue has no priorities. */
  readonly maxPriority: number;
  readonly singleActiveConsumer: boolean;
  /** Returns to the queue that a message survives; undefined: any number. */
  readonly deliveryLimit: number | undefined;
  /** Milliseconds until an unacknowledged delivery closes its channel; undefined: the broker's default. */
  readonly consumerTimeout: number | undefined;
}

const NO_POLICY: PolicyDefinition = {};

export function queueSettings(
  type: QueueType,
  args: Table,
  policy: PolicyDefinition = NO_POLICY,
): QueueSettings {
  const least = (key: string): number | undefined => {
    const own = integerOf(args.get(`x-${key}`));
    const given = policy[key];
    const theirs = typeof given === "number" ? given : undefined;
    return own === undefined || theirs === undefined ? (own ?? theirs) : Math.min(own, theirs);
  };
  const word = (key: string): string | undefined => {
    const own = textOf(args.get(`x-${key}`));
    const theirs = policy[key];
    return own ?? (typeof theirs === "string" ? theirs : undefined);
  };
  const overflow = word("overflow");
  return {
    type,
    messageTtl: least("message-ttl"),
    expires: least("expires"),
    maxLength: least("max-length"),
    maxLengthBytes: least("max-length-bytes"),
    overflow: overflow === "reject-publish" || overflow === "reject-publish-dlx" ? overflow : "drop-head",
    deadLetterExchange: word("dead-letter-exchange"),
    deadLetterRoutingKey: word("dead-letter-routing-key"),
    deadLetterStrategy:
      type === "quorum" && overflow === "reject-publish" && word("dead-letter-strategy") === "at-least-once"
        ? "at-least-once"
        : "at-most-once",
    maxPriority: integerOf(args.get("x-max-priority")) ?? 0,
    singleActiveConsumer: args.get("x-single-active-consumer")?.value === true,
    deliveryLimit: type === "quorum" ? least("delivery-limit") : undefined,
    consumerTimeout: least("consumer-timeout"),
  };
}

/** Where an exchange sends what it cannot route. */
export function alternateExchange(args: Table, policy: PolicyDefinition = NO_POLICY): string | undefined {
  const theirs = policy["alternate-exchange"];
  return textOf(args.get("alternate-exchange")) ?? (typeof theirs === "string" ? theirs : undefined);
}
