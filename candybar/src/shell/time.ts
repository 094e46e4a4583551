/** Times as people read them. */
import { useSyncExternalStore } from "react";

const pad = (n: number, width = 2) => String(n).padStart(width, "0");

/** `09:41:07.123`, local. */
export function clock(ms: number): string {
  const d = new Date(ms);
  return Number.isNaN(ms)
    ? "—"
    : `${pad(d.getHours())}:${pad(d.getMinutes())}:${pad(d.getSeconds())}.${pad(d.getMilliseconds(), 3)}`;
}

/** Made once: a format costs more than all else about a row. */
const LOCAL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

/** Date and time, local, with the zone. */
export const local = (ms: number) => (Number.isNaN(ms) ? "—" : LOCAL.format(ms));

export const utc = (ms: number) => (Number.isNaN(ms) ? "—" : new Date(ms).toISOString());

/** `now`, `12 s`, `4 min`, `3 h`, `2 d`. */
export function ago(ms: number, now: number): string {
  const s = Math.max(0, (now - ms) / 1000);
  if (Number.isNaN(s)) return "—";
  if (s < 2) return "now";
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min`;
  if (s < 86_400) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} d`;
}

/** A length of time: `3 ms`, `1.25 s`, `4 min 10 s`. */
export function duration(ms: number): string {
  const a = Math.abs(ms);
  const sign = ms < 0 ? "−" : "";
  if (a < 1000) return `${sign}${Math.round(a)} ms`;
  if (a < 60_000) return `${sign}${(a / 1000).toFixed(a < 10_000 ? 2 : 1)} s`;
  if (a < 3_600_000) return `${sign}${Math.floor(a / 60_000)} min ${Math.floor((a % 60_000) / 1000)} s`;
  return `${sign}${Math.floor(a / 3_600_000)} h ${Math.floor((a % 3_600_000) / 60_000)} min`;
}

let now = Date.now();
const watchers = new Set<() => void>();
let ticking: ReturnType<typeof setInterval> | undefined;

/** One clock for all relative times of the page; it stands still while nobody looks. */
export function useNow(): number {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      ticking ??= setInterval(() => {
        now = Date.now();
        for (const each of watchers) each();
      }, 1000);
      return () => {
        watchers.delete(watcher);
        if (watchers.size === 0) {
          clearInterval(ticking);
          ticking = undefined;
        }
      };
    },
    () => now,
  );
}
