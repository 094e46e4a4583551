/**
 * Brings the search index up to date in the background, a few events at a time, so that whoever asks in between is
 * answered. While much is being recorded it leaves the machine to that, and catches up afterwards.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { Indexing } from "../engine/contract.js";
import { Portion } from "../engine/portion.js";
import { indexWords } from "../query/index-words.js";
import { parseBody } from "../record/stored-event.js";
import type { SqliteReader } from "./reader.js";
import type { SearchIndex } from "./search-index.js";

const BATCH = 256;
const BATCH_BYTES = 16 * 1024 * 1024;
/** Events a second above which the machine is left to the recorder. */
const BUSY = 2_000;
const PAUSE = 250;

export class Indexer implements Indexing {
  readonly #reader: SqliteReader;
  readonly #index: SearchIndex;
  readonly #failed: (error: unknown) => void;
  readonly #portion = new Portion({ most: BATCH, bytes: BATCH_BYTES, first: 16 });
  #running: Promise<void> | undefined;
  #closing = false;
  #again = false;
  #looked = { at: Number.NEGATIVE_INFINITY, position: 0 };
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
        if (this.#again && !this.#closing) setTimeout(() => this.wake(), PAUSE).unref();
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
      // Who added a few waits for nothing: only of many can it be told how fast they come.
      if (position - this.#index.progress > BATCH && (await this.#isBusy(position))) await sleep(PAUSE);
      this.#step();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** By how far the store came in the last PAUSE. What was seen before a time without events says nothing of now. */
  async #isBusy(position: number): Promise<boolean> {
    const passed = performance.now() - this.#looked.at;
    if (passed < PAUSE) return this.#wasBusy;
    if (passed > 4 * PAUSE) {
      this.#looked = { at: performance.now(), position };
      await sleep(PAUSE);
    }
    const [now, reached] = [performance.now(), this.#reader.position()];
    this.#wasBusy = (reached - this.#looked.position) / (now - this.#looked.at) > BUSY / 1_000;
    this.#looked = { at: now, position: reached };
    return this.#wasBusy;
  }

  #step(): void {
    const { rows, examined } = this.#reader.rowsAfter(this.#index.progress, this.#portion.size, {});
    this.#portion.tookRows(rows);
    const entries = rows.map((row) => ({
      position: row.position,
      words: indexWords(row, parseBody(row.body)),
    }));
    this.#index.add(entries, examined);
  }
}
