/** A filter from outside, checked: what it says wrongly is named, and never reaches a database. */
import type { FindFilter, PageRequest } from "../contract.js";
import { StoreError } from "../errors.js";
import { canonicalId } from "../record/event-key.js";
import { type TextQuery, textQuery } from "./text-query.js";

/** Everything a query looks for; empty parts are absent. */
export interface Query {
  readonly types?: readonly string[];
  readonly source?: string;
  readonly version?: string;
  readonly valid?: boolean;
  /** Milliseconds; `until` is exclusive. */
  readonly since?: number;
  readonly until?: number;
  readonly correlation?: string;
  readonly conversation?: string;
  readonly text?: TextQuery;
  /** Path and value as text. */
  readonly payload?: readonly (readonly [path: string, value: string])[];
  /** Positions, both ends included. */
  readonly from?: number;
  readonly to?: number;
}

const FIELDS = new Set([
  "type",
  "since",
  "until",
  "source",
  "version",
  "valid",
  "correlation",
  "conversation",
  "text",
  "payload",
  "from_position",
  "to_position",
]);
const PATTERN = /^[^\s.]+(\.[^\s.]+)*$/;
const MOST_PATTERNS = 100;
const MOST_PATHS = 20;
const LONGEST = 1_024;

export function checkFilter(filter: FindFilter = {}): Query {
  if (typeof filter !== "object" || filter === null) throw wrong("A filter is an object.");
  for (const field of Object.keys(filter))
    if (!FIELDS.has(field))
      throw wrong(`There is no filter “${field}”. There are: ${[...FIELDS].join(", ")}.`);
  const types = checkTypes(filter.type);
  const since = time("since", filter.since);
  const until = time("until", filter.until);
  if (since !== undefined && until !== undefined && until < since)
    throw wrong(`since (${filter.since}) is after until (${filter.until}).`);
  if (filter.valid !== undefined && typeof filter.valid !== "boolean") throw wrong("valid is true or false.");
  const query: Query = {
    ...(types && { types }),
    ...optional("source", text("source", filter.source)),
    ...optional("version", text("version", filter.version)),
    ...optional("valid", filter.valid),
    ...optional("since", since),
    ...optional("until", until),
    ...optional("correlation", id("correlation", filter.correlation)),
    ...optional("conversation", id("conversation", filter.conversation)),
    ...optional("text", filter.text === undefined ? undefined : textQuery(text("text", filter.text) ?? "")),
    ...optional("payload", checkPayload(filter.payload)),
    ...optional("from", maybePosition("from_position", filter.from_position)),
    ...optional("to", maybePosition("to_position", filter.to_position)),
  };
  return query;
}

/** @throws StoreError `INVALID_LIMIT` */
export function checkLimit(limit: unknown, most = 1_000): number {
  if (typeof limit !== "number" || !Number.isInteger(limit) || limit < 1 || limit > most)
    throw new StoreError("INVALID_LIMIT", `limit is a whole number from 1 to ${most}, not ${String(limit)}.`);
  return limit;
}

export function checkOrder(order: PageRequest["order"]): "newest" | "oldest" {
  if (order === undefined || order === "newest" || order === "oldest") return order ?? "newest";
  throw wrong(`order is “newest” or “oldest”, not “${String(order)}”.`);
}

/** @throws StoreError `INVALID_FILTER` */
export function checkPosition(name: string, position: unknown): number {
  if (typeof position !== "number" || !Number.isSafeInteger(position) || position < 0)
    throw wrong(`${name} is a whole number from 0, not ${String(position)}.`);
  return position;
}

const maybePosition = (name: string, position: number | undefined): number | undefined =>
  position === undefined ? undefined : checkPosition(name, position);

function checkTypes(types: FindFilter["type"]): readonly string[] | undefined {
  if (types === undefined) return undefined;
  if (!Array.isArray(types) || types.length > MOST_PATTERNS)
    throw wrong(`type is a list of ${MOST_PATTERNS} types or patterns at most.`);
  for (const type of types)
    if (typeof type !== "string" || type.length > 255 || !PATTERN.test(type))
      throw wrong(
        `“${String(type).slice(0, 80)}” is no event type or pattern. Words stand between dots; * is one word, # any number.`,
      );
  return types.length === 0 ? undefined : types;
}

function checkPayload(payload: FindFilter["payload"]): Query["payload"] {
  if (payload === undefined) return undefined;
  if (typeof payload !== "object" || payload === null || Array.isArray(payload))
    throw wrong("payload is an object of paths and values.");
  const paths = Object.entries(payload);
  if (paths.length > MOST_PATHS) throw wrong(`${MOST_PATHS} payload paths at most.`);
  const checked = paths.map(([path, value]) => {
    if (path === "" || path.length > LONGEST || path.split(".").includes(""))
      throw wrong(`“${path.slice(0, 80)}” is no path: names stand between dots.`);
    if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean")
      throw wrong(`payload.${path} is compared with a text, a number or true or false.`);
    return [path, String(value)] as const;
  });
  return checked.length === 0 ? undefined : checked;
}

function text(name: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "string" || value.length > LONGEST)
    throw wrong(`${name} is a text of ${LONGEST} characters at most.`);
  return value;
}

function id(name: string, value: unknown): string | undefined {
  const checked = text(name, value);
  return checked === undefined ? undefined : canonicalId(checked);
}

const RFC3339 = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})$/;

function time(name: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const ms =
    typeof value === "string" && RFC3339.test(value) && isDay(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(ms))
    throw wrong(`${name} is a time like 2026-11-24T08:00:00Z, not “${String(value).slice(0, 80)}”.`);
  return ms;
}

/** A 30th of February would be taken for the 2nd of March. */
function isDay(time: string): boolean {
  const day = time.slice(0, "2026-02-30".length);
  const ms = Date.parse(day);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(day);
}

const optional = <N extends string, V>(name: N, value: V | undefined): { readonly [K in N]?: V } =>
  value === undefined ? {} : ({ [name]: value } as { [K in N]: V });

const wrong = (message: string): StoreError => new StoreError("INVALID_FILTER", message);
