/**
 * What an operator may do with messages that were given up, and what is promised for each act.
 *
 * - Looking takes nothing: letters are fetched, not acked, and given back in their order. They are marked as
 *   redelivered, and a quorum queue counts it. RabbitMQ 4 drops for good what came back 20 times: dead-letter
 *   queues that are declared here have no such limit, others have it lifted by the platform's policies.
 * - What letters are counted by is kept while nothing came to their queue or left it: who asks again, or beside others,
 *   costs the broker a look at the count. A letter that another program takes out of a queue at the moment when one
 *   comes is missed for a minute at most where the broker does not tell what came (RabbitMQ's dead-lettering).
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
  /** How many messages came into it so far, where the broker tells: with the same number and as many left, none went. */
  readonly arrivals?: number;
}

/** What a message that was given up is counted and found by: all but its content. */
export interface LetterSummary {
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
  /** When each attempt failed, where its consumer wrote that down. */
  readonly failed_at: readonly string[];
  /** Letters of the same queue, event type and kind of reason have the same group. */
  readonly group: string;
}

/** A message that was given up, as HTTP and `bb dlq` show it. */
export interface DeadLetter extends LetterSummary {
  readonly stack: string | null;
  readonly violations: readonly Violation[];
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

export interface LetterPage<Letter extends LetterSummary = DeadLetter> {
  readonly dead_letters: readonly Letter[];
  /** How many letters lie in all queues, whatever the filter. */
  readonly total: number;
  /** False when the limit was reached before all queues were looked through. */
  readonly complete: boolean;
}

export interface LetterGroups {
  /** Largest first. */
  readonly groups: readonly LetterGroup[];
  /** How many letters lie in all queues, whatever the filter. */
  readonly total: number;
  /** False when there are more letters than were looked at: the groups count those. */
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

export interface QuarantineRequest {
  /** 500 by default. */
  readonly limit?: number;
  /** `next_cursor` of the page before, in the same order. */
  readonly cursor?: string;
  /** `newest` by default. */
  readonly order?: "newest" | "oldest";
}

export interface QuarantinePage {
  readonly quarantined: readonly Quarantined[];
  /** How many lie there. */
  readonly total: number;
  /** Opaque; absent on the last page. */
  readonly next_cursor?: string;
}
