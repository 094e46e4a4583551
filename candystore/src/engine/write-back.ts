/**
 * Writes SQLite's write-ahead log back into the file, in a thread of its own and part by part while the writer goes on.
 * Otherwise the commit that finds the log long enough does all of it, and what is to be appended waits for that.
 *
 * The writer still does what is left then: a log begins anew only when nobody appends to it. So nothing depends on this:
 * where it fails, or there is no such thread, appends are slower.
 */
import { Thread } from "../thread/calls.js";
import type { WriteBackMethods } from "../thread/write-back-thread.js";

export class WriteBack {
  readonly #file: string;
  #thread: Thread<WriteBackMethods> | undefined;
  #working: Promise<void> | undefined;
  #closed = false;

  /** A thread is begun when it is needed first. */
  constructor(file: string) {
    this.#file = file;
  }

  /** The log has grown by what is worth to be written back. */
  grown(): void {
    if (!this.#closed) this.#working ??= this.#writeBack();
  }

  /** Resolves when nothing is being written back. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#thread?.close();
  }

  async #writeBack(): Promise<void> {
    this.#thread ??= new Thread<WriteBackMethods>("write-back", { file: this.#file });
    try {
      await this.#thread.call("writeBack");
    } catch {
      // It ended, or could not begin: the next one may.
      const ended = this.#thread;
      this.#thread = undefined;
      await ended.close();
    }
    this.#working = undefined;
  }
}
