/**
 * Classes: each combination of type, version, app, exchange, routing key and verdict that ever occurred gets a small
 * number, and events carry that number. There are as many as there are kinds of event, so all of them are in memory.
 */
import type { Draft } from "../record/draft.js";

export interface EventClass {
  readonly class: number;
  readonly type: string;
  readonly version: string;
  readonly app: string;
  readonly exchange: string;
  readonly routingKey: string;
  readonly valid: boolean;
}

export type ClassTraits = Pick<Draft, "type" | "version" | "app" | "exchange" | "routingKey" | "valid">;

export class Classes {
  readonly #byNumber = new Map<number, EventClass>();
  /** A type has few classes: comparing them is cheaper than making a key of all traits. */
  readonly #byType = new Map<string, EventClass[]>();

  add(eventClass: EventClass): void {
    this.#byNumber.set(eventClass.class, eventClass);
    const ofType = this.#byType.get(eventClass.type);
    if (ofType === undefined) this.#byType.set(eventClass.type, [eventClass]);
    else ofType.push(eventClass);
  }

  get(number: number): EventClass | undefined {
    return this.#byNumber.get(number);
  }

  of(traits: ClassTraits): EventClass | undefined {
    const ofType = this.#byType.get(traits.type);
    if (ofType === undefined) return undefined;
    const { version, app, exchange, routingKey, valid } = traits;
    for (const found of ofType)
      if (
        found.app === app &&
        found.valid === valid &&
        found.version === version &&
        found.routingKey === routingKey &&
        found.exchange === exchange
      )
        return found;
    return undefined;
  }

  get nextNumber(): number {
    return this.#byNumber.size + 1;
  }

  [Symbol.iterator](): IterableIterator<EventClass> {
    return this.#byNumber.values();
  }
}
