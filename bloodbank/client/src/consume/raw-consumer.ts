/**
 * Messages in batches, as bytes: for what must take everything, broken events too, and commit it before the ack.
 *
 * While one batch is being committed the next one gathers: batches grow with the load, and a lone message does not
 * wait longer than `linger`.
 */
import { withSafeCallbacks } from "../callbacks.js";
import type { BusAddress } from "../contract.js";
import { messageOf } from "../errors.js";
import type { StartOptions } from "../link/link.js";
import { LONGEST_WAIT, refuseOutside } from "../settings.js";
import { batchOf } from "../telemetry/message-spans.js";
import { OwnCalls } from "./own-calls.js";
import { type Held, QueueReader } from "./queue-reader.js";
import type { RawDelivery } from "./raw-delivery.js";

const LONGEST_PAUSE = 5_000;

export interface RawConsumerSettings {
  readonly queue: string;
  /** Patterns to bind the queue with; none: it is taken as it is bound. */
  readonly bindings?: readonly string[];
  /**
   * Called with one batch at a time, in the queue's order. When it resolves the whole batch is acked. When it
   * rejects the same batch is given again, after a growing pause, until it resolves or the consumer closes.
   */
  readonly onBatch: (batch: readonly RawDelivery[]) => Promise<void>;
  /** Messages a batch holds at most; 1,000 by default. */
  readonly maxBatch?: number;
  /** Milliseconds to wait for company when a message arrives alone; 2 by default. */
  readonly linger?: number;
  /** Messages in memory at most; twice `maxBatch` by default. */
  readonly prefetch?: number;
}

/**
 * @example
 * const recorder = new RawConsumer(bus, { queue: "event_store_manager_queue", bindings: ["#"],
 *   onBatch: async (batch) => { await store.append(batch); } });
 * await recorder.start();
 */
export class RawConsumer {
  readonly #bus: BusAddress;
  readonly #settings: RawConsumerSettings;
  readonly #reader: QueueReader;
  readonly #maxBatch: number;
  readonly #linger: number;
  #gathered: Held[] = [];
  #timer: NodeJS.Timeout | undefined;
  #working: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #interrupt: (() => void) | undefined;
  /** Of `onBatch`. */
  readonly #calls = new OwnCalls();

  constructor(bus: BusAddress, settings: RawConsumerSettings) {
    refuseOutside("maxBatch", settings.maxBatch, 1, Number.POSITIVE_INFINITY);
    refuseOutside("linger", settings.linger, 0, LONGEST_WAIT);
    refuseOutside("prefetch", settings.prefetch, 0, Number.POSITIVE_INFINITY);
    this.#bus = withSafeCallbacks(bus);
    this.#settings = settings;
    this.#maxBatch = settings.maxBatch ?? 1_000;
    this.#linger = settings.linger ?? 2;
    this.#reader = new QueueReader(this.#bus, {
      queue: settings.queue,
      bindings: settings.bindings ?? [],
      prefetch: Math.min(settings.prefetch ?? this.#maxBatch * 2, 65_535),
      moves: false,
      role: "raw consumer",
      onDelivery: (delivery) => this.#gather(delivery),
      // They come again on the next connection.
      onLost: () => {
        this.#gathered = [];
      },
    });
  }

  get connected(): boolean {
    return this.#reader.connected;
  }

  /** Whether all that was delivered is committed. */
  get idle(): boolean {
    return this.#working === undefined && this.#gathered.length === 0;
  }

  start(options?: StartOptions): Promise<void> {
    return this.#reader.start(options);
  }

  /**
   * No further batches; `resume` goes on. The batch in work is finished, and waited for unless it is that one which asks;
   * what waits for the next one is given back.
   */
  async pause(): Promise<void> {
    await this.#reader.pause();
    for (const delivery of this.#gathered.splice(0)) delivery.requeue();
    if (this.#calls.mayWait) await this.#working;
  }

  resume(): Promise<void> {
    return this.#reader.resume();
  }

  /**
   * Finishes the batch in work, acks it, and disconnects. `onBatch` may await it: then it resolves at once, and the rest
   * follows when that batch is done.
   */
  async close(): Promise<void> {
    this.#closing ??= this.#drain();
    if (this.#calls.mayWait) await this.#closing;
  }

  async #drain(): Promise<void> {
    clearTimeout(this.#timer);
    this.#interrupt?.();
    // A broker that hangs is not waited for.
    void this.#reader.pause();
    await this.#working;
    await this.#reader.close();
  }

  #gather(delivery: Held): void {
    if (this.#closing) return;
    this.#gathered.push(delivery);
    if (this.#working !== undefined) return;
    if (this.#gathered.length >= this.#maxBatch) this.#work();
    else this.#timer ??= setTimeout(() => this.#work(), this.#linger);
  }

  #work(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#working !== undefined || this.#closing || this.#gathered.length === 0) return;
    const batch = this.#gathered.splice(0, this.#maxBatch);
    this.#working = this.#commit(batch).finally(() => {
      this.#working = undefined;
      this.#work();
    });
  }

  async #commit(batch: readonly Held[]): Promise<void> {
    // It is known to be at work before it can ask for the end.
    await undefined;
    for (let pause = 100; !this.#closing && batch[0]?.live; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      try {
        await batchOf(batch, this.#settings.queue, () => this.#call(batch));
        for (const delivery of batch) delivery.ack();
        return;
      } catch (error) {
        this.#bus.log?.("error", `${this.#settings.queue}: a batch failed: ${messageOf(error)}`, {
          size: batch.length,
        });
        await this.#sleep(pause);
      }
    }
  }

  async #call(batch: readonly Held[]): Promise<void> {
    const call = this.#calls.begin();
    try {
      await call.run(() => this.#settings.onBatch(batch));
    } finally {
      call.over();
    }
  }

  #sleep(ms: number): Promise<void> {
    if (this.#closing) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#interrupt = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
