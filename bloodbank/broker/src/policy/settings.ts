/**
 * What a policy may set. Settings of clusters (mirroring, placement) are taken, as a definitions file has
 * them, and mean nothing on one node.
 */
export interface Setting {
  /** As RabbitMQ's refusal names it: `-1 is not a valid message TTL`. */
  readonly noun: string;
  accepts(value: unknown): boolean;
  /** Operators may set it: of theirs and the user's the least holds. */
  readonly limits: boolean;
}

const whole = (least: number) => (value: unknown) => Number.isSafeInteger(value) && Number(value) >= least;
const text = (value: unknown) => typeof value === "string";
const oneOf =
  (...words: readonly unknown[]) =>
  (value: unknown) =>
    words.includes(value);
const anything = () => true;

const setting = (noun: string, accepts: Setting["accepts"], limits = false): Setting => ({
  noun,
  accepts,
  limits,
});

export const SETTINGS: Readonly<Record<string, Setting>> = {
  "alternate-exchange": setting("alternate exchange name", text),
  "dead-letter-exchange": setting("dead letter exchange name", text),
  "dead-letter-routing-key": setting("dead letter routing key", text),
  "dead-letter-strategy": setting("dead letter strategy", oneOf("at-most-once", "at-least-once")),
  "message-ttl": setting("message TTL", whole(0), true),
  expires: setting("queue expiry", whole(1), true),
  "max-length": setting("maximum length", whole(0), true),
  "max-length-bytes": setting("maximum length in bytes", whole(0), true),
  "max-in-memory-length": setting("maximum memory in bytes", whole(0), true),
  "max-in-memory-bytes": setting("maximum memory in bytes", whole(0), true),
  "delivery-limit": setting("delivery limit", whole(0), true),
  overflow: setting("overflow value", oneOf("drop-head", "reject-publish", "reject-publish-dlx")),
  "queue-mode": setting("queue mode value", oneOf("default", "lazy")),
  "queue-version": setting("queue version value", oneOf(1, 2)),
  "queue-master-locator": setting("queue master location", text),
  "queue-leader-locator": setting("queue leader location", text),
  "ha-mode": setting("ha-mode", anything),
  "ha-params": setting("ha-params", anything),
  "ha-sync-mode": setting("ha-sync-mode", anything),
  "ha-sync-batch-size": setting("ha-sync-batch-size", anything),
  "ha-promote-on-shutdown": setting("ha-promote-on-shutdown", anything),
  "ha-promote-on-failure": setting("ha-promote-on-failure", anything),
  "max-age": setting("max age", text),
  "stream-max-segment-size-bytes": setting("segment size", whole(0)),
  "federation-upstream": setting("federation upstream", text),
  "federation-upstream-set": setting("federation upstream set", text),
};
