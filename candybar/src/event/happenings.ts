/** What befell the events of a trace on their way: failed attempts, the end among the dead letters, and what was done then. */
import type { DeadLetter, StoredEvent, TraceNode } from "../api/schemas.js";
import { clock } from "../shell/time.js";

export interface Happening {
  readonly key: string;
  readonly kind: "failed" | "retrying" | "gave up" | "redriven" | "edited" | "discarded";
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly text: string;
  /** The event that tells of an act. */
  readonly act?: string;
}

const ACTS: Readonly<Record<string, Happening["kind"]>> = {
  "bloodbank.dead_letter.redriven": "redriven",
  "bloodbank.dead_letter.edited": "edited",
  "bloodbank.dead_letter.discarded": "discarded",
};

/** Each attempt's time, where the consumer wrote them down; else the first and the last. */
function failuresOf(letter: DeadLetter): readonly { readonly at: number; readonly attempt: number }[] {
  const times = letter.failed_at.map(Date.parse);
  if (times.length > 0 && !times.some(Number.isNaN)) return times.map((at, n) => ({ at, attempt: n + 1 }));
  const [first, last] = [letter.first_at, letter.last_at].map((time) => Date.parse(time ?? ""));
  return [
    { at: first ?? Number.NaN, attempt: 1 },
    { at: last ?? Number.NaN, attempt: letter.attempts },
  ].filter(({ at, attempt }, index) => !Number.isNaN(at) && attempt > 0 && (index === 0 || attempt > 1));
}

/** In each queue the attempt that is still to come. */
function retriesOf(node: TraceNode, now: number): readonly Happening[] {
  const newest = new Map(node.failed_attempts.map((attempt) => [attempt.queue, attempt]));
  return [...newest.values()].flatMap((last) => {
    const at = Date.parse(last.next_attempt_at ?? "");
    if (!(at > now)) return [];
    const next = `attempt ${last.attempt + 1} of ${last.attempts_at_most} in ${last.queue}`;
    return [
      { key: `${last.event_id} next`, kind: "retrying" as const, at, text: `${next}, next at ${clock(at)}` },
    ];
  });
}

const gaveUp = (id: string, at: number, queue: string, why: string): Happening => ({
  key: `${id} end`,
  kind: "gave up",
  at,
  text: `given up by ${queue}: ${why}`,
});

/** What befell the trace's events, by the id of the event that it befell, oldest first. */
export function happeningsOf(
  nodes: readonly TraceNode[],
  letters: readonly DeadLetter[],
  acts: readonly StoredEvent[],
  now: number,
): ReadonlyMap<string, readonly Happening[]> {
  const all = new Map<string, Happening[]>();
  const note = (eventId: string, happening: Happening) => {
    const known = all.get(eventId);
    if (known) known.push(happening);
    else all.set(eventId, [happening]);
  };
  // The history tells of more ends than the letters that were looked at: of those that are many, and of those that went.
  const told = new Set<string>();
  const ended = new Set<string>();
  for (const node of nodes) {
    for (const { event_id, queue, failed_at, attempt, reason, code, outcome } of node.failed_attempts) {
      const at = Date.parse(failed_at);
      told.add(`${node.event_id} ${queue} ${at}`);
      const why = reason ? `: ${reason}` : "";
      note(node.event_id, {
        key: event_id,
        kind: "failed",
        at,
        text: `attempt ${attempt} failed in ${queue}${why}`,
        act: event_id,
      });
      if (outcome !== "dead_lettered") continue;
      ended.add(`${node.event_id} ${queue} ${at}`);
      note(node.event_id, gaveUp(event_id, at, queue, reason || code));
    }
    for (const next of retriesOf(node, now)) note(node.event_id, next);
  }
  for (const letter of letters) {
    if (!letter.event_id) continue;
    const failures = failuresOf(letter);
    for (const { at, attempt } of failures)
      if (!told.has(`${letter.event_id} ${letter.queue} ${at}`))
        note(letter.event_id, {
          key: `${letter.id} ${attempt}`,
          kind: "failed",
          at,
          text: `attempt ${attempt} failed in ${letter.queue}`,
        });
    const at = failures.at(-1)?.at ?? Number.NaN;
    if (!ended.has(`${letter.event_id} ${letter.queue} ${at}`))
      note(letter.event_id, gaveUp(letter.id, at, letter.queue, letter.reason || letter.code));
  }
  for (const { event_type, event, event_id, received_at } of acts) {
    const kind = ACTS[event_type];
    const { payload } = (event ?? {}) as {
      payload?: { event_ids?: unknown; actor?: unknown; reason?: unknown };
    };
    if (kind === undefined || !Array.isArray(payload?.event_ids)) continue;
    const { actor, reason } = payload;
    for (const id of payload.event_ids)
      if (typeof id === "string")
        note(id, {
          key: event_id,
          kind,
          at: Date.parse(received_at),
          text: [actor ? `by ${actor}` : "by somebody", reason ? `“${reason}”` : ""]
            .filter(Boolean)
            .join(" "),
          act: event_id,
        });
  }
  for (const list of all.values()) list.sort((a, b) => a.at - b.at || order(a) - order(b));
  return all;
}

const order = ({ kind }: Happening) => (kind === "failed" ? 0 : 1);
