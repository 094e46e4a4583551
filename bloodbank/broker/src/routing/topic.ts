import { Buffer } from "node:buffer";
import { IndexedRouter } from "./indexed-router.js";
import type { Binding } from "./router.js";
import { TopicTrie } from "./topic-trie.js";

/** Words between dots; in a binding `*` stands for one word and `#` for any number of them. */
export class TopicRouter<D> extends IndexedRouter<D> {
  readonly #trie = new TopicTrie<D>();

  route(key: string): readonly D[] {
    const bytes = Buffer.from(key);
    return this.#trie.match(bytes, 0, bytes.length);
  }

  override routeBytes(key: Buffer, from: number, to: number): readonly D[] {
    return this.#trie.match(key, from, to);
  }

  protected added({ key, destination }: Binding<D>): void {
    this.#trie.add(key, destination);
  }

  protected removed({ key, destination }: Binding<D>): void {
    this.#trie.remove(key, destination);
  }
}
