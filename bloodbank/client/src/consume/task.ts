/** What a consumer is told, and what it is given to do. */
import type { HandlerContext } from "../contract.js";
import type { BreakerSettings } from "./breaker.js";
import type { Failure } from "./failure.js";
import type { Held } from "./queue-reader.js";

export interface LoopSettings {
  /** `services.{domain}.{service_name}` by convention. */
  readonly queue: string;
  /** Messages in memory at most; 100 by default, and at least twice the concurrency. */
  readonly prefetch?: number;
  /** Handlers at work at the same time; 1 by default, which keeps the queue's order. */
  readonly concurrency?: number;
  /**
   * Milliseconds a handler may take; unlimited by default. Then its signal is aborted and the message is retried; the
   * handler is expected to stop by itself.
   */
  readonly deadline?: number;
  /** Pauses the queue when everything fails; `false` switches that off. */
  readonly breaker?: BreakerSettings | false;
  /** Deaths of its process after which a message is given up; 3 by default. */
  readonly poisonLimit?: number;
  /** Milliseconds that `close` waits for handlers before it aborts their signal; 30,000 by default. */
  readonly drainTimeout?: number;
}

/** A delivery that its owner understood. */
export interface Task {
  /** Recognises the message when it is delivered again. */
  readonly id: string | undefined;
  /** Tasks of the same key are handled in order. */
  readonly key: string | undefined;
  /** What it is, for logs and metrics. */
  readonly label: string;
  run(context: HandlerContext): Promise<void> | void;
}

/**
 * A delivery with what is to be done about it: its task, or being set aside for a failure that is certain. It has a
 * constructor for the same reason as a `FailedCopy`.
 */
export class Item {
  readonly delivery: Held;
  /** It came back, and not to this process: its handling may have ended another one. */
  readonly suspect: boolean;
  readonly task: Task;
  readonly failure: Failure | undefined;

  constructor(delivery: Held, suspect: boolean, task: Task, failure: Failure | undefined) {
    this.delivery = delivery;
    this.suspect = suspect;
    this.task = task;
    this.failure = failure;
  }
}

/** Of a delivery that its owner did not understand. */
export const NO_TASK: Task = { id: undefined, key: undefined, label: "", run: () => undefined };
