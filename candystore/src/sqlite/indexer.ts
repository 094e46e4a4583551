/**
 * Brings the search index up to date in the background, a few events at a time, so that whoever asks in between is
 * answered. While much is being recorded it leaves the machine to that, and catches up afterwards.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Indexing } from "../engine/contract.js";
import { indexWords } from "../query/index-words.js";
import { parseBody } from "../record/stored-event.js";
import type { SqliteReader } from "./reader.js";
import type { SearchIndex } from "./search-index.js";

const BATCH = 256;
/** Events a second above which the machine is left to the recorder. */
const BUSY = 2_000;
const PAUSE_WHEN_BUSY = 250;

export class Indexer implements Indexing {
  readonly #reader: SqliteReader;
  readonly #index: SearchIndex;
  readonly #failed: (error: unknown) => void;
  #running: Promise<void> | undefined;
  #closing = false;
  #again = false;
  #looked = { at: 0, position: 0 };
  #wasBusy = false;

  constructor(reader: SqliteReader, index: SearchIndex, failed: (error: unknown) => void) {
    this.#reader = reader;
    this.#index = index;
    this.#failed = failed;
  }

  /** There are new events. */
  wake(): void {
    this.#again = true;
    if (this.#closing) return;
    this.#running ??= this.#run()
      .catch(this.#failed)
      .finally(() => {
        this.#running = undefined;
        if (this.#again && !this.#closing) setTimeout(() => this.wake(), PAUSE_WHEN_BUSY).unref();
      });
  }

  dropBefore(position: number): void {
    this.#index.dropBefore(position);
  }

  async close(): Promise<void> {
    this.#closing = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#closing) {
      this.#again = false;
      const position = this.#reader.position();
      if (this.#index.progress >= position) return;
      if (this.#busy(position)) await sleep(PAUSE_WHEN_BUSY);
      this.#step();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** By how far the store came since the last look that is long enough ago to tell. */
  #busy(position: number): boolean {
    const now = performance.now();
    const { at, position: before } = this.#looked;
    if (now - at < PAUSE_WHEN_BUSY) return this.#wasBusy;
    this.#wasBusy = at > 0 && (position - before) / (now - at) > BUSY / 1_000;
    this.#looked = { at: now, position };
    return this.#wasBusy;
  }

  #step(): void {
    const { rows, examined } = this.#reader.rowsAfter(this.#index.progress, BATCH, {});
    const entries = rows.map((row) => ({
      position: row.position,
      words: indexWords(row, parseBody(row.body)),
    }));
    this.#index.add(entries, examined);
  }
}
