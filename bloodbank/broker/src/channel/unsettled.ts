import { unknownDeliveryTag } from "../errors.js";
import type { Queue } from "../queue/queue.js";
import type { ChannelConsumer } from "./channel-consumer.js";

/** A message that a channel got and has not answered for. */
export interface Delivery {
  readonly tag: number;
  readonly queue: Queue;
  readonly handle: number;
  /** Absent for a `basic.get`. */
  readonly consumer: ChannelConsumer | undefined;
  /** When it was delivered, by the time of turns. */
  readonly at: number;
}

/** Deliveries of one channel by their tags, in order. */
export class Unsettled {
  readonly #deliveries = new Map<number, Delivery>();

  get size(): number {
    return this.#deliveries.size;
  }

  add(delivery: Delivery): void {
    this.#deliveries.set(delivery.tag, delivery);
  }

  /** The oldest one: maps keep the order in which keys were set, and tags only grow. */
  oldest(): Delivery | undefined {
    return this.#deliveries.values().next().value;
  }

  /** Removes one delivery. Throws 406 for a tag that is not outstanding. */
  takeOne(tag: number): Delivery {
    const delivery = this.#deliveries.get(tag);
    if (delivery === undefined) throw unknownDeliveryTag(tag);
    this.#deliveries.delete(tag);
    return delivery;
  }

  /** Removes all up to `tag`, which must be outstanding; tag 0 stands for all. */
  takeUpTo(tag: number): readonly Delivery[] {
    if (tag === 0) return this.takeAll();
    if (!this.#deliveries.has(tag)) throw unknownDeliveryTag(tag);
    const taken: Delivery[] = [];
    for (const delivery of this.#deliveries.values()) {
      if (delivery.tag > tag) break;
      taken.push(delivery);
      this.#deliveries.delete(delivery.tag);
    }
    return taken;
  }

  takeAll(): readonly Delivery[] {
    const taken = [...this.#deliveries.values()];
    this.#deliveries.clear();
    return taken;
  }

  /** Puts deliveries back that a rolled back transaction had settled. */
  restore(deliveries: readonly Delivery[]): void {
    const all = [...deliveries, ...this.#deliveries.values()].sort((a, b) => a.tag - b.tag);
    this.#deliveries.clear();
    for (const delivery of all) this.#deliveries.set(delivery.tag, delivery);
  }
}
