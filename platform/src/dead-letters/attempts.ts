/** The failed attempts of a trace's events: what `bloodbank.delivery.failed` told stands with the event that failed. */
import type { EventStore, StoredEvent, Trace, TraceNode } from "@33god/candystore";

export interface FailedAttempt {
  /** Of the event that told it. */
  readonly event_id: string;
  readonly queue: string;
  /** Counted from 1. */
  readonly attempt: number;
  readonly attempts_at_most: number;
  readonly outcome: string;
  readonly code: string;
  readonly reason: string;
  readonly failed_at: string;
  /** When it comes back to its queue, where it was retried. */
  readonly next_attempt_at?: string;
}

/** Those without a failure have no list. */
export interface AttemptedNode extends TraceNode {
  readonly failed_attempts?: readonly FailedAttempt[];
}

export type AttemptedTrace = Omit<Trace, "nodes"> & { readonly nodes: readonly AttemptedNode[] };

const TYPE = "bloodbank.delivery.failed";
/** Looked up for one trace at most; the latest ones. */
const MOST = 500;

/** Takes the events that tell of failed attempts out of the graph, and puts what they say to the event that failed. */
export async function withAttempts(trace: Trace, store: EventStore): Promise<AttemptedTrace> {
  const telling = trace.nodes.filter(({ event_type: type }) => type === TYPE);
  if (telling.length === 0) return trace;
  const stored = await Promise.all(telling.slice(-MOST).map(({ event_id: id }) => store.get(id)));
  const inTrace = new Set(trace.nodes.map(({ event_id: id }) => id));
  const byEvent = new Map<string, FailedAttempt[]>();
  const told = new Set<string>();
  for (const one of stored) {
    const cause = one?.correlation_ids.find((id) => inTrace.has(id));
    const attempt = one && attemptOf(one);
    if (one === undefined || cause === undefined || attempt === undefined) continue;
    told.add(one.event_id);
    byEvent.set(cause, [...(byEvent.get(cause) ?? []), attempt]);
  }
  const nodes = trace.nodes
    .filter(({ event_id: id }) => !told.has(id))
    .map((node): AttemptedNode => {
      const attempts = byEvent.get(node.event_id);
      if (attempts === undefined) return node;
      attempts.sort((a, b) => (a.failed_at < b.failed_at ? -1 : 1));
      return { ...node, effects: node.effects.filter((id) => !told.has(id)), failed_attempts: attempts };
    });
  return { ...trace, nodes };
}

/** Undefined for what breaks its contract: it stays an event among the others. */
function attemptOf({ event_id, event, valid }: StoredEvent): FailedAttempt | undefined {
  if (!valid) return undefined;
  const { payload } = event as { payload: Omit<FailedAttempt, "event_id" | "reason"> & { reason?: string } };
  const {
    queue,
    attempt,
    attempts_at_most,
    outcome,
    code,
    reason = "",
    failed_at,
    next_attempt_at,
  } = payload;
  return {
    event_id,
    queue,
    attempt,
    attempts_at_most,
    outcome,
    code,
    reason,
    failed_at,
    ...(next_attempt_at !== undefined && { next_attempt_at }),
  };
}
