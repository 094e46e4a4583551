import { IndexedRouter } from "./indexed-router.js";
import { RecentKeys } from "./recent-keys.js";
import type { Binding } from "./router.js";
import { TopicTrie } from "./topic-trie.js";

/** Enough for any catalog of event types, and a few MiB at most when keys carry ids. */
const REMEMBERED_KEYS = 16_384;

/** Words between dots; in a binding `*` stands for one word and `#` for any number of them. */
export class TopicRouter<D> extends IndexedRouter<D> {
  readonly #trie = new TopicTrie<D>();
  readonly #recent = new RecentKeys<readonly D[]>(REMEMBERED_KEYS);

  route(key: string): readonly D[] {
    let destinations = this.#recent.get(key);
    if (destinations === undefined) {
      destinations = this.#trie.match(key);
      this.#recent.set(key, destinations);
    }
    return destinations;
  }

  protected added({ key, destination }: Binding<D>): void {
    this.#trie.add(key, destination);
    this.#recent.clear();
  }

  protected removed({ key, destination }: Binding<D>): void {
    this.#trie.remove(key, destination);
    this.#recent.clear();
  }
}
