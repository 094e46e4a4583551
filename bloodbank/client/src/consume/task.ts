/** What a consumer is told, and what it is given to do. */
import { Buffer } from "node:buffer";
import type { HandlerContext } from "../contract.js";
import { LONGEST_WAIT, refuseOutside } from "../settings.js";
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
  /**
   * Milliseconds that `close` waits for handlers before it aborts their signal; 30,000 by default. One that has not ended
   * 5 s later is waited for no longer: its message goes back to the queue.
   */
  readonly drainTimeout?: number;
}

/** A queue's name has 255 bytes at most (AMQP 0-9-1 §4.2.5.3), and its retry queues' have up to ten more. */
const LONGEST_NAME = 255 - ".retry.10m".length;

/** @throws RangeError for what could not be consumed with */
export function refuseUnusable(settings: LoopSettings): void {
  const { queue, prefetch, concurrency, deadline, poisonLimit, drainTimeout } = settings;
  if (typeof queue !== "string" || queue === "" || Buffer.byteLength(queue) > LONGEST_NAME)
    throw new RangeError(
      `queue must be a name of 1 to ${LONGEST_NAME} bytes, but is ${JSON.stringify(queue)}.`,
    );
  refuseOutside("concurrency", concurrency, 1, Number.POSITIVE_INFINITY);
  // 0 is no limit (AMQP 0-9-1, `basic.qos`).
  refuseOutside("prefetch", prefetch, 0, 65_535);
  refuseOutside("deadline", deadline, 1, LONGEST_WAIT);
  refuseOutside("poisonLimit", poisonLimit, 1, Number.POSITIVE_INFINITY);
  refuseOutside("drainTimeout", drainTimeout, 0, LONGEST_WAIT);
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
  /** It is waited for no longer. */
  over?(): void;
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
