/** What a replay sends: checked, and closed at the position that the store had when it was asked for. */
import type { Counts, EventStore, FindFilter } from "../contract.js";
import { StoreError } from "../errors.js";
import { checkFilter } from "../query/filter.js";
import type { ReplayPreview, ReplayRequest, ReplaySelection } from "./contract.js";

/** The selection as one filter, without the trace. */
export function filterOf(select: ReplaySelection, until: number): FindFilter {
  const { filter = {}, from_position, to_position, include_invalid = false } = select;
  return {
    ...filter,
    ...(include_invalid || filter.valid !== undefined ? {} : { valid: true }),
    from_position: Math.max(from_position ?? 0, filter.from_position ?? 0),
    to_position: Math.min(to_position ?? until, filter.to_position ?? until, until),
  };
}

const FIELDS = new Set(["filter", "trace", "from_position", "to_position", "include_invalid"]);

/** @throws StoreError `INVALID_REPLAY`, `INVALID_FILTER` */
export function checkRequest(request: ReplayRequest): void {
  const wrong = (message: string) => new StoreError("INVALID_REPLAY", message);
  if (typeof request?.select !== "object" || request.select === null)
    throw wrong("select says what to replay: {} is everything.");
  for (const field of Object.keys(request.select))
    if (!FIELDS.has(field)) throw wrong(`select has no “${field}”. It has: ${[...FIELDS].join(", ")}.`);
  checkFilter(filterOf(request.select, 0));
  const { speed, rate, max_waiting: waiting } = request;
  if (speed !== undefined && speed !== "max" && !(typeof speed === "number" && speed > 0 && speed < 1e9))
    throw wrong(`speed is “max” or a factor above 0, not ${String(speed)}.`);
  if (rate !== undefined && !(typeof rate === "number" && rate > 0 && Number.isFinite(rate)))
    throw wrong(`rate is a number of events a second above 0, not ${String(rate)}.`);
  if (waiting !== undefined && !(Number.isInteger(waiting) && waiting > 0))
    throw wrong(`max_waiting is a whole number above 0, not ${String(waiting)}.`);
  if (request.queue !== undefined && (typeof request.queue !== "string" || request.queue.length > 255))
    throw wrong("queue is a queue's name.");
}

/** What the bus told about deliveries is part of a trace, and not of what happened: nobody wants it again. */
const TOLD_BY_THE_BUS = /^bloodbank\./;

/** Positions of a trace's events, in order. */
export async function tracePositions(store: EventStore, eventId: string): Promise<readonly number[]> {
  const trace = await store.trace(eventId, 10_000);
  if (trace === undefined) throw new StoreError("UNKNOWN_EVENT", `No event ${eventId} is stored.`);
  if (trace.truncated)
    throw new StoreError("INVALID_REPLAY", "The trace has more than 10,000 events: select it by filter.");
  return trace.nodes.flatMap(({ position, event_type: type = "" }) =>
    position === undefined || TOLD_BY_THE_BUS.test(type) ? [] : [position],
  );
}

export async function preview(
  store: EventStore,
  select: ReplaySelection,
  until: number,
): Promise<ReplayPreview & Pick<Counts, "complete">> {
  const filter = filterOf(select, until);
  if (select.trace !== undefined) return previewTrace(store, filter, select.trace);
  const counts = await store.count(filter);
  const [first, last] = await Promise.all([
    store.find(filter, { limit: 1, order: "oldest" }),
    store.find(filter, { limit: 1, order: "newest" }),
  ]);
  return {
    total: counts.total,
    complete: counts.complete,
    by_type: counts.by_type,
    ...(first.events[0] && { first_received_at: first.events[0].received_at }),
    ...(last.events[0] && { last_received_at: last.events[0].received_at }),
  };
}

async function previewTrace(store: EventStore, filter: FindFilter, eventId: string) {
  const types = new Map<string, number>();
  const times: string[] = [];
  for (const position of await tracePositions(store, eventId)) {
    const [event] = await store.after(position - 1, 1, { ...filter, ...within(filter, position) });
    if (event === undefined) continue;
    types.set(event.event_type, (types.get(event.event_type) ?? 0) + 1);
    times.push(event.received_at);
  }
  times.sort();
  return {
    total: times.length,
    complete: true,
    by_type: [...types].sort(([, a], [, b]) => b - a).map(([event_type, count]) => ({ event_type, count })),
    ...(times[0] && { first_received_at: times[0], last_received_at: times.at(-1)! }),
  };
}

/** One position, as far as the filter has it. */
const within = (filter: FindFilter, position: number): FindFilter => ({
  from_position: Math.max(filter.from_position ?? 0, position),
  to_position: Math.min(filter.to_position ?? position, position),
});
