import type { Queue } from "../queue/queue.js";
import type { Exchange } from "./exchange.js";
import { makeRoute, type Route } from "./route.js";

/** One route for all keys that lead from an exchange to the same queues, found by walking from queue to queue. */
export class SharedRoutes {
  readonly #roots = new Map<Exchange | undefined, Step>();
  #steps = 0;

  of(exchange: Exchange | undefined, queues: readonly Queue[]): Route {
    if (queues.length > LONGEST) return makeRoute(exchange, queues, true);
    let step = this.#stepTo(this.#roots, exchange);
    for (let i = 0; i < queues.length; i++) step = this.#stepTo(step.next, queues[i]!);
    step.route ??= makeRoute(exchange, queues, true);
    return step.route;
  }

  clear(): void {
    if (this.#steps > 0) this.#roots.clear();
    this.#steps = 0;
  }

  #stepTo<K>(from: Map<K, Step>, key: K): Step {
    let step = from.get(key);
    if (step === undefined) {
      if (this.#steps >= MOST_STEPS) this.clear();
      step = new Step();
      from.set(key, step);
      this.#steps++;
    }
    return step;
  }
}

class Step {
  readonly next = new Map<Queue, Step>();
  route: Route | undefined;
}

/** Longer ways are rarely gone twice, and each step is a map. */
const LONGEST = 16;
/** Every choice of some dozen queues would be a tree without end. */
const MOST_STEPS = 16_384;
