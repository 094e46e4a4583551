/**
 * The event store with its recorder and replays: opened, and tried again while a PostgreSQL is away. A store that
 * another try would not help (a damaged file, a newer version's, a pooler without sessions) stops the start.
 */
import {
  type EventStore,
  type Recorder,
  type Replays,
  StoreError,
  type StoreErrorCode,
} from "@33god/candystore";
import { messageOf, StartError } from "../errors.js";
import type { StoreAccess } from "../http/context.js";
import type { Log } from "../log/log.js";

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;
const HOPELESS = new Set(["STORE_CORRUPT", "STORE_TOO_NEW", "STORE_POOLED"]);

const HINT = "This user must be able to read and write in the folder that BLOODBANK_DATA_DIR names.";
const HINTS: Partial<Record<StoreErrorCode, string>> = {
  STORE_CORRUPT: "`bb restore` brings a backup back: docs/how-to/keep.md.",
  STORE_TOO_NEW: "Or set BLOODBANK_DATA_DIR, or DATABASE_URL, to another store.",
  STORE_POOLED: "Set DATABASE_URL to such an address.",
  STORE_FULL: "Make room there, or set BLOODBANK_DATA_DIR to another folder.",
  STORE_BUSY: "End the process that has it open, or set BLOODBANK_DATA_DIR to another folder.",
};

export interface StoreParts {
  readonly open: () => Promise<EventStore>;
  readonly record: (store: EventStore) => Promise<Recorder>;
  readonly replay: (store: EventStore) => Promise<Replays>;
  readonly onReplays: (replays: Replays) => void;
  /** Whether the store is elsewhere, and worth waiting for. */
  readonly remote: boolean;
  readonly log: Log;
}

export class StoreKeeper implements StoreAccess {
  readonly #parts: StoreParts;
  #store: EventStore | undefined;
  #recorder: Recorder | undefined;
  #replays: Replays | undefined;
  #replaying: Promise<void> = Promise.resolve();
  #failing: Error | undefined = new StoreError("STORE_UNAVAILABLE", "The event store is being opened.");
  #closing = false;
  #wake: (() => void) | undefined;
  #working: Promise<void> = Promise.resolve();

  constructor(parts: StoreParts) {
    this.#parts = parts;
  }

  get events(): EventStore {
    if (this.#store === undefined) throw this.#failing;
    return this.#store;
  }

  get replays(): Replays {
    if (this.#replays === undefined)
      throw new StoreError(
        "STORE_UNAVAILABLE",
        `Replays cannot be made yet: ${this.#failing?.message ?? "starting"}`,
      );
    return this.#replays;
  }

  get recorder(): Recorder | undefined {
    return this.#recorder;
  }

  get failing(): Error | undefined {
    return this.#store === undefined ? this.#failing : undefined;
  }

  /** Resolves after the first try; goes on trying in the background where the store is elsewhere. */
  async start(): Promise<void> {
    if (await this.#try()) return;
    if (!this.#parts.remote || (this.#failing instanceof StoreError && HOPELESS.has(this.#failing.code)))
      throw new StartError("STORE_FAILED", messageOf(this.#failing), {
        cause: this.#failing,
        hint: (this.#failing instanceof StoreError && HINTS[this.#failing.code]) || HINT,
      });
    this.#working = this.#keepTrying();
  }

  /** The recorder commits what it has; then the store is closed. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#wake?.();
    await this.#working;
    // One that waits for a broker that never came is given up with the process.
    await Promise.race([this.#replaying, pause(1_000)]);
    await this.#replays?.close();
    await this.#recorder?.close();
    await this.#store?.close();
  }

  async #try(): Promise<boolean> {
    try {
      this.#store ??= await this.#parts.open();
      if (this.#closing) return true;
      this.#recorder ??= await this.#parts.record(this.#store);
      this.#failing = undefined;
    } catch (error) {
      this.#failing = error instanceof Error ? error : new Error(String(error));
      return false;
    }
    this.#replaying = this.#startReplays(this.#store);
    return true;
  }

  /** A store that cannot replay is still a store. */
  async #startReplays(store: EventStore): Promise<void> {
    try {
      this.#replays = await this.#parts.replay(store);
      this.#parts.onReplays(this.#replays);
    } catch (error) {
      this.#parts.log("error", `replays cannot be made: ${messageOf(error)}`);
    }
  }

  async #keepTrying(): Promise<void> {
    for (let wait = FIRST_PAUSE; !this.#closing; wait = Math.min(wait * 2, LONGEST_PAUSE)) {
      this.#parts.log(
        "warn",
        `the event store is away, trying again in ${wait / 1_000} s: ${messageOf(this.#failing)}`,
      );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      if (this.#closing || (await this.#try())) return;
    }
  }
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
