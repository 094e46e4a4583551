/** Reads rows for a replay on connections of its own, so that nobody who asks the store waits for it. */
import type { StoreLocation } from "../contract.js";
import type { Log, Reader } from "../engine/contract.js";
import { engineOf } from "../engine/engine-of.js";

export async function openSource(location: StoreLocation, log: Log): Promise<Reader> {
  const engine = await engineOf(location);
  const { reader } = await engine.openReader(location, { log, indexing: false, committed: () => undefined });
  return reader;
}
