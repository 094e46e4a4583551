/**
 * Stops a queue whose every message fails, so that an outage of what the handler depends on does not march the whole
 * queue down the retry ladder into the dead letters.
 *
 *   closed ── `failures` in a row ──▶ open ── after the pause ──▶ probing ── success ──▶ closed
 *                                       ▲                            │
 *                                       └──── failure, pause × 2 ────┘
 *
 * Only failures that might pass count: a broken contract or a NonRetryable says nothing about the others.
 */
import { LONGEST_WAIT, refuseOutside } from "../settings.js";

export interface BreakerSettings {
  /** Failures in a row, without a success between, that open it; 20 by default. */
  readonly failures?: number;
  /** Milliseconds of the first pause; 1,000 by default. */
  readonly pause?: number;
  /** Each further pause is twice as long, up to this; 60,000 by default. */
  readonly longestPause?: number;
}

export class Breaker {
  readonly #limit: number;
  readonly #first: number;
  readonly #longest: number;
  #failures = 0;
  #pause: number;
  #state: "closed" | "open" | "probing" = "closed";

  /** @throws RangeError for what it could not count to, or wait */
  constructor(settings: BreakerSettings = {}) {
    refuseOutside("breaker.failures", settings.failures, 1, Number.POSITIVE_INFINITY);
    refuseOutside("breaker.pause", settings.pause, 1, LONGEST_WAIT);
    refuseOutside("breaker.longestPause", settings.longestPause, 1, LONGEST_WAIT);
    this.#limit = settings.failures ?? 20;
    this.#first = settings.pause ?? 1_000;
    this.#longest = settings.longestPause ?? 60_000;
    this.#pause = this.#first;
  }

  get state(): "closed" | "open" | "probing" {
    return this.#state;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#pause = this.#first;
    this.#state = "closed";
  }

  /** The pause to make now, in milliseconds, when this failure opens it. */
  failed(): number | undefined {
    this.#failures++;
    if (this.#state === "open") return undefined;
    if (this.#state === "closed" && this.#failures < this.#limit) return undefined;
    const pause = this.#pause;
    this.#pause = Math.min(pause * 2, this.#longest);
    this.#state = "open";
    return pause;
  }

  /** The pause is over: one message may try. */
  probe(): void {
    if (this.#state === "open") this.#state = "probing";
  }
}
