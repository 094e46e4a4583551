/**
 * Outgoing webhooks: anything with an address can consume events.
 *
 * - A subscription is a durable queue, `services.webhook.<id>`, bound with its patterns: what is published while the
 *   address is away waits, is retried on the ladder, and ends in the dead letters with the reason.
 * - Deliveries are signed as Standard Webhooks has it; `webhook-id` is the event's id, so that a receiver can tell a
 *   repetition. The body is the event, byte for byte.
 * - What a replay publishes to all that are bound is held back, unless the subscription asks for replays: outside,
 *   things would happen twice. A replay to the subscription's own queue is meant for it, and delivered.
 * - An address that answers 410 has had enough: its subscription is held until somebody resumes it.
 */
export interface Subscription {
  readonly id: string;
  readonly url: string;
  /** Event types or patterns with `*` and `#`. */
  readonly types: readonly string[];
  readonly secret: string;
  /** Whether it also gets what replays publish again; absent in files of earlier versions. */
  readonly replays?: boolean;
  readonly created_at: string;
  /** Why it is held; `null` while it delivers. */
  readonly held: string | null;
}

/** What is shown of it: never the secret. */
export interface SubscriptionStatus extends Omit<Subscription, "secret" | "replays"> {
  readonly replays: boolean;
  readonly queue: string;
  readonly state: "active" | "held" | "disconnected";
  /** Since the platform's start. */
  readonly delivered: number;
  readonly failed: number;
  /** Replayed events that it was spared. */
  readonly held_back: number;
  readonly last_error: string | null;
}

export const webhookQueue = (id: string): string => `services.webhook.${id}`;
