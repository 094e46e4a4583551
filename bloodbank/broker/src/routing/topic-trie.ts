/**
 * Topic patterns as a trie of words. A key is matched by following all patterns at once, word by word: a set of nodes is
 * active, each reached by some reading of `*` and `#`. A node is in the set once, so that no choice of patterns (`#.#.#.…`)
 * makes a match take more than words × nodes steps. Keys are read as bytes, and a match allocates nothing unless patterns
 * that lead to different places agree with it.
 */
import { Buffer } from "node:buffer";
import { CountedDestinations } from "./key-index.js";
import { HASH, hashOfWord, mix, type Worded, WordMap } from "./word-map.js";

class Node<D> implements Worded<Node<D>> {
  readonly word: string;
  twin: Node<D> | undefined;
  words: WordMap<Node<D>> | undefined;
  /** After `*`: exactly one word, whichever. */
  any: Node<D> | undefined;
  /** After `#`: any number of words. */
  rest: Node<D> | undefined;
  /** This node stands after a `#` and stays active whatever comes. */
  readonly repeats: boolean;
  readonly ends = new CountedDestinations<D>();
  /** The step at which it was last made active. */
  step = 0;

  constructor(word: string) {
    this.word = word;
    this.repeats = word === "#";
  }

  get unused(): boolean {
    return this.ends.empty && this.words === undefined && this.any === undefined && this.rest === undefined;
  }
}

export class TopicTrie<D> {
  readonly #root = new Node<D>("");
  #active: Node<D>[] = [];
  #next: Node<D>[] = [];
  #step = 0;

  add(pattern: string, destination: D): void {
    let node = this.#root;
    for (const word of wordsOf(pattern)) node = childFor(node, word);
    node.ends.add(destination);
  }

  remove(pattern: string, destination: D): void {
    const path: Node<D>[] = [];
    let node = this.#root;
    for (const word of wordsOf(pattern)) {
      const child = word === "*" ? node.any : word === "#" ? node.rest : wordOf(node, word);
      if (child === undefined) return;
      path.push(node);
      node = child;
    }
    node.ends.remove(destination);
    for (const parent of path.reverse()) {
      if (!node.unused) return;
      forget(parent, node);
      node = parent;
    }
  }

  match(key: Uint8Array, from: number, to: number): readonly D[] {
    this.#next.length = 0;
    this.#step++;
    this.#activate(this.#root);
    // An empty key has no words; every other has one more than it has dots.
    for (let at = from; at <= to && from < to; ) {
      let hash = HASH;
      let end = at;
      for (; end < to && key[end] !== DOT; end++) hash = mix(hash, key[end]!);
      this.#advance(key, at, end, hash);
      if (this.#next.length === 0) return NONE;
      at = end + 1;
    }
    return this.#collect();
  }

  #advance(key: Uint8Array, from: number, to: number, hash: number): void {
    const active = this.#next;
    this.#next = this.#active;
    this.#active = active;
    this.#next.length = 0;
    this.#step++;
    for (let i = 0; i < active.length; i++) {
      const node = active[i] as Node<D>;
      if (node.repeats) this.#activate(node);
      const child = node.words?.get(key, from, to, hash);
      if (child !== undefined) this.#activate(child);
      if (node.any !== undefined) this.#activate(node.any);
    }
  }

  /** With a node its `#` is active too, as that may stand for no word at all. */
  #activate(node: Node<D>): void {
    for (let at: Node<D> | undefined = node; at !== undefined && at.step !== this.#step; at = at.rest) {
      at.step = this.#step;
      this.#next.push(at);
    }
  }

  #collect(): readonly D[] {
    let only: readonly D[] | undefined;
    let union: Set<D> | undefined;
    for (let i = 0; i < this.#next.length; i++) {
      const { list } = (this.#next[i] as Node<D>).ends;
      if (list.length === 0) continue;
      if (only === undefined) only = list;
      else {
        union ??= new Set(only);
        for (const destination of list) union.add(destination);
      }
    }
    return union === undefined ? (only ?? NONE) : [...union];
  }
}

const NONE: readonly never[] = [];
const DOT = 0x2e;

/** Words of a pattern, a character for each byte. */
function wordsOf(pattern: string): readonly string[] {
  return pattern === "" ? [] : Buffer.from(pattern).toString("latin1").split(".");
}

function wordOf<D>(node: Node<D>, word: string): Node<D> | undefined {
  return node.words?.get(Buffer.from(word, "latin1"), 0, word.length, hashOfWord(word));
}

function childFor<D>(node: Node<D>, word: string): Node<D> {
  if (word === "*") {
    node.any ??= new Node(word);
    return node.any;
  }
  if (word === "#") {
    node.rest ??= new Node(word);
    return node.rest;
  }
  const known = wordOf(node, word);
  if (known !== undefined) return known;
  const child = new Node<D>(word);
  node.words ??= new WordMap();
  node.words.add(child);
  return child;
}

function forget<D>(parent: Node<D>, child: Node<D>): void {
  if (child === parent.any) parent.any = undefined;
  else if (child === parent.rest) parent.rest = undefined;
  else {
    parent.words?.remove(child);
    if (parent.words?.empty) parent.words = undefined;
  }
}
