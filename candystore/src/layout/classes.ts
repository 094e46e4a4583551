/**
 * Classes: each combination of type, version, app, exchange, routing key and verdict that ever occurred gets a small
 * number, and events carry that number. There are as many as there are kinds of event, so all of them are in memory.
 */
import type { Draft } from "../record/draft.js";

export type ClassTraits = Pick<Draft, "type" | "version" | "app" | "exchange" | "routingKey" | "valid">;

export interface EventClass extends ClassTraits {
  readonly class: number;
  readonly digested: Digested;
}

/** What it gives to the digest of each of its events, see `chain.ts`. */
interface Digested {
  readonly verdict: string;
  readonly lengths: string;
  readonly traits: string;
}

export function eventClassOf(number: number, traits: ClassTraits): EventClass {
  const { type, version, app, exchange, routingKey, valid } = traits;
  const varying = [type, version, app, exchange, routingKey];
  return {
    class: number,
    type,
    version,
    app,
    exchange,
    routingKey,
    valid,
    digested: {
      verdict: ` ${valid ? 1 : 0} `,
      lengths: ` ${varying.map(({ length }) => length).join(" ")} `,
      traits: varying.join(""),
    },
  };
}

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
