/**
 * What an operator may do with messages that were given up, and what is promised for each act.
 *
 * - Looking takes nothing: letters are fetched, not acked, and given back in their order. They are marked as
 *   redelivered, and a quorum queue counts it (RabbitMQ 4 gives up after 20 times unless its limit is lifted).
 * - A redrive confirms a copy in the queue that the letter died in before the letter is acked. Half-way, some
 *   letters may be in both places, with the same `event_id`; none is in neither.
 * - Every act is an event, `bloodbank.dead_letter.*`, with who did it and when.
 */
import type { EventEnvelope, Violation } from "@33god/holyfields";

/** A queue of dead letters. */
export interface DeadLetterQueue {
  readonly name: string;
  /** The queues whose messages end here. */
  readonly origins: readonly string[];
}

/** A message that was given up, as HTTP and `bb dlq` show it. */
export interface DeadLetter {
  /** `<dead-letter queue>/<fingerprint of the message>`: the same as long as it lies there. */
  readonly id: string;
  /** The queue that it died in, and that a redrive sends it to. */
  readonly queue: string;
  readonly dead_letter_queue: string;
  readonly event_id: string | null;
  /** `unknown` where the body does not say. */
  readonly event_type: string;
  readonly routing_key: string | null;
  readonly reason: string;
  /** An error code of the client or the handler; for what the broker dead-lettered: `REJECTED`, `EXPIRED`, … */
  readonly code: string;
  readonly attempts: number;
  /** RFC 3339. */
  readonly first_at: string | null;
  readonly last_at: string | null;
  readonly stack: string | null;
  readonly violations: readonly Violation[];
  /** Letters of the same queue, event type and kind of reason have the same group. */
  readonly group: string;
  readonly headers: Readonly<Record<string, unknown>>;
  /** The body, parsed; `{ "raw_base64": … }` where it is not JSON. */
  readonly event: unknown;
}

/** All that is given must agree. */
export interface LetterFilter {
  readonly ids?: readonly string[];
  /** The queue that they died in, or the dead-letter queue itself. */
  readonly queue?: string;
  readonly event_type?: string;
  readonly code?: string;
  readonly group?: string;
  /** Says that everything is meant. An act with an empty filter is refused. */
  readonly all?: boolean;
}

export interface LetterPage {
  readonly dead_letters: readonly DeadLetter[];
  /** How many letters lie in all queues, whatever the filter. */
  readonly total: number;
  /** False when the limit was reached before all queues were looked through. */
  readonly complete: boolean;
}

export interface LetterGroup {
  readonly group: string;
  readonly queue: string;
  readonly event_type: string;
  readonly code: string;
  /** The reason of the newest one. */
  readonly reason: string;
  readonly count: number;
  readonly first_at: string | null;
  readonly last_at: string | null;
  /** How many died in each of 24 equal parts of the time from the first death to the last. */
  readonly trend: readonly number[];
}

export interface Act {
  /** Who does it. */
  readonly actor: string;
  /** Why; a discard needs it. */
  readonly reason?: string;
}

export interface RedriveAct extends Act {
  /** Letters a second at most; as fast as confirms come by default. */
  readonly rate?: number;
  /** Told after each letter. */
  readonly onProgress?: (progress: { readonly done: number; readonly failed: number }) => void;
  /** Stops after the letter in work; what was done is reported and recorded. */
  readonly signal?: AbortSignal;
}

export interface ActResult {
  readonly count: number;
  readonly event_ids: readonly string[];
  /** Letters that stayed where they were, each with the reason. */
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
}

export interface EditResult {
  /** The new event as it was sent. */
  readonly event: EventEnvelope;
  readonly routed: boolean;
}

/** A message that admission turned away. */
export interface Quarantined {
  readonly id: string;
  readonly event_id: string | null;
  readonly event_type: string;
  readonly reason: string;
  /** User, address and name of who published it. */
  readonly client: string;
  readonly exchange: string;
  readonly routing_key: string;
  /** RFC 3339. */
  readonly refused_at: string | null;
  readonly violations: readonly Violation[];
  readonly headers: Readonly<Record<string, unknown>>;
  readonly event: unknown;
}
