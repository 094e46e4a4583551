/**
 * Reads the queue, in the thread that writes: a batch is appended, committed, then acked.
 *
 *   received ─▶ appended ─ committed ─▶ acked
 *                  ├─ the store is full, busy, away ─▶ the same batch again, after a pause
 *                  └─ one event of it cannot be stored ─▶ the others are, and it goes to the dead-letter queue
 */
import { hostname } from "node:os";
import {
  type BusAddress,
  declareQueues,
  RawConsumer,
  type RawDelivery,
  type RawMessage,
  RawPublisher,
} from "@33god/bloodbank";
import { StoreError, type StoreErrorCode } from "../errors.js";
import { type Draft, draftOf, type Judge } from "../record/draft.js";
import type { RecorderSettings, RecorderStatus } from "./contract.js";

export interface Appending {
  readonly stored: number;
  readonly duplicates: number;
  readonly invalid: number;
  readonly conflicting: readonly string[];
  readonly position: number;
}

export interface RecordingParts {
  readonly judge: () => Judge;
  readonly append: (drafts: readonly Draft[]) => Appending | Promise<Appending>;
  readonly committed: (position: number) => void;
  readonly log: (level: "debug" | "info" | "warn" | "error", message: string, fields?: object) => void;
}

/** They pass: the batch waits. Anything else is the fault of an event in it. */
const PASSING: ReadonlySet<StoreErrorCode> = new Set([
  "STORE_FULL",
  "STORE_BUSY",
  "STORE_UNAVAILABLE",
  "STORE_CORRUPT",
  "STORE_CLOSED",
]);

/** The store's own events about storing; kept out, or each would bring the next. */
const NOT_STORED: ReadonlySet<string> = new Set(["event_store.event.persisted", "event_store.event.failed"]);

const MAX_BATCH = 2_000;

export class Recording {
  readonly #parts: RecordingParts;
  readonly #settings: RecorderSettings;
  readonly #bus: BusAddress;
  readonly #consumer: RawConsumer;
  readonly #deadLetters: RawPublisher;
  #stored = 0;
  #duplicates = 0;
  #deadLettered = 0;
  #invalid = 0;
  #pending = 0;
  #lag = 0;
  #lastCommit: number | undefined;
  #failing: string | undefined;
  #paused = false;

  constructor(settings: RecorderSettings, parts: RecordingParts) {
    this.#parts = parts;
    this.#settings = settings;
    const bus: BusAddress = {
      url: settings.url,
      source: { host: hostname(), type: "system", app: "event-store-manager" },
      ...(settings.exchange !== undefined && { exchange: settings.exchange }),
      ...(settings.queueType !== undefined && { queueType: settings.queueType }),
      ...(settings.tls !== undefined && { tls: settings.tls }),
      log: parts.log,
    };
    this.#bus = bus;
    this.#deadLetters = new RawPublisher(bus, { maxPending: 100 });
    this.#consumer = new RawConsumer(bus, {
      queue: settings.queue ?? "event_store_manager_queue",
      bindings: ["#"],
      maxBatch: settings.maxBatch ?? MAX_BATCH,
      // While a batch is committed, which nothing else in this thread can happen beside, the socket fills for the next.
      prefetch: (settings.maxBatch ?? MAX_BATCH) * 4,
      onBatch: (batch) => this.#commit(batch),
    });
  }

  async start(): Promise<void> {
    const retry = this.#settings.retry ?? true;
    const started = [this.#consumer.start({ retry }), this.#deadLetters.start({ retry: true })];
    if (!retry) await started[0];
    for (const start of started) start.catch(() => undefined);
  }

  status(): RecorderStatus {
    return {
      connected: this.#consumer.connected,
      paused: this.#paused,
      stored: this.#stored,
      duplicates: this.#duplicates,
      dead_lettered: this.#deadLettered,
      invalid: this.#invalid,
      pending: this.#pending,
      lag_ms: this.#lag,
      ...(this.#lastCommit !== undefined && { last_commit_at: new Date(this.#lastCommit).toISOString() }),
      ...(this.#failing !== undefined && { failing: this.#failing }),
    };
  }

  async pause(): Promise<void> {
    this.#paused = true;
    await this.#consumer.pause();
  }

  async resume(): Promise<void> {
    this.#paused = false;
    await this.#consumer.resume();
  }

  async close(): Promise<void> {
    await this.#consumer.close();
    await this.#deadLetters.close();
  }

  async #commit(batch: readonly RawDelivery[]): Promise<void> {
    this.#pending = batch.length;
    const judge = this.#parts.judge();
    const drafts = batch.map((delivery) => draftOf(delivery, judge));
    const wanted = drafts.filter(({ type }) => !NOT_STORED.has(type));
    try {
      if (wanted.length > 0) await this.#store(batch, drafts, wanted);
      this.#failing = undefined;
      this.#pending = 0;
    } catch (error) {
      this.#failing = error instanceof Error ? error.message : String(error);
      throw error;
    }
  }

  async #store(
    batch: readonly RawDelivery[],
    drafts: readonly Draft[],
    wanted: readonly Draft[],
  ): Promise<void> {
    try {
      this.#committed(await this.#parts.append(wanted), wanted);
    } catch (error) {
      if (error instanceof StoreError && PASSING.has(error.code)) throw error;
      const [only] = wanted;
      if (wanted.length === 1 && only !== undefined) {
        await this.#giveUp(batch[drafts.indexOf(only)]!, error);
        return;
      }
      // Halves: the one that cannot be stored is found without storing each alone.
      const middle = wanted.length >> 1;
      await this.#store(batch, drafts, wanted.slice(0, middle));
      await this.#store(batch, drafts, wanted.slice(middle));
    }
  }

  #committed(result: Appending, drafts: readonly Draft[]): void {
    const now = Date.now();
    this.#stored += result.stored;
    this.#duplicates += result.duplicates;
    this.#invalid += result.invalid;
    this.#lastCommit = now;
    const oldest = drafts[0];
    this.#lag = Math.max(0, now - (timeOf(oldest?.sentAt) ?? oldest?.receivedAt ?? now));
    for (const id of result.conflicting)
      this.#parts.log("error", `event ${id} came again with other bytes; the first ones are kept`, { id });
    if (result.stored > 0) this.#parts.committed(result.position);
  }

  async #giveUp(delivery: RawDelivery, error: unknown): Promise<void> {
    const queue = this.#settings.deadLetterQueue ?? "event_store_manager_dlq";
    const reason = error instanceof Error ? error.message : String(error);
    const message: RawMessage = {
      exchange: "",
      routingKey: queue,
      body: delivery.body,
      properties: delivery.properties,
      headers: {
        ...delivery.headers,
        "x-reason": reason,
        "x-reason-code": error instanceof StoreError ? error.code : "STORE_FAILED",
        "x-original-queue": this.#settings.queue ?? "event_store_manager_queue",
        "x-original-routing-key": delivery.routingKey,
        "x-last-failed-at": new Date().toISOString(),
      },
    };
    // Not acked when it fails: the event stays where it is.
    if (!(await this.#deadLetters.send(message)).routed) {
      await declareQueues(this.#bus, [{ queue, bindings: [] }]);
      await this.#deadLetters.send(message);
    }
    this.#deadLettered++;
    this.#parts.log("error", `an event cannot be stored and went to ${queue}: ${reason}`);
  }
}

function timeOf(timestamp: unknown): number | undefined {
  const time = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(time) ? undefined : time;
}
