/** The words that an event is indexed under: those of its texts, and one for each payload path and value. */
import type { EventRow } from "../record/stored-event.js";
import type { Query } from "./filter.js";
import { fingerprint } from "./fingerprint.js";
import { leavesOf } from "./leaves.js";
import { textsOf } from "./matches.js";
import { wordsOf } from "./words.js";

/** Longer values differ in their first characters and their length, or are told apart on the event itself. */
const HASHED = 256;

/** How the word of a path begins. */
const PATH = "0";

/** Path and value as one word. Two different ones seldom give the same; what is found is checked anyway. */
export function pathWord(path: string, value: string): string {
  return (
    PATH + fingerprint(`${path}\0${value.length > HASHED ? value.slice(0, HASHED) + value.length : value}`)
  );
}

/** Whether what the index finds for a query is all that the query asks: words in any order, and none that may be a path. */
export const isIndexed = ({ text, payload }: Query): boolean =>
  payload === undefined &&
  text !== undefined &&
  text.terms.every(({ words }) => words.length === 1 && !words[0]!.startsWith(PATH));

export function indexWords(row: Pick<EventRow, "type" | "app">, event: unknown): string {
  const payload =
    typeof event === "object" && event !== null ? (event as { payload?: unknown }).payload : undefined;
  const leaves = leavesOf(payload);
  const words = new Set<string>();
  for (const text of textsOf(row, leaves)) for (const word of wordsOf(text)) words.add(word);
  for (const [path, value] of leaves) words.add(pathWord(path, String(value)));
  return [...words].join(" ");
}
