import type { EventStore, StoreOptions } from "./contract.js";
import { ThreadedStore } from "./engine/threaded-store.js";

/**
 * Opens the store, and makes it where there is none. Reads and writes happen in threads of their own: nothing here
 * holds up the caller's event loop.
 *
 * @throws StoreError `STORE_UNAVAILABLE`, `STORE_CORRUPT`, `STORE_TOO_NEW`, `STORE_POOLED`
 * @example
 * const store = await openStore({ dataDir: ".bloodbank" });
 * const recorder = await store.record({ url: "amqp://guest:guest@127.0.0.1:5672/" });
 */
export async function openStore(options: StoreOptions): Promise<EventStore> {
  const store = new ThreadedStore(options);
  try {
    await store.open(options);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}
