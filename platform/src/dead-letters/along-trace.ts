/** What became of a trace's events where they failed: dead letters that lie there now, and what operators did to some. */
import type { DeadLetters, LetterSummary } from "@33god/bloodbank";
import type { EventStore, StoredEvent } from "@33god/candystore";
import type { AttemptedNode, AttemptedTrace } from "./attempts.js";

export type LetterOfTrace = Pick<
  LetterSummary,
  "id" | "queue" | "dead_letter_queue" | "reason" | "code" | "attempts" | "first_at" | "last_at" | "failed_at"
>;

/** A redrive, an edit or a discard; itself an event. */
export interface ActOfTrace {
  readonly event_id: string;
  readonly event_type: string;
  readonly at: string;
  readonly actor?: string;
  readonly reason?: string;
  readonly queue?: string;
}

export interface TraceNodeAlong extends AttemptedNode {
  /** One for each queue that it died in and where it still lies. */
  readonly dead_letters: readonly LetterOfTrace[];
  /** Oldest first. */
  readonly acts: readonly ActOfTrace[];
}

export interface TraceAlong extends AttemptedTrace {
  readonly nodes: readonly TraceNodeAlong[];
  /** False when there were more letters or acts than were looked at, or the broker could not be asked. */
  readonly dead_letters_complete: boolean;
}

const MOST_ACTS = 1_000;

/**
 * Letters are looked for only for who asks for it: the broker is asked how its queues stand.
 * Never rejects for the broker's sake.
 */
export async function alongTrace(
  trace: AttemptedTrace,
  store: EventStore,
  deadLetters: Pick<DeadLetters, "summaries">,
): Promise<TraceAlong> {
  const [letters, acts] = await Promise.all([lettersOf(deadLetters), actsSince(store, firstOf(trace))]);
  const nodes = trace.nodes.map((node) => ({
    ...node,
    dead_letters: letters.byEvent.get(node.event_id) ?? [],
    acts: acts.byEvent.get(node.event_id) ?? [],
  }));
  return { ...trace, nodes, dead_letters_complete: letters.complete && acts.complete };
}

interface Sorted<T> {
  readonly byEvent: ReadonlyMap<string, readonly T[]>;
  readonly complete: boolean;
}

async function lettersOf(deadLetters: Pick<DeadLetters, "summaries">): Promise<Sorted<LetterOfTrace>> {
  const byEvent = new Map<string, LetterOfTrace[]>();
  try {
    const { dead_letters: letters, complete } = await deadLetters.summaries();
    for (const {
      event_id: eventId,
      event_type: _type,
      routing_key: _key,
      group: _group,
      ...letter
    } of letters)
      if (eventId !== null) add(byEvent, eventId, letter);
    return { byEvent, complete };
  } catch {
    return { byEvent, complete: false };
  }
}

/** Nobody acts on an event before it is there. */
async function actsSince(store: EventStore, position: number): Promise<Sorted<ActOfTrace>> {
  const filter = { type: ["bloodbank.dead_letter.*"], from_position: position };
  const { events, next_cursor } = await store.find(filter, { limit: MOST_ACTS, order: "newest" });
  const byEvent = new Map<string, ActOfTrace[]>();
  for (const act of [...events].reverse()) {
    const { event_ids: ids, ...said } = payloadOf(act);
    if (!Array.isArray(ids)) continue;
    for (const id of new Set(ids))
      if (typeof id === "string")
        add(byEvent, id.toLowerCase(), {
          event_id: act.event_id,
          event_type: act.event_type,
          at: act.timestamp,
          ...texts(said, ["actor", "reason", "queue"]),
        });
  }
  return { byEvent, complete: next_cursor === undefined };
}

const firstOf = ({ nodes }: AttemptedTrace): number =>
  nodes.reduce((first, { position }) => Math.min(first, position ?? first), Number.MAX_SAFE_INTEGER);

function payloadOf({ event }: StoredEvent): Readonly<Record<string, unknown>> {
  const payload = (event as { payload?: unknown } | null)?.payload;
  return typeof payload === "object" && payload !== null ? (payload as Record<string, unknown>) : {};
}

function texts<N extends string>(
  from: Readonly<Record<string, unknown>>,
  names: readonly N[],
): { readonly [K in N]?: string } {
  const found = names.flatMap((name) =>
    typeof from[name] === "string" ? [[name, from[name]] as const] : [],
  );
  return Object.fromEntries(found) as { readonly [K in N]?: string };
}

function add<T>(lists: Map<string, T[]>, id: string, one: T): void {
  const list = lists.get(id);
  if (list === undefined) lists.set(id, [one]);
  else list.push(one);
}
