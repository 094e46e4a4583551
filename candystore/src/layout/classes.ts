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
  readonly #byTraits = new Map<string, EventClass>();

  add(eventClass: EventClass): void {
    this.#byNumber.set(eventClass.class, eventClass);
    this.#byTraits.set(keyOf(eventClass), eventClass);
  }

  get(number: number): EventClass | undefined {
    return this.#byNumber.get(number);
  }

  of(traits: ClassTraits): EventClass | undefined {
    return this.#byTraits.get(keyOf(traits));
  }

  get nextNumber(): number {
    return this.#byNumber.size + 1;
  }

  [Symbol.iterator](): IterableIterator<EventClass> {
    return this.#byNumber.values();
  }
}

const keyOf = ({ type, version, app, exchange, routingKey, valid }: ClassTraits): string =>
  `${type}\0${version}\0${app}\0${exchange}\0${routingKey}\0${valid ? 1 : 0}`;
