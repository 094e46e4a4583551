import { hostname } from "node:os";
import { type BusAddress, queueDepth } from "@33god/bloodbank";
import { StoreError } from "../errors.js";
import type { ReplayBus } from "./contract.js";

/** How the replays name themselves to the broker. */
export const addressOf = ({ url, tls }: ReplayBus): BusAddress => ({
  url,
  source: { host: hostname(), type: "system", app: "replay" },
  ...(tls !== undefined && { tls }),
});

/**
 * A broker that is away cannot tell: the replay waits for it, and fails then.
 *
 * @throws StoreError `UNKNOWN_QUEUE`
 */
export async function checkQueue(bus: ReplayBus, queue: string): Promise<void> {
  const missing = await queueDepth(addressOf(bus), queue).then(
    (depth) => depth === undefined,
    () => false,
  );
  if (missing) throw new StoreError("UNKNOWN_QUEUE", `There is no queue ${queue}.`);
}
