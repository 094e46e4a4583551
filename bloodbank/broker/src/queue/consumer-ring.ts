import type { Consumer } from "./consumer.js";

/**
 * Whose turn it is: the highest priority that can take something, round robin among equals. With a single active
 * consumer only the first one that came is asked, until it leaves; its successor is the next one that came, or, with
 * `byPriority`, that of the highest priority.
 */
export class ConsumerRing {
  readonly #levels: { readonly priority: number; readonly members: Consumer[]; turn: number }[] = [];
  readonly #inOrder: Consumer[] = [];
  singleActive = false;
  byPriority = false;
  #active: Consumer | undefined;

  get size(): number {
    return this.#inOrder.length;
  }

  /** In the order in which they came. */
  all(): readonly Consumer[] {
    return this.#inOrder;
  }

  isActive(consumer: Consumer): boolean {
    return !this.singleActive || this.#active === consumer;
  }

  add(consumer: Consumer): void {
    this.#inOrder.push(consumer);
    this.#active ??= consumer;
    let level = this.#levels.find(({ priority }) => priority === consumer.priority);
    if (level === undefined) {
      level = { priority: consumer.priority, members: [], turn: 0 };
      this.#levels.push(level);
      this.#levels.sort((a, b) => b.priority - a.priority);
    }
    level.members.push(consumer);
  }

  remove(consumer: Consumer): boolean {
    const at = this.#inOrder.indexOf(consumer);
    if (at < 0) return false;
    this.#inOrder.splice(at, 1);
    const index = this.#levels.findIndex(({ priority }) => priority === consumer.priority);
    const level = this.#levels[index]!;
    const place = level.members.indexOf(consumer);
    level.members.splice(place, 1);
    if (place < level.turn) level.turn--;
    if (level.members.length === 0) this.#levels.splice(index, 1);
    if (this.#active === consumer)
      this.#active = this.byPriority ? this.#levels[0]?.members[0] : this.#inOrder[0];
    return true;
  }

  next(): Consumer | undefined {
    if (this.singleActive) {
      return this.#active?.canTake() ? this.#active : undefined;
    }
    for (let i = 0; i < this.#levels.length; i++) {
      const level = this.#levels[i]!;
      const { members } = level;
      for (let tried = 0; tried < members.length; tried++) {
        if (level.turn >= members.length) level.turn = 0;
        const consumer = members[level.turn++]!;
        if (consumer.canTake()) return consumer;
      }
    }
    return undefined;
  }
}
