/** The words that an event is indexed under: those of its texts, and one for each payload path and value. */
import type { EventRow } from "../record/stored-event.js";
import { leavesOf } from "./leaves.js";
import { textsOf } from "./matches.js";
import { wordsOf } from "./words.js";

/** Longer values differ in their first characters and their length, or are told apart on the event itself. */
const HASHED = 256;

/** Path and value as one word. Two different ones seldom give the same; what is found is checked anyway. */
export function pathWord(path: string, value: string): string {
  const text = `${path}\0${value.length > HASHED ? value.slice(0, HASHED) + value.length : value}`;
  // FNV-1a, twice with different seeds. http://www.isthe.com/chongo/tech/comp/fnv/
  let a = 0x811c9dc5;
  let b = 0x7ee3623a;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x01000193);
    b = Math.imul(b ^ code, 0x01000193) + 1;
  }
  return `0${(a >>> 0).toString(36)}x${(b >>> 0).toString(36)}`;
}

export function indexWords(row: Pick<EventRow, "type" | "app">, event: unknown): string {
  const payload =
    typeof event === "object" && event !== null ? (event as { payload?: unknown }).payload : undefined;
  const leaves = leavesOf(payload);
  const words = new Set<string>();
  for (const text of textsOf(row, leaves)) for (const word of wordsOf(text)) words.add(word);
  for (const [path, value] of leaves) words.add(pathWord(path, String(value)));
  return [...words].join(" ");
}
