/** What is known by a word. */
export interface Worded<W> {
  /** A character for each byte of the word: compared with bytes, it is neither decoded nor another object's memory. */
  readonly word: string;
  /** The next one whose word has the same hash. */
  twin: W | undefined;
}

/**
 * What is known by a word, found by the word's bytes where they lie in a longer key. Words with one hash are a list: whoever
 * binds many of those is as slow as whoever binds many wildcards.
 */
export class WordMap<W extends Worded<W>> {
  readonly #first = new Map<number, W>();

  get empty(): boolean {
    return this.#first.size === 0;
  }

  get(key: Uint8Array, from: number, to: number, hash: number): W | undefined {
    for (let at = this.#first.get(hash); at !== undefined; at = at.twin)
      if (isWord(at.word, key, from, to)) return at;
    return undefined;
  }

  /** Its word must not be there. */
  add(worded: W): void {
    const hash = hashOfWord(worded.word);
    worded.twin = this.#first.get(hash);
    this.#first.set(hash, worded);
  }

  remove(worded: W): void {
    const hash = hashOfWord(worded.word);
    const first = this.#first.get(hash);
    if (first === worded) {
      if (worded.twin === undefined) this.#first.delete(hash);
      else this.#first.set(hash, worded.twin);
      return;
    }
    for (let at = first; at !== undefined; at = at.twin) if (at.twin === worded) at.twin = worded.twin;
  }
}

/** FNV-1a: begins with `HASH` and goes on with `mix`, byte by byte. */
export const HASH = 0x811c9dc5 | 0;

export function mix(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

export function hashOfWord(word: string): number {
  let hash = HASH;
  for (let i = 0; i < word.length; i++) hash = mix(hash, word.charCodeAt(i));
  return hash;
}

function isWord(word: string, key: Uint8Array, from: number, to: number): boolean {
  if (word.length !== to - from) return false;
  for (let i = 0; i < word.length; i++) if (word.charCodeAt(i) !== key[from + i]) return false;
  return true;
}
