/**
 * From delivery to ack. What a message means is its owner's business (`prepare`); when it is handled, for how long,
 * how often and where it goes when that fails is decided here.
 *
 *   delivered ─ cannot be prepared, NonRetryable, ladder used up ─▶ copied to <queue>.dlq ─▶ acked
 *       └─ handled ─ resolved ─▶ acked
 *              └─ rejected, too slow ─▶ copied to <queue>.retry.<delay> ─▶ acked ─▶ (delay) ─▶ delivered
 *
 * A copy is confirmed by the broker before the original is acked: a crash in between makes two, never none.
 */
import { type BusAddress, type HandlerContext, HEADERS, RETRY_LADDER } from "../contract.js";
import { BloodbankError, messageOf, NonRetryable } from "../errors.js";
import type { StartOptions } from "../link/link.js";
import { handlingOf } from "../telemetry/message-spans.js";
import { declareRetries } from "../topology/declare.js";
import { Breaker, type BreakerSettings } from "./breaker.js";
import { attemptOf, copyOf, type Failure, originalRoutingKey } from "./failure.js";
import { Lanes } from "./lanes.js";
import { type Held, QueueReader } from "./queue-reader.js";
import { RecentIds } from "./recent-ids.js";
import { Suspects } from "./suspects.js";

/** After a message could neither be handled nor moved: it goes back to the queue, but not in a tight loop. */
const REQUEUE_PAUSE = 1_000;
const REMEMBERED = 10_000;

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

interface Item {
  readonly delivery: Held;
  /** It came back, and not to this process: its handling may have ended another one. */
  readonly suspect: boolean;
  readonly task: Task;
  readonly failure: Failure | undefined;
}

export class DeliveryLoop {
  readonly #bus: BusAddress;
  readonly #settings: LoopSettings;
  readonly #prepare: (delivery: Held) => Task | Failure;
  readonly #reader: QueueReader;
  readonly #concurrency: number;
  readonly #breaker: Breaker | undefined;
  readonly #lanes = new Lanes<Item>();
  readonly #aborts = new Set<AbortController>();
  readonly #closed = new AbortController();
  /** Ids this process was given: their return is a lost connection, not a death. */
  readonly #known = new RecentIds(REMEMBERED);
  #suspects: Suspects | undefined;
  #active = 0;
  #alone = false;
  #closing = false;
  #userPaused = false;
  #reopen: NodeJS.Timeout | undefined;
  #idle: (() => void) | undefined;

  constructor(
    bus: BusAddress,
    settings: LoopSettings,
    bindings: readonly string[],
    prepare: (delivery: Held) => Task | Failure,
  ) {
    this.#bus = bus;
    this.#settings = settings;
    this.#prepare = prepare;
    this.#concurrency = settings.concurrency ?? 1;
    this.#breaker = settings.breaker === false ? undefined : new Breaker(settings.breaker);
    this.#reader = new QueueReader(bus, {
      queue: settings.queue,
      bindings,
      prefetch: settings.prefetch ?? Math.max(100, this.#concurrency * 2),
      moves: true,
      role: "consumer",
      onDelivery: (delivery) => this.#delivered(delivery),
      onLost: () => {
        this.#lanes.clear();
      },
    });
  }

  get connected(): boolean {
    return this.#reader.connected;
  }

  get active(): number {
    return this.#active;
  }

  /** Why nothing is taken from the queue, if so. */
  get pausedBy(): "caller" | "breaker" | undefined {
    if (this.#userPaused) return "caller";
    return this.#breaker?.state === "open" ? "breaker" : undefined;
  }

  start(options?: StartOptions): Promise<void> {
    return this.#reader.start(options);
  }

  async pause(): Promise<void> {
    this.#userPaused = true;
    await this.#halt();
    await this.#whenIdle();
  }

  async resume(): Promise<void> {
    this.#userPaused = false;
    if (this.pausedBy === undefined && !this.#closing) await this.#reader.resume();
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    clearTimeout(this.#reopen);
    this.#lanes.clear();
    await this.#reader.pause();
    const timer = setTimeout(() => this.#abort(), this.#settings.drainTimeout ?? 30_000);
    await this.#whenIdle();
    clearTimeout(timer);
    await this.#reader.close();
  }

  #abort(): void {
    const reason = new Error("the consumer closes");
    this.#closed.abort(reason);
    for (const controller of this.#aborts) controller.abort(reason);
  }

  #whenIdle(): Promise<void> {
    if (this.#active === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle = resolve;
    });
  }

  /** Stops deliveries and gives back what waits here; what is being handled goes on. */
  async #halt(): Promise<void> {
    await this.#reader.pause();
    for (const { delivery } of this.#lanes.clear()) delivery.requeue();
  }

  #delivered(delivery: Held): void {
    if (this.#closing) return;
    const prepared = this.#prepare(delivery);
    const item: Item =
      "final" in prepared
        ? {
            delivery,
            suspect: false,
            task: { id: undefined, key: undefined, label: "", run: () => undefined },
            failure: prepared,
          }
        : { delivery, suspect: this.#isSuspect(delivery, prepared), task: prepared, failure: undefined };
    this.#remember(item);
    this.#lanes.push(item.task.key, item);
    this.#pump();
  }

  #pump(): void {
    while (!this.#closing && !this.#alone && this.pausedBy === undefined) {
      const limit = this.#breaker?.state === "probing" ? 1 : this.#concurrency;
      const next = this.#lanes.peek();
      if (next === undefined || this.#active >= limit) return;
      // A suspect is handled alone: if the process dies, it is known who did it.
      if (next.suspect && this.#active > 0) return;
      this.#lanes.take();
      this.#alone = next.suspect;
      this.#active++;
      this.#begin(next);
    }
  }

  /** A handler that returns at once is done with at once: no promise is made for it. */
  #begin(item: Item): void {
    const began = performance.now();
    const work = this.#workOf(item, began);
    if (work !== undefined) this.#finishAfter(item, work);
    else {
      this.#succeeded(item, began);
      this.#finish(item);
    }
  }

  /** What is still to be done for a message; undefined when its handler has returned already. */
  #workOf(item: Item, began: number): Promise<void> | undefined {
    if (item.failure !== undefined) return this.#setAside(item, item.failure);
    if (item.suspect) return this.#handleSuspect(item);
    try {
      const working = this.#work(item);
      return working && this.#outcome(item, working, began);
    } catch (error) {
      return this.#failed(item, error, began);
    }
  }

  /** Whatever is still wrong after all that could be done: the message goes back to its queue. */
  #finishAfter(item: Item, work: Promise<void>): void {
    work
      .catch((error: unknown) => {
        this.#bus.log?.("error", `${this.#settings.queue}: ${messageOf(error)}`);
        setTimeout(() => item.delivery.requeue(), REQUEUE_PAUSE).unref();
      })
      .then(() => {
        this.#finish(item);
        this.#pump();
      });
  }

  #finish({ task }: Item): void {
    this.#active--;
    this.#alone = false;
    this.#lanes.done(task.key);
    if (this.#active === 0) this.#idle?.();
  }

  #isSuspect(delivery: Held, task: Task): boolean {
    return task.id !== undefined && delivery.redelivered && !this.#known.has(task.id);
  }

  #remember({ task }: Item): void {
    if (task.id !== undefined) this.#known.add(task.id);
  }

  async #handleSuspect(item: Item): Promise<void> {
    const { client, moves } = this.#reader;
    const { id } = item.task;
    if (client === undefined || moves === undefined || id === undefined) return;
    if (this.#suspects?.client !== client)
      this.#suspects = new Suspects(client, moves, this.#settings.queue, this.#bus.queueType);
    const suspects = this.#suspects;
    const deaths = await suspects.enter(id);
    if (deaths >= (this.#settings.poisonLimit ?? 3)) {
      const reason = `its handling ended the consumer's process ${deaths} times`;
      await this.#setAside(item, { code: "POISON", reason, final: true });
    } else {
      const began = performance.now();
      await this.#outcome(item, (async () => this.#work(item))(), began);
    }
    await suspects.leave(id);
  }

  /** The handler's work; undefined when it was done at once. */
  #work(item: Item): Promise<void> | undefined {
    const { delivery } = item;
    const working = handlingOf(delivery, this.#settings.queue, attemptOf(delivery), () => this.#run(item));
    // A handler may return a promise of another make.
    return typeof working?.then === "function" ? Promise.resolve(working) : undefined;
  }

  async #outcome(item: Item, working: Promise<void>, began: number): Promise<void> {
    try {
      await working;
    } catch (error) {
      return this.#failed(item, error, began);
    }
    this.#succeeded(item, began);
  }

  #succeeded(item: Item, began: number): void {
    item.delivery.ack();
    this.#measure(item, "handled", (performance.now() - began) / 1_000);
    this.#breaker?.succeeded();
  }

  async #failed(item: Item, error: unknown, began: number): Promise<void> {
    const failure = failureOf(error);
    await this.#setAside(item, failure, (performance.now() - began) / 1_000);
    if (!failure.final) this.#countFailure();
  }

  #run({ delivery, task }: Item): Promise<void> | void {
    const { deadline } = this.#settings;
    if (deadline === undefined) return task.run(this.#contextOf(delivery, task, this.#closed.signal));
    const controller = new AbortController();
    this.#aborts.add(controller);
    return new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        const error = new BloodbankError("HANDLER_TIMEOUT", `the handler took longer than ${deadline} ms`);
        reject(error);
        controller.abort(error);
      }, deadline);
      Promise.resolve(task.run(this.#contextOf(delivery, task, controller.signal)))
        .then(resolve, reject)
        .finally(() => {
          clearTimeout(timer);
          this.#aborts.delete(controller);
        });
    });
  }

  #contextOf(delivery: Held, task: Task, signal: AbortSignal): HandlerContext {
    const replayId = delivery.headers[HEADERS.replayId];
    return {
      attempt: attemptOf(delivery),
      redelivered: delivery.redelivered,
      queue: this.#settings.queue,
      routingKey: originalRoutingKey(delivery) ?? task.label,
      headers: delivery.headers,
      replayId: typeof replayId === "string" ? replayId : undefined,
      signal,
    };
  }

  #countFailure(): void {
    const pause = this.#breaker?.failed();
    if (pause === undefined) return;
    this.#bus.log?.("error", `${this.#settings.queue}: everything fails; paused for ${pause} ms`);
    this.#halt().catch(() => undefined);
    this.#reopen = setTimeout(() => {
      this.#breaker?.probe();
      if (this.#closing || this.#userPaused) return;
      this.#reader.resume().catch(() => undefined);
    }, pause);
  }

  /** To the ladder's next rung, or to the dead letters. */
  async #setAside(item: Item, failure: Failure, seconds = 0): Promise<void> {
    const { delivery } = item;
    const attempt = attemptOf(delivery);
    const copy = copyOf(delivery, this.#settings.queue, attempt, failure);
    const final = failure.final || attempt > RETRY_LADDER.length;
    this.#bus.log?.(
      final ? "error" : "warn",
      `${this.#settings.queue}: attempt ${attempt} failed (${failure.code}), to ${copy.routingKey}: ${failure.reason}`,
    );
    // The first copy may find that the queue was deleted; then it is declared again.
    if (!(await this.#copy(copy, delivery)) && !(await this.#redeclareAndCopy(copy, delivery))) {
      if (delivery.live) throw new BloodbankError("UNROUTABLE_COPY", `${copy.routingKey} does not exist`);
      return;
    }
    delivery.ack();
    this.#measure(item, final ? "dead_lettered" : "retried", seconds);
  }

  async #redeclareAndCopy(copy: ReturnType<typeof copyOf>, delivery: Held): Promise<boolean> {
    const { client } = this.#reader;
    if (!delivery.live || client === undefined) return false;
    await declareRetries(client, this.#settings.queue, this.#bus.queueType);
    return this.#copy(copy, delivery);
  }

  /** Whether the copy is confirmed and in its queue. */
  #copy(copy: ReturnType<typeof copyOf>, delivery: Held): Promise<boolean> {
    const { moves } = this.#reader;
    // Without its connection the original comes again by itself.
    if (moves === undefined || !delivery.live) return Promise.resolve(false);
    return new Promise((resolve, reject) => {
      moves.publish(copy, {
        confirmed: resolve,
        refused: () =>
          reject(new BloodbankError("PUBLISH_REFUSED", `the broker refused a copy to ${copy.routingKey}`)),
        lost: () => resolve(false),
      });
    });
  }

  #measure(
    { delivery, task }: Item,
    outcome: "handled" | "retried" | "dead_lettered",
    seconds: number,
  ): void {
    const { metrics } = this.#bus;
    if (metrics?.handled === undefined) return;
    const sentAt = delivery.properties.timestamp;
    metrics.handled({
      queue: this.#settings.queue,
      type: task.label,
      outcome,
      seconds,
      attempt: attemptOf(delivery),
      lag: sentAt === undefined ? undefined : Math.max(0, delivery.receivedAt / 1_000 - sentAt),
    });
  }
}

function failureOf(error: unknown): Failure {
  return {
    code: error instanceof BloodbankError ? error.code : "HANDLER_FAILED",
    reason: messageOf(error),
    stack: error instanceof Error ? error.stack : undefined,
    final: error instanceof NonRetryable,
  };
}
