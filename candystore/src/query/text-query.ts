/** `several words "a phrase" begin*`, understood. No operators, no regular expressions: nothing that can explode. */
import { StoreError } from "../errors.js";
import { wordsOf } from "./words.js";

export interface TextQuery {
  readonly terms: readonly TextTerm[];
}

export interface TextTerm {
  /** One word, or several that follow each other. */
  readonly words: readonly string[];
  /** The last word is only a beginning. */
  readonly prefix: boolean;
}

const PART = /"([^"]*)"?|(\S+)/g;
const MOST_WORDS = 32;

/** @throws StoreError `INVALID_FILTER` when there is no word in it, or too many */
export function textQuery(text: string): TextQuery {
  const terms: TextTerm[] = [];
  for (const [, phrase, plain] of text.matchAll(PART)) {
    const words = wordsOf(phrase ?? plain ?? "");
    if (words.length > 0) terms.push({ words, prefix: plain?.endsWith("*") ?? false });
  }
  const count = terms.reduce((sum, term) => sum + term.words.length, 0);
  if (count === 0) throw new StoreError("INVALID_FILTER", `There is no word to look for in “${text}”.`);
  if (count > MOST_WORDS) throw new StoreError("INVALID_FILTER", `${MOST_WORDS} words at most.`);
  return { terms };
}

/** Whether a text, as lists of words of its parts, has every term. */
export function hasText({ terms }: TextQuery, parts: readonly (readonly string[])[]): boolean {
  return terms.every((term) => parts.some((words) => hasTerm(term, words)));
}

function hasTerm({ words: wanted, prefix }: TextTerm, words: readonly string[]): boolean {
  const last = wanted.length - 1;
  for (let at = 0; at + last < words.length; at++) {
    let i = 0;
    while (i < last && words[at + i] === wanted[i]) i++;
    if (i < last) continue;
    const word = words[at + last]!;
    if (prefix ? word.startsWith(wanted[last]!) : word === wanted[last]) return true;
  }
  return false;
}
