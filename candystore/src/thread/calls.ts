/**
 * Calls into a thread and back: one message a call, one an answer, in any order; and notices that the thread sends by
 * itself. An error keeps its code on the way.
 */
import { type MessagePort, Worker } from "node:worker_threads";
import { StoreError, type StoreErrorCode } from "../errors.js";

// biome-ignore lint/suspicious/noExplicitAny: methods of every shape are meant.
export type Methods = Readonly<Record<string, (...args: any[]) => unknown>>;

/** Sent without being asked for. */
export type Notice =
  | { readonly notice: "ready" }
  | { readonly notice: "failed"; readonly code: StoreErrorCode; readonly message: string }
  | { readonly notice: "committed"; readonly position: number }
  | { readonly notice: "grown" }
  | { readonly notice: "progress"; readonly call: number; readonly values: readonly number[] }
  | {
      readonly notice: "log";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly message: string;
      readonly fields?: object;
    };

interface Call {
  readonly call: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

type Answer =
  | { readonly call: number; readonly result: unknown }
  | { readonly call: number; readonly code: string; readonly message: string };

/** In the thread: answers calls with these methods. A method's `this` is nothing; it may return a promise. */
export function serve(port: MessagePort, methods: Methods): void {
  port.on("message", (message: Call | typeof CRASH | typeof END) => {
    if (message === CRASH) return void setImmediate(crash);
    if (message === END) return void setImmediate(() => process.exit());
    const { call, method, args } = message;
    const answer = (answered: Answer) => port.postMessage(answered);
    const fail = (error: unknown) => {
      const { code, message } = error instanceof StoreError ? error : unknown(error);
      answer({ call, code, message });
    };
    try {
      const result = methods[method]?.(...args);
      if (result instanceof Promise) result.then((value) => answer({ call, result: value }), fail);
      else answer({ call, result });
    } catch (error) {
      fail(error);
    }
  });
}

/** Asks a thread to end, now that it has closed what it had; in a thread `process.exit` ends the thread. */
const END = "end";

/** Asks a thread to end by an error that nobody catches. */
const CRASH = "crash";

function crash(): never {
  throw new Error("it was told to end as a crash would end it");
}

const unknown = (error: unknown): { code: StoreErrorCode; message: string } => ({
  code: "STORE_FAILED",
  message: error instanceof Error ? (error.stack ?? error.message) : String(error),
});

const FROM_SOURCE = import.meta.url.endsWith(".ts");

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export type Result<F> = F extends (...args: never[]) => infer R ? Promise<Awaited<R>> : never;
export type Args<F> = F extends (...args: infer A) => unknown ? A : never;

/** Outside: a thread that can be called. When it ends by itself, all that waits is rejected, and `onEnd` told. */
export class Thread<M extends Methods> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ready: Promise<void>;
  readonly #gone: Promise<void>;
  #next = 1;
  #ended: StoreError | undefined;
  #closing = false;

  constructor(
    name: string,
    workerData: unknown,
    on: { readonly notice?: (notice: Notice) => void; readonly end?: (error: StoreError) => void } = {},
  ) {
    this.#worker = new Worker(threadFile(name), {
      workerData,
      name: `candystore ${name}`,
      // What makes this process run sources must not reach a thread that runs what was built.
      ...(FROM_SOURCE && { execArgv: [] }),
    });
    let begun: Waiting | undefined;
    this.#ready = new Promise<void>((resolve, reject) => {
      begun = { resolve: () => resolve(), reject };
    });
    this.#ready.catch(() => undefined);
    this.#worker.on("message", (message: Answer | Notice) => {
      if (!("notice" in message)) this.#answered(message);
      else if (message.notice === "ready") begun?.resolve(undefined);
      else if (message.notice === "failed") begun?.reject(new StoreError(message.code, message.message));
      else on.notice?.(message);
    });
    const end = (reason: string) => {
      if (this.#ended !== undefined) return;
      this.#ended = this.#closing
        ? new StoreError("STORE_CLOSED")
        : new StoreError("STORE_UNAVAILABLE", `The store's ${name} thread ended: ${reason}`);
      begun?.reject(this.#ended);
      for (const { reject } of this.#waiting.values()) reject(this.#ended);
      this.#waiting.clear();
      if (!this.#closing) on.end?.(this.#ended);
    };
    this.#worker.on("error", (error) => end(error instanceof Error ? error.message : String(error)));
    this.#gone = new Promise((resolve) =>
      this.#worker.on("exit", (code) => {
        end(`exit code ${code}`);
        resolve();
      }),
    );
  }

  /** Resolves when the thread has opened what it needs. */
  ready(): Promise<void> {
    return this.#ready;
  }

  call<K extends keyof M & string>(method: K, ...args: Args<M[K]>): Result<M[K]> {
    const call = this.#next++;
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended);
      this.#waiting.set(call, { resolve, reject });
      this.#worker.postMessage({ call, method, args } satisfies Call);
    }) as Result<M[K]>;
  }

  /**
   * Calls `close` in the thread, waits for it, and has the thread end itself. Ended from outside in the middle of a
   * statement, SQLite's native part can take the whole process along (seen on Node 24).
   */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    await this.call("close", ...([] as unknown as Args<M["close"]>)).catch(() => undefined);
    this.#worker.postMessage(END);
    await this.#gone;
  }

  /** Ends it as an error that nobody catches would: between two statements. */
  async kill(): Promise<void> {
    this.#worker.postMessage(CRASH);
    await this.#gone;
  }

  #answered(answer: Answer): void {
    const waiting = this.#waiting.get(answer.call);
    this.#waiting.delete(answer.call);
    if ("code" in answer) waiting?.reject(new StoreError(answer.code as StoreErrorCode, answer.message));
    else waiting?.resolve(answer.result);
  }
}

/** Threads run what was built: from the sources (tests, editors) that is beside them in `dist`. */
function threadFile(name: string): URL {
  const here = new URL(`./${name}-thread.js`, import.meta.url);
  return FROM_SOURCE ? new URL(here.href.replace("/candystore/src/", "/candystore/dist/")) : here;
}
