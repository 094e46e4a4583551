/** From the form's fields to what the API is asked for. */
import type { ReplayRequest } from "../api/schemas.js";

/** The fields as a person fills them; an empty text is "not said". */
export interface Draft {
  readonly trace: string;
  /** Position of the first event. */
  readonly from: string;
  readonly type: string;
  readonly source: string;
  readonly since: string;
  readonly until: string;
  readonly queue: string;
  readonly speed: string;
  readonly rate: string;
  readonly reason: string;
}

export const EMPTY: Draft = {
  trace: "",
  from: "",
  type: "",
  source: "",
  since: "",
  until: "",
  queue: "",
  speed: "max",
  rate: "",
  reason: "",
};

const said = (entries: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== "" && value !== undefined));

/** A `datetime-local` value is in the reader's own time zone. */
const instant = (value: string) => (value === "" ? undefined : new Date(value).toISOString());

export function selectionOf(draft: Draft): ReplayRequest["select"] {
  if (draft.trace !== "") return { trace: draft.trace };
  const filter = said({
    type: draft.type === "" ? undefined : draft.type.split(/[\s,]+/).filter(Boolean),
    source: draft.source,
    since: instant(draft.since),
    until: instant(draft.until),
  });
  return {
    ...(Object.keys(filter).length > 0 && { filter }),
    ...(draft.from !== "" && { from_position: Number(draft.from) }),
  };
}

export function orderOf(draft: Draft): ReplayRequest {
  return {
    select: selectionOf(draft),
    speed: draft.speed === "max" ? "max" : Number(draft.speed),
    ...said({
      queue: draft.queue,
      rate: draft.rate === "" ? undefined : Number(draft.rate),
      reason: draft.reason,
    }),
  };
}

/** What a replay selects, in a few words. */
export function inWords({ select }: ReplayRequest): string {
  if (select.trace !== undefined) return `the trace of ${select.trace}`;
  const { type, source, since, until, text } = (select.filter ?? {}) as Record<string, unknown>;
  const words = [
    Array.isArray(type) ? type.join(", ") : "all events",
    source ? `from ${source}` : "",
    text ? `with “${text}”` : "",
    since ? `since ${since}` : "",
    until ? `until ${until}` : "",
    select.from_position === undefined ? "" : `from position ${select.from_position.toLocaleString()} on`,
  ];
  return words.filter(Boolean).join(" ");
}
