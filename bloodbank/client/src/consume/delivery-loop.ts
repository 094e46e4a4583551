/**
 * From delivery to ack. What a message means is its owner's business (`prepare`); when it is handled, for how long,
 * how often and where it goes when that fails is decided here.
 *
 *   delivered ─ cannot be prepared, NonRetryable, ladder used up ─▶ copied to <queue>.dlq ─▶ acked
 *       └─ handled ─ resolved ─▶ acked
 *              └─ rejected, too slow ─▶ copied to <queue>.retry.<delay> ─▶ acked ─▶ (delay) ─▶ delivered
 *
 * A copy is confirmed by the broker before the original is acked: a crash in between makes two, never none. Meanwhile
 * the next message is handled: those that do not fail never wait for the move of one that did.
 */
import { withSafeCallbacks } from "../callbacks.js";
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
import { Item, type LoopSettings, NO_TASK, refuseUnusable, type Task } from "./task.js";

/** After a message could neither be handled nor moved: it goes back to the queue, but not in a tight loop. */
const REQUEUE_PAUSE = 1_000;
const REMEMBERED = 16_384;
/** For handlers whose signal was aborted; the rest of what `close` may take, as nobody ends what does not listen. */
const LAST_WAIT = 5_000;

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
  /** Handlers at work. */
  #active = 0;
  /** Failed messages whose copy is not confirmed yet. */
  #moving = 0;
  #alone = false;
  /** Resolves when what is handled in this turn is. */
  #turn: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #userPaused = false;
  #reopen: NodeJS.Timeout | undefined;
  /** Told when nothing is at work. */
  #waiting: (() => void)[] = [];

  constructor(
    bus: BusAddress,
    settings: LoopSettings,
    bindings: readonly string[],
    prepare: (delivery: Held) => Task | Failure,
  ) {
    refuseUnusable(settings);
    this.#bus = withSafeCallbacks(bus);
    this.#settings = settings;
    this.#prepare = prepare;
    this.#concurrency = settings.concurrency ?? 1;
    this.#calls = new HandlerCalls(settings.queue, settings.deadline);
    this.#breaker = settings.breaker === false ? undefined : new Breaker(settings.breaker);
    this.#reader = new QueueReader(this.#bus, {
      queue: settings.queue,
      bindings,
      prefetch: settings.prefetch ?? Math.min(65_535, Math.max(100, this.#concurrency * 2)),
      moves: true,
      role: "consumer",
      onDelivery: (delivery) => this.#delivered(delivery),
      onLost: () => {
        this.#lanes.clear();
      },
    });
    this.#moves = new Moves(this.#bus, settings.queue, this.#reader);
  }

  get connected(): boolean {
    return this.#reader.connected;
  }

  get started(): boolean {
    return this.#reader.started;
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

  /** `waits`: for the handlers at work. */
  async pause(waits = true): Promise<void> {
    this.#userPaused = true;
    await this.#halt();
    if (waits) await this.#whenIdle();
  }

  async resume(): Promise<void> {
    this.#userPaused = false;
    if (this.pausedBy === undefined && !this.#closing) await this.#reader.resume();
  }

  /** No handler begins any more. `waits`: until it is closed. */
  async close(waits = true): Promise<void> {
    this.#closing ??= this.#drain();
    if (waits) await this.#closing;
  }

  async #drain(): Promise<void> {
    this.#lanes.clear();
    // A broker that hangs is not waited for: what it still delivers is not taken.
    void this.#reader.pause();
    let timer: NodeJS.Timeout | undefined;
    const tooLate = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#calls.abort(new Error("the consumer closes"));
        timer = setTimeout(resolve, LAST_WAIT);
      }, this.#settings.drainTimeout ?? 30_000);
    });
    await Promise.race([this.#whenIdle(), tooLate]);
    clearTimeout(timer);
    if (this.#active > 0)
      this.#bus.log?.(
        "error",
        `${this.#settings.queue}: closed while ${this.#active} at work did not end; the queue has their messages again`,
      );
    // Also what a handler that failed meanwhile has left.
    clearTimeout(this.#reopen);
    await this.#reader.close();
  }

  #whenIdle(): Promise<void> {
    if (this.#active + this.#moving === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Stops deliveries and gives back what waits here; what is being handled goes on. */
  async #halt(): Promise<void> {
    await this.#reader.pause();
    for (const { delivery } of this.#lanes.clear()) delivery.requeue();
  }

  #delivered(delivery: Held): void {
    if (this.#closing) return;
    const prepared = this.#prepared(delivery);
    const item =
      "final" in prepared
        ? new Item(delivery, false, NO_TASK, prepared)
        : new Item(delivery, this.#isSuspect(delivery, prepared), prepared, undefined);
    if (item.task.id !== undefined) this.#known.add(item.task.id);
    if (item.task.key === undefined && this.#lanes.empty && this.#mayBegin(item)) this.#begin(item);
    else {
      this.#lanes.push(item);
      this.#pump();
    }
  }

  /** What its owner stumbles over fails like what its handler stumbles over. */
  #prepared(delivery: Held): Task | Failure {
    try {
      return this.#prepare(delivery);
    } catch (error) {
      return failureOf(error);
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

  #begin(item: Item): void {
    this.#alone = item.suspect;
    this.#active++;
    if (item.suspect)
      this.#handleSuspect(item)
        .catch((error: unknown) => this.#giveBack(item, error))
        .then(() => this.#finishAndGoOn(item));
    else if (item.failure === undefined) this.#handle(item);
    else {
      this.#move(item, item.failure);
      this.#finish(item);
    }
  }

  /** A handler that returns at once is done with at once, without a promise; for one that does not, there is one. */
  #handle(item: Item): void {
    const began = performance.now();
    let working: Promise<void> | undefined;
    try {
      working = this.#calls.call(item.delivery, item.task);
    } catch (error) {
      this.#failed(item, error, began);
      this.#finish(item);
      return;
    }
    if (working === undefined) {
      this.#succeeded(item, began);
      this.#finish(item);
      return;
    }
    working.then(
      () => {
        this.#succeeded(item, began);
        this.#finishAndGoOn(item);
      },
      (error: unknown) => {
        this.#failed(item, error, began);
        this.#finishAndGoOn(item);
      },
    );
  }

  /** Whatever is still wrong after all that could be done: the message goes back to its queue. */
  #giveBack({ delivery }: Item, error: unknown): void {
    this.#bus.log?.("error", `${this.#settings.queue}: ${messageOf(error)}`);
    setTimeout(() => delivery.requeue(), REQUEUE_PAUSE).unref();
  }

  #finishAndGoOn(item: Item): void {
    this.#finish(item);
    this.#pump();
  }

  #finish(item: Item): void {
    this.#active--;
    this.#alone = false;
    item.task.over?.();
    this.#lanes.done(item);
    this.#tellIfIdle();
  }

  #tellIfIdle(): void {
    if (this.#active + this.#moving > 0) return;
    for (const resolve of this.#waiting.splice(0)) resolve();
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
      await this.#move(item, { code: "POISON", reason, final: true });
    } else await this.#handleAlone(item);
    await suspects.leave(id);
  }

  async #handleAlone(item: Item): Promise<void> {
    const began = performance.now();
    try {
      await this.#calls.call(item.delivery, item.task);
    } catch (error) {
      // Its marker stays until it is known where it went.
      await this.#failed(item, error, began);
      return;
    }
    this.#succeeded(item, began);
  }

  #succeeded(item: Item, began: number): void {
    item.delivery.ack();
    this.#measure(item, "handled", (performance.now() - began) / 1_000);
    this.#breaker?.succeeded();
  }

  #failed(item: Item, error: unknown, began: number): Promise<void> {
    const failure = failureOf(error);
    const moved = this.#move(item, failure, (performance.now() - began) / 1_000);
    if (!failure.final) this.#countFailure();
    return moved;
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

  /**
   * Behind all that is handled in this turn of the event loop: those that do not fail do not wait until it is written
   * down why one did. Never rejects: what cannot be moved is given back.
   */
  async #move(item: Item, failure: Failure, seconds = 0): Promise<void> {
    this.#moving++;
    await this.#endOfTurn();
    try {
      const outcome = await this.#moves.setAside(item.delivery, failure);
      if (outcome !== undefined) this.#measure(item, outcome, seconds);
    } catch (error) {
      this.#giveBack(item, error);
    }
    this.#moving--;
    this.#tellIfIdle();
  }

  /** One for all that fail in a turn: their copies leave in one write. */
  #endOfTurn(): Promise<void> {
    this.#turn ??= new Promise((resolve) =>
      setImmediate(() => {
        this.#turn = undefined;
        resolve();
      }),
    );
    return this.#turn;
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

const failureOf = (error: unknown): Failure => ({
  code: error instanceof BloodbankError ? error.code : "HANDLER_FAILED",
  reason: messageOf(error),
  // V8 writes it down when it is asked for.
  get stack() {
    return error instanceof Error ? error.stack : undefined;
  },
  final: error instanceof NonRetryable,
});
