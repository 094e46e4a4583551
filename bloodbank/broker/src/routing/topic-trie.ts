/**
 * Topic patterns as a trie of words. A key is matched by following all patterns at once, word by word: a set of nodes is
 * active, each reached by some reading of `*` and `#`. A node is in the set once, so that no choice of patterns (`#.#.#.…`)
 * makes a match take more than words × nodes steps.
 */
import { CountedDestinations } from "./key-index.js";

class Node<D> {
  readonly words = new Map<string, Node<D>>();
  /** After `*`: exactly one word, whichever. */
  any: Node<D> | undefined;
  /** After `#`: any number of words. */
  rest: Node<D> | undefined;
  /** This node stands after a `#` and stays active whatever comes. */
  readonly repeats: boolean;
  readonly ends = new CountedDestinations<D>();
  /** The step at which it was last made active. */
  step = 0;

  constructor(repeats: boolean) {
    this.repeats = repeats;
  }

  get unused(): boolean {
    return this.ends.empty && this.words.size === 0 && this.any === undefined && this.rest === undefined;
  }
}

export class TopicTrie<D> {
  readonly #root = new Node<D>(false);
  #active: Node<D>[] = [];
  #next: Node<D>[] = [];
  #step = 0;

  add(pattern: string, destination: D): void {
    let node = this.#root;
    for (const word of wordsOf(pattern)) node = childFor(node, word);
    node.ends.add(destination);
  }

  remove(pattern: string, destination: D): void {
    const path: [Node<D>, string][] = [];
    let node = this.#root;
    for (const word of wordsOf(pattern)) {
      const child = word === "*" ? node.any : word === "#" ? node.rest : node.words.get(word);
      if (child === undefined) return;
      path.push([node, word]);
      node = child;
    }
    node.ends.remove(destination);
    for (const [parent, word] of path.reverse()) {
      if (!node.unused) return;
      if (word === "*") parent.any = undefined;
      else if (word === "#") parent.rest = undefined;
      else parent.words.delete(word);
      node = parent;
    }
  }

  match(key: string): readonly D[] {
    this.#next.length = 0;
    this.#step++;
    this.#activate(this.#root);
    let from = 0;
    // An empty key has no words; every other has one more than it has dots.
    while (from <= key.length && key !== "") {
      const dot = key.indexOf(".", from);
      const to = dot === -1 ? key.length : dot;
      this.#advance(key.slice(from, to));
      if (this.#next.length === 0) return NONE;
      from = to + 1;
    }
    return this.#collect();
  }

  #advance(word: string): void {
    const active = this.#next;
    this.#next = this.#active;
    this.#active = active;
    this.#next.length = 0;
    this.#step++;
    for (let i = 0; i < active.length; i++) {
      const node = active[i] as Node<D>;
      if (node.repeats) this.#activate(node);
      const child = node.words.get(word);
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

function wordsOf(pattern: string): readonly string[] {
  return pattern === "" ? [] : pattern.split(".");
}

function childFor<D>(node: Node<D>, word: string): Node<D> {
  if (word === "*") {
    node.any ??= new Node(false);
    return node.any;
  }
  if (word === "#") {
    node.rest ??= new Node(true);
    return node.rest;
  }
  let child = node.words.get(word);
  if (child === undefined) {
    child = new Node(false);
    node.words.set(word, child);
  }
  return child;
}
