/** `Date.toISOString` for the times of receipt, of which a page has as many as events, most of them of the same minute. */
import { THREE, TWO } from "./digits.js";

const MINUTE = 60_000;
/** Each of these is a text of its own: one that is put together is copied once more. */
const SECONDS = TWO.map((digits) => `${digits}.`);
const MILLISECONDS = THREE.map((digits) => `${digits}Z`);
/** The years that have four digits and no sign, from 1970 on. */
const END = Date.UTC(10_000, 0);

/** The last minute asked for, so far as it is the same for all its times. */
const last = { minute: Number.NaN, text: "" };

export function timeText(ms: number): string {
  if (!(ms >= 0 && ms < END)) return new Date(ms).toISOString();
  const minute = Math.floor(ms / MINUTE);
  if (minute !== last.minute) {
    last.minute = minute;
    last.text = new Date(ms).toISOString().slice(0, "2026-11-29T14:12:".length);
  }
  const rest = ms - minute * MINUTE;
  return last.text + SECONDS[Math.floor(rest / 1_000)] + MILLISECONDS[rest % 1_000];
}
