/**
 * A thread that is begun again when it ends by itself: out of memory, or an error nobody caught. What waited for an
 * answer is rejected, and may be asked again; how far a write came, the store itself tells.
 *
 *   running ─ ends by itself ─▶ (pause, growing) ─▶ beginning ─▶ running
 *      └─ close ─▶ closed
 */
import { StoreError } from "../errors.js";
import { type Args, type Methods, type Notice, type Result, Thread } from "./calls.js";

const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 10_000;
/** A thread that ran for so long was well: the next pause is short again. */
const WELL_AFTER = 60_000;

export interface KeptThreadParts {
  readonly data: unknown;
  readonly notice: (notice: Notice) => void;
  readonly log: ((level: "debug" | "info" | "warn" | "error", message: string) => void) | undefined;
  /** What has to be asked of a thread that was begun again. */
  readonly again?: () => Promise<void>;
}

export class KeptThread<M extends Methods> {
  readonly #name: string;
  readonly #parts: KeptThreadParts;
  #thread: Thread<M>;
  #began = performance.now();
  #pause = FIRST_PAUSE;
  #timer: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(name: string, parts: KeptThreadParts) {
    this.#name = name;
    this.#parts = parts;
    this.#thread = this.#begin();
  }

  ready(): Promise<void> {
    return this.#thread.ready();
  }

  call<K extends keyof M & string>(method: K, ...args: Args<M[K]>): Result<M[K]> {
    return this.#thread.call(method, ...args);
  }

  async close(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#timer);
    await this.#thread.close();
  }

  /** Ends it at once, as a crash would. For tests. */
  kill(): Promise<void> {
    return this.#thread.kill();
  }

  #begin(): Thread<M> {
    const { data, notice } = this.#parts;
    return new Thread<M>(this.#name, data, { notice, end: (error) => this.#ended(error) });
  }

  #ended(error: StoreError): void {
    if (this.#closing) return;
    if (performance.now() - this.#began > WELL_AFTER) this.#pause = FIRST_PAUSE;
    this.#parts.log?.("error", `${error.message}; beginning it again in ${this.#pause} ms`);
    this.#timer = setTimeout(() => this.#beginAgain(), this.#pause);
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE);
  }

  #beginAgain(): void {
    if (this.#closing) return;
    this.#began = performance.now();
    const thread = this.#begin();
    this.#thread = thread;
    thread
      .ready()
      .then(() => this.#parts.again?.())
      .catch((error: unknown) => {
        if (!this.#closing) this.#parts.log?.("error", `${this.#name}: ${String(error)}`);
        // A thread that could not open what it needs stays; it is ended, so that it is begun again.
        if (!this.#closing && error instanceof StoreError) void thread.kill();
      });
  }
}
