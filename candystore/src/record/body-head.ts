/**
 * What a page and a trace need of a body, read off its bytes: the timestamp and the causes, which stand before the payload
 * in what our clients send. Everything behind them is left unread.
 */
import { type ByteText, decoded, encoded } from "./byte-text.js";
import { canonicalId } from "./event-key.js";

/** As JSON, as `StoredEvent` has them. */
export interface BodyHead {
  /** Where it stands there as it is stored: a UUID without capitals. */
  readonly id?: ByteText;
  readonly timestamp: ByteText;
  readonly causes: ByteText;
}

const QUOTE = 34;
const BACKSLASH = 92;
/**
 * As our clients write it: nothing escaped, at most one cause, and what is wanted before the payload. An id without capitals
 * is stored as it stands.
 */
const USUAL =
  /^\{"event_id":("[0-9a-f-]+"),"event_type":"[^"\\]*","timestamp":("[^"\\]*"),"version":"[^"\\]*","source":\{[^{}]*\},"correlation_ids":(\[(?:"[0-9a-f-]+")?\]),/;
const PLAIN_ID = /^"[0-9a-f-]{36}"$/;
const ID_LENGTH = 38;
const ONE_CAUSE = /^\["[0-9a-f-]+"\]$/;

/**
 * @param text of an object, known to be JSON
 * @returns undefined where it takes a parser to tell: a member may stand there twice, or under an escaped name, and then
 * the last one counts.
 */
export function bodyHead(text: ByteText): BodyHead | undefined {
  const usual = USUAL.exec(text);
  return usual === null ? walkedHead(text) : usualHead(text, usual);
}

/** The same of the first part of a body whose rest says none of it again; undefined also where it reaches beyond the part. */
export function headOfPart(part: ByteText): BodyHead | undefined {
  const usual = USUAL.exec(part);
  return usual === null ? undefined : usualHead(part, usual);
}

function usualHead(text: ByteText, usual: RegExpExecArray): BodyHead | undefined {
  const [head, id, timestamp, causes] = usual as unknown as readonly [string, string, string, string];
  if (id.length !== ID_LENGTH || occursFrom(text, head.length) || idOccursFrom(text, head.length))
    return undefined;
  return { id, timestamp, causes };
}

/** What must not stand in that rest: in JSON a name can be written otherwise, too. */
export const HEAD_NAMES = ['"timestamp"', '"correlation_ids"', '"event_id"', "\\u00"] as const;

/** Member by member, through whatever stands before and between. */
function walkedHead(text: ByteText): BodyHead | undefined {
  let id: string | undefined;
  let timestamp: string | undefined;
  let causes: string | undefined;
  let at = pastSpace(text, pastSpace(text, 0) + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const named = pastString(text, at);
    const name = text.slice(at + 1, named - 1);
    const from = pastSpace(text, pastSpace(text, named) + 1);
    const to = pastValue(text, from);
    if (name === "timestamp") timestamp = text.slice(from, to);
    else if (name === "correlation_ids") causes = text.slice(from, to);
    else if (name === "event_id") id = PLAIN_ID.exec(text.slice(from, to))?.[0];
    if (timestamp !== undefined && causes !== undefined) break;
    at = pastSpace(text, pastSpace(text, to) + 1);
  }
  if (timestamp === undefined || causes === undefined) return undefined;
  const end = pastString(text, at);
  if (occursFrom(text, end) || (id !== undefined && idOccursFrom(text, end))) return undefined;
  return {
    ...(id !== undefined && { id }),
    timestamp: timestamp.charCodeAt(0) === QUOTE ? timestamp : '""',
    causes: causesOf(causes),
  };
}

/** The head of what was parsed. */
export function headOf(event: unknown): BodyHead {
  const { timestamp, correlation_ids: ids } = (event ?? {}) as Record<string, unknown>;
  return {
    timestamp: typeof timestamp === "string" ? encoded(JSON.stringify(timestamp)) : '""',
    causes: encoded(JSON.stringify(idsOf(ids))),
  };
}

export const idsOf = (ids: unknown): readonly string[] =>
  Array.isArray(ids) ? ids.filter((id) => typeof id === "string").map(canonicalId) : [];

const causesOf = (text: ByteText): ByteText =>
  text === "[]" || ONE_CAUSE.test(text) ? text : encoded(JSON.stringify(idsOf(JSON.parse(decoded(text)))));

/** Whether the time or the causes may stand there again. What is rare is looked for first: an underscore, a backslash. */
const occursFrom = (text: ByteText, at: number): boolean =>
  text.includes('"timestamp"', at) ||
  (text.includes('_ids"', at) && text.includes('"correlation_ids"', at)) ||
  (text.includes("\\") && text.includes("\\u00"));

const idOccursFrom = (text: ByteText, at: number): boolean => text.includes('"event_id"', at);

/** Space, tab and line breaks; nothing else may stand between the parts. */
function pastSpace(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) <= 32) at++;
  return at;
}

/** @param from where its first quote stands */
function pastString(text: string, from: number): number {
  for (let at = from + 1; ; ) {
    const end = text.indexOf('"', at);
    if (end < 0) return text.length;
    let slashes = end;
    while (text.charCodeAt(slashes - 1) === BACKSLASH) slashes--;
    if (((end - slashes) & 1) === 0) return end + 1;
    at = end + 1;
  }
}

function pastValue(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = pastString(text, at);
      if (depth === 0) return at;
      continue;
    }
    if (code === 123 || code === 91) depth++;
    else if (code === 125 || code === 93) {
      // The object that a number or a word was the last member of.
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (depth === 0 && (code === 44 || code <= 32)) return at;
    at++;
  }
  return text.length;
}
