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
import type { BusAddress } from "../contract.js";
import { BloodbankError, messageOf, NonRetryable } from "../errors.js";
import type { StartOptions } from "../link/link.js";
import { Breaker } from "./breaker.js";
import { attemptOf, type Failure } from "./failure.js";
import { HandlerCalls } from "./handler-calls.js";
import { Lanes } from "./lanes.js";
import { Moves } from "./moves.js";
import { type Held, QueueReader } from "./queue-reader.js";
import { RecentIds } from "./recent-ids.js";
import { Suspects } from "./suspects.js";
import { type Item, type LoopSettings, NO_TASK, type Task } from "./task.js";

/** After a message could neither be handled nor moved: it goes back to the queue, but not in a tight loop. */
const REQUEUE_PAUSE = 1_000;
const REMEMBERED = 16_384;

export class DeliveryLoop {
  readonly #bus: BusAddress;
  readonly #settings: LoopSettings;
  readonly #prepare: (delivery: Held) => Task | Failure;
  readonly #reader: QueueReader;
  readonly #concurrency: number;
  readonly #breaker: Breaker | undefined;
  readonly #lanes = new Lanes<Item>(({ task }) => task.key);
  readonly #calls: HandlerCalls;
  readonly #moves: Moves;
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
    this.#calls = new HandlerCalls(settings.queue, settings.deadline);
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
    this.#moves = new Moves(bus, settings.queue, this.#reader);
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
    const reason = new Error("the consumer closes");
    const timer = setTimeout(() => this.#calls.abort(reason), this.#settings.drainTimeout ?? 30_000);
    await this.#whenIdle();
    clearTimeout(timer);
    await this.#reader.close();
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
        ? { delivery, suspect: false, task: NO_TASK, failure: prepared }
        : { delivery, suspect: this.#isSuspect(delivery, prepared), task: prepared, failure: undefined };
    if (item.task.id !== undefined) this.#known.add(item.task.id);
    if (item.task.key === undefined && this.#lanes.empty && this.#mayBegin(item)) this.#begin(item);
    else {
      this.#lanes.push(item);
      this.#pump();
    }
  }

  #pump(): void {
    for (
      let next = this.#lanes.peek();
      next !== undefined && this.#mayBegin(next);
      next = this.#lanes.peek()
    ) {
      this.#lanes.take();
      this.#begin(next);
    }
  }

  #mayBegin({ suspect }: Item): boolean {
    if (this.#closing || this.#alone || this.pausedBy !== undefined) return false;
    // A suspect is handled alone: if the process dies, it is known who did it.
    if (suspect && this.#active > 0) return false;
    return this.#active < (this.#breaker?.state === "probing" ? 1 : this.#concurrency);
  }

  /** A handler that returns at once is done with at once: no promise is made for it. */
  #begin(item: Item): void {
    this.#alone = item.suspect;
    this.#active++;
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
      const working = this.#calls.call(item.delivery, item.task);
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

  #finish(item: Item): void {
    this.#active--;
    this.#alone = false;
    this.#lanes.done(item);
    if (this.#active === 0) this.#idle?.();
  }

  #isSuspect(delivery: Held, task: Task): boolean {
    return task.id !== undefined && delivery.redelivered && !this.#known.has(task.id);
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
      await this.#outcome(item, (async () => this.#calls.call(item.delivery, item.task))(), began);
    }
    await suspects.leave(id);
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

  async #setAside(item: Item, failure: Failure, seconds = 0): Promise<void> {
    const outcome = await this.#moves.setAside(item.delivery, failure);
    if (outcome !== undefined) this.#measure(item, outcome, seconds);
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
