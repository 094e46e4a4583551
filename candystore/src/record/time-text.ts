/** `Date.toISOString` for the times of receipt, of which a page has as many as events, most of them of the same day. */
import { THREE, TWO } from "./digits.js";

const DAY = 86_400_000;
const MINUTE = 60_000;
/** Each of these is a text of its own: one that is put together is copied once more. */
const MINUTES = TWO.slice(0, 24).flatMap((hour) => TWO.map((minute) => `${hour}:${minute}:`));
const SECONDS = TWO.map((digits) => `${digits}.`);
const MILLISECONDS = THREE.map((digits) => `${digits}Z`);
/** The years that have four digits and no sign, from 1970 on. */
const END = Date.UTC(10_000, 0);

/** The last day asked for, so far as it is the same for all its times. */
const last = { day: Number.NaN, text: "" };

export function timeText(ms: number): string {
  if (!(ms >= 0 && ms < END)) return new Date(ms).toISOString();
  const day = Math.floor(ms / DAY);
  if (day !== last.day) {
    last.day = day;
    last.text = new Date(ms).toISOString().slice(0, "2026-11-29T".length);
  }
  const ofDay = ms - day * DAY;
  const minute = Math.floor(ofDay / MINUTE);
  const rest = ofDay - minute * MINUTE;
  return last.text + MINUTES[minute] + SECONDS[Math.floor(rest / 1_000)] + MILLISECONDS[rest % 1_000];
}
