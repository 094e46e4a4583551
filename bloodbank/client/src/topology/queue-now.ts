/** One question about a queue, or one act on it, over a connection of its own. */
import type { BusAddress } from "../contract.js";
import { Link } from "../link/link.js";
import type { WireClient } from "../link/wire-client.js";
import { emptied, lookAt } from "./declare.js";
import type { QueueDepth } from "./queue-depths.js";

/**
 * What a queue holds; undefined where there is none such. Who asks often keeps `QueueDepths` open.
 *
 * @throws BloodbankError `BROKER_UNREACHABLE`
 */
export const queueDepth = (bus: BusAddress, queue: string): Promise<QueueDepth | undefined> =>
  connected(bus, "depth", (client) => lookAt(client, queue));

/**
 * Takes all messages out of a queue that no consumer holds, for good; resolves with how many it were, or undefined where
 * there is no such queue.
 *
 * @throws BloodbankError `BROKER_UNREACHABLE`
 */
export const purgeQueue = (bus: BusAddress, queue: string): Promise<number | undefined> =>
  connected(bus, "purge", (client) => emptied(client, queue));

async function connected<T>(
  bus: BusAddress,
  role: string,
  work: (client: WireClient) => Promise<T | undefined>,
): Promise<T | undefined> {
  let client: WireClient | undefined;
  const link = new Link(bus, `${bus.source.app} ${role}`, {
    setUp: async (connection) => {
      client = connection;
    },
    down: () => undefined,
  });
  try {
    await link.start();
    return client && (await work(client));
  } finally {
    await link.close();
  }
}
