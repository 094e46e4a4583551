/**
 * How long a peer asked to be left alone, in milliseconds from `now`: the `Retry-After` field of RFC 9110 §10.2.3
 * (seconds, or an HTTP date). `undefined` where it says nothing that can be understood.
 */
export function retryAfter(value: string | null | undefined, now: number): number | undefined {
  if (value === null || value === undefined || value.trim() === "") return undefined;
  const seconds = Number(value);
  if (Number.isFinite(seconds)) return seconds < 0 ? undefined : Math.ceil(seconds * 1_000);
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
