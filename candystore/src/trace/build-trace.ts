/**
 * Walks the causal graph from one event, up and down, a generation at a time, until nothing new is found.
 *
 * An id that is named as a cause and not stored is a node of its own, marked missing: what else names it belongs to
 * the same graph.
 */
import type { Trace, TraceNode } from "../contract.js";
import type { BodyHead } from "../record/body-head.js";
import { decoded } from "../record/byte-text.js";
import { headOfEvent, idIn, type ReadEvent } from "../record/event-json.js";
import type { EventFacts } from "../record/stored-event.js";
import { timeText } from "../record/time-text.js";

/** An event of the graph, and what its body says of time and causes. */
export interface TraceRow {
  readonly row: Pick<EventFacts, "id" | "position" | "type" | "app" | "valid" | "receivedAt">;
  readonly head: BodyHead;
}

export function traceRow(event: ReadEvent): TraceRow {
  const head = headOfEvent(event);
  const { row } = event;
  const { position, type, app, valid, receivedAt } = row;
  return { row: { id: idIn(head) ?? row.id, position, type, app, valid, receivedAt }, head };
}

/** What the walk asks of an engine. */
export interface TraceSource {
  /** The events with these ids, by id; unknown ones are absent. */
  rows(ids: readonly string[]): Promise<ReadonlyMap<string, TraceRow>>;
  /** For each id the events that name it as a cause, in order of position, `limit` at most. */
  effects(ids: readonly string[], limit: number): Promise<Effects>;
}

export interface Effects {
  readonly ids: ReadonlyMap<string, readonly string[]>;
  /** Rows of some of them, where they came along: they are not asked for again. */
  readonly rows: readonly TraceRow[];
}

export const MOST_NODES = 10_000;

export async function buildTrace(
  source: TraceSource,
  eventId: string,
  limit: number,
): Promise<Trace | undefined> {
  const found = new Map<string, Found>();
  let frontier: readonly string[] = [eventId];
  let truncated = false;
  let known = new Map<string, TraceRow>();
  while (frontier.length > 0) {
    const unknown = frontier.filter((id) => !known.has(id));
    const asked = unknown.length > 0 ? await source.rows(unknown) : known;
    if (found.size === 0 && asked.size === 0) return undefined;
    const { ids: effects, rows: along } = await source.effects(frontier, limit);
    const next = new Set<string>();
    for (const id of frontier) {
      const row = known.get(id) ?? asked.get(id);
      found.set(id, { event: row && stepOf(row), effects: effects.get(id) ?? [] });
    }
    for (const id of frontier) {
      const { event, effects } = found.get(id)!;
      for (const other of [...(event?.causes ?? []), ...effects]) {
        if (found.has(other) || next.has(other)) continue;
        if (found.size + next.size >= limit) truncated = true;
        else next.add(other);
      }
    }
    known = new Map(along.filter(({ row }) => next.has(row.id)).map((found) => [found.row.id, found]));
    frontier = [...next];
  }
  return arrange(eventId, found, truncated);
}

interface Found {
  readonly event: Step | undefined;
  readonly effects: readonly string[];
}

/** What a trace says of an event; less than the whole of it, which takes longer to make. */
interface Step {
  readonly row: TraceRow["row"];
  readonly timestamp: string;
  readonly sent: number;
  readonly causes: readonly string[];
}

function stepOf({ row, head }: TraceRow): Step {
  const timestamp = JSON.parse(decoded(head.timestamp)) as string;
  const causes = JSON.parse(decoded(head.causes)) as string[];
  return { row, timestamp, sent: Date.parse(timestamp), causes: [...new Set(causes)] };
}

function arrange(eventId: string, found: ReadonlyMap<string, Found>, truncated: boolean): Trace {
  const nodes = [...found]
    .map(([id, { event, effects }]) => nodeOf(id, event, effects, found))
    .sort((a, b) => (a.position ?? Number.MAX_SAFE_INTEGER) - (b.position ?? Number.MAX_SAFE_INTEGER));
  const roots = nodes.filter(({ causes }) => !causes.some((cause) => found.has(cause)));
  // In a circle of causes nothing is first; then the earliest is.
  if (roots.length === 0 && nodes[0] !== undefined) roots.push(nodes[0]);
  const timeOf = (node: TraceNode) => Date.parse(node.timestamp ?? "") || 0;
  return {
    event_id: eventId,
    roots: roots.sort((a, b) => timeOf(a) - timeOf(b)).map(({ event_id }) => event_id),
    nodes,
    truncated,
  };
}

function nodeOf(
  id: string,
  event: Found["event"],
  effects: readonly string[],
  found: ReadonlyMap<string, Found>,
): TraceNode {
  if (event === undefined) return { event_id: id, missing: true, causes: [], effects };
  const { row, timestamp, sent, causes } = event;
  const caused = causes
    .map((cause) => found.get(cause)?.event?.sent ?? Number.NaN)
    .filter((time) => !Number.isNaN(time));
  const lag = row.receivedAt - sent;
  return {
    event_id: id,
    missing: false,
    event_type: row.type,
    timestamp,
    source_app: row.app,
    valid: row.valid,
    position: row.position,
    received_at: timeText(row.receivedAt),
    ...(Number.isNaN(lag) ? {} : { lag_ms: lag }),
    ...(caused.length > 0 && !Number.isNaN(sent) ? { after_cause_ms: sent - Math.max(...caused) } : {}),
    causes,
    effects,
  };
}
