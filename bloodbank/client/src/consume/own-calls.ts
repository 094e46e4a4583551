import { AsyncLocalStorage } from "node:async_hooks";

interface Call {
  /** Runs the handler. */
  run<T>(work: () => T): T;
  /** Nobody waits for it any more. */
  over(): void;
}

/** The calls of a handler, and whether the running code belongs to one of them. */
export class OwnCalls {
  readonly #storage = new AsyncLocalStorage<{ over: boolean }>();

  begin(): Call {
    const state = { over: false };
    return {
      run: (work) => this.#storage.run(state, work),
      over: () => {
        state.over = true;
      },
    };
  }

  /** A handler that waited for itself would wait for ever. */
  get mayWait(): boolean {
    return this.#storage.getStore()?.over ?? true;
  }
}
