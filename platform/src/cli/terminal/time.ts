/** Times as a person reads them, and as a person writes them. */

const UNITS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;

/** `09:14:02.120`, with the day before it where that is not today. */
export function clock(timestamp: string, now: Date = new Date()): string {
  const at = new Date(timestamp);
  if (Number.isNaN(at.getTime())) return timestamp;
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
  if (at.toDateString() === now.toDateString()) return time;
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${time}`;
}

/** `3 ms`, `4.2 s`, `12 min`, `3.5 h`, `2 d`. */
export function duration(ms: number): string {
  const size = Math.abs(ms);
  if (size < 1_000) return `${Math.round(ms)} ms`;
  if (size < 60_000) return `${trim(ms / 1_000)} s`;
  if (size < 3_600_000) return `${trim(ms / 60_000)} min`;
  if (size < 172_800_000) return `${trim(ms / 3_600_000)} h`;
  return `${trim(ms / 86_400_000)} d`;
}

const trim = (value: number): string => value.toFixed(1).replace(/\.0$/, "");

/**
 * An RFC 3339 time from what was written: such a time, a date, or a span back from now (`90s`, `15m`, `2h`, `7d`).
 * `undefined` where it is none of these.
 */
export function parseTime(written: string, now: number = Date.now()): string | undefined {
  const span = parseSpan(written);
  if (span !== undefined) return inRange(new Date(now - span));
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/i.test(written))
    return undefined;
  return inRange(new Date(written));
}

/** RFC 3339 has years of four digits. */
function inRange(at: Date): string | undefined {
  const text = Number.isNaN(at.getTime()) ? "" : at.toISOString();
  return /^\d{4}-/.test(text) ? text : undefined;
}

/** Milliseconds of `250ms`, `90s`, `15m`, `2h`, `7d`, `1w`. */
export function parseSpan(written: string): number | undefined {
  const found = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(written.trim());
  if (found === null) return undefined;
  return Number(found[1]) * UNITS[found[2] as keyof typeof UNITS];
}
