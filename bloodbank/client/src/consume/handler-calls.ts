/** Calls handlers: what each is told beside its message, and how long it may take. */
import { setMaxListeners } from "node:events";
import { type HandlerContext, HEADERS } from "../contract.js";
import { BloodbankError } from "../errors.js";
import { handlingOf } from "../telemetry/message-spans.js";
import { attemptOf, originalRoutingKey } from "./failure.js";
import type { Held } from "./queue-reader.js";
import type { Task } from "./task.js";

export class HandlerCalls {
  readonly #queue: string;
  readonly #deadline: number | undefined;
  /** Of the calls that have a deadline; the others share one signal. */
  readonly #running = new Set<AbortController>();
  readonly #all = new AbortController();

  constructor(queue: string, deadline: number | undefined) {
    this.#queue = queue;
    this.#deadline = deadline;
    // Each handler at work may listen.
    setMaxListeners(0, this.#all.signal);
  }

  /** In a span of its own. Undefined when the handler returned and left nothing to wait for. */
  call(delivery: Held, task: Task): Promise<void> | undefined {
    const working = handlingOf(delivery, this.#queue, attemptOf(delivery), () => this.#run(delivery, task));
    // A handler may return a promise of another make.
    return typeof working?.then === "function" ? Promise.resolve(working) : undefined;
  }

  /** Asks all handlers at work to stop. */
  abort(reason: Error): void {
    this.#all.abort(reason);
    for (const controller of this.#running) controller.abort(reason);
  }

  #run(delivery: Held, task: Task): Promise<void> | void {
    if (this.#deadline === undefined) return task.run(this.#contextOf(delivery, task, this.#all.signal));
    return this.#runUntil(this.#deadline, delivery, task);
  }

  #runUntil(deadline: number, delivery: Held, task: Task): Promise<void> {
    const controller = new AbortController();
    this.#running.add(controller);
    return new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        const error = new BloodbankError("HANDLER_TIMEOUT", `the handler took longer than ${deadline} ms`);
        reject(error);
        controller.abort(error);
      }, deadline);
      new Promise<void>((done) => done(task.run(this.#contextOf(delivery, task, controller.signal))))
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(timer);
          this.#running.delete(controller);
        });
    });
  }

  #contextOf(delivery: Held, task: Task, signal: AbortSignal): HandlerContext {
    const replayId = delivery.headers[HEADERS.replayId];
    return {
      attempt: attemptOf(delivery),
      redelivered: delivery.redelivered,
      queue: this.#queue,
      routingKey: originalRoutingKey(delivery) ?? task.label,
      headers: delivery.headers,
      replayId: typeof replayId === "string" ? replayId : undefined,
      signal,
    };
  }
}
