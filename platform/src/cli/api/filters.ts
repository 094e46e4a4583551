/** The filters of stored events: one set of options for every command that selects, one query for every route. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { several } from "../command.js";
import { parseTime } from "../terminal/time.js";

export interface FilterOptions {
  readonly type?: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly source?: string;
  readonly schemaVersion?: string;
  readonly invalid?: boolean;
  readonly valid?: boolean;
  readonly causedBy?: string;
  readonly conversation?: string;
  readonly text?: string;
  readonly where?: readonly string[];
}

export function addFilters(command: Command): Command {
  return command
    .option("-t, --type <pattern>", "an event type, or a pattern with * and # (repeatable)", several)
    .option("--since <time>", "RFC 3339, a date, or back from now: 90s, 15m, 2h, 7d", time)
    .option("--until <time>", "like --since; what came before it", time)
    .option("--source <app>", "published by this app")
    .option("--schema-version <version>", "of this version: v1, v2, …")
    .addOption(new Option("--valid", "only events that keep their contract").conflicts("invalid"))
    .option("--invalid", "only events that break their contract")
    .option("--caused-by <event id>", "events that name this one as a cause")
    .option("--conversation <event id>", "events of the conversation that this one began")
    .option("--text <words>", "full text")
    .option("--where <path=value>", "a value in the payload, as meeting_id=42 (repeatable)", wherePart);
}

/** The query string's parameters, under the names of the API. */
export function filterQuery(options: FilterOptions, types: readonly string[] = []): URLSearchParams {
  const query = new URLSearchParams();
  for (const type of [...types, ...(options.type ?? [])]) query.append("type", type);
  const plain = {
    since: options.since,
    until: options.until,
    source: options.source,
    version: options.schemaVersion,
    correlation: options.causedBy,
    conversation: options.conversation,
    text: options.text,
  };
  for (const [name, value] of Object.entries(plain)) if (value !== undefined) query.set(name, value);
  if (options.valid) query.set("valid", "true");
  if (options.invalid) query.set("valid", "false");
  for (const [path, value] of (options.where ?? []).map(parted)) query.append(`payload.${path}`, value);
  return query;
}

/** The same filter as a document, for what is asked for with POST. */
export function filterDocument(
  options: FilterOptions,
  types: readonly string[] = [],
): Record<string, unknown> {
  const wanted = [...types, ...(options.type ?? [])];
  const payload = Object.fromEntries(
    (options.where ?? []).map(parted).map(([path, value]) => [path, scalar(value)]),
  );
  return {
    ...(wanted.length > 0 && { type: wanted }),
    ...(options.since && { since: options.since }),
    ...(options.until && { until: options.until }),
    ...(options.source && { source: options.source }),
    ...(options.schemaVersion && { version: options.schemaVersion }),
    ...(options.causedBy && { correlation: options.causedBy }),
    ...(options.conversation && { conversation: options.conversation }),
    ...(options.text && { text: options.text }),
    ...((options.valid || options.invalid) && { valid: options.valid === true }),
    ...(Object.keys(payload).length > 0 && { payload }),
  };
}

/** `42`, `true` and `1.5` are what they look like, all else is text. */
export function scalar(text: string): string | number | boolean {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : text;
}

function time(written: string): string {
  const parsed = parseTime(written);
  if (parsed === undefined)
    throw new InvalidArgumentError("Write a time as 2026-02-03T09:00:00Z, a date, or back from now as 15m.");
  return parsed;
}

export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (written: string) => number {
  return (written) => {
    const value = Number(written);
    if (!/^\d+$/.test(written) || value < least || value > most)
      throw new InvalidArgumentError(
        `Write a whole number from ${least}${most < 2 ** 53 - 1 ? ` to ${most}` : " on"}.`,
      );
    return value;
  };
}

/** The id of a dead letter: its queue and its fingerprint. */
export function letterId(written: string): string {
  if (!written.includes("/")) throw new InvalidArgumentError("`bb dlq list` shows the ids.");
  return written;
}

export const letterIds = (written: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  letterId(written),
];

function wherePart(written: string, before: readonly string[] = []): readonly string[] {
  if (!/^[^=]+=/.test(written)) throw new InvalidArgumentError("Write it as path=value.");
  const [path] = parted(written);
  if (before.some((other) => parted(other)[0] === path))
    throw new InvalidArgumentError(`A path has one value, and ${path} is there twice.`);
  return [...before, written];
}

function parted(written: string): readonly [path: string, value: string] {
  const at = written.indexOf("=");
  return [written.slice(0, at).replace(/^payload\./, ""), written.slice(at + 1)];
}
