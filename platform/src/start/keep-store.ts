import type { Publisher } from "@33god/bloodbank";
import { openStore, startReplays } from "@33god/candystore";
import type { Config } from "../config/contract.js";
import type { Logging } from "../log/log.js";
import { recordReplayActs } from "../replays/record-acts.js";
import type { Bus } from "./bus.js";
import { StoreKeeper } from "./store-keeper.js";

/** The event store as this configuration wants it; not opened yet. */
export function keepStore(config: Config, bus: Bus, publisher: Publisher, logging: Logging): StoreKeeper {
  const log = logging.named("candystore");
  const { management } = bus;
  const { databaseUrl, exchange, queueType } = config;
  const address = { url: bus.urls, exchange, ...(queueType && { queueType }) };
  return new StoreKeeper({
    remote: databaseUrl !== undefined,
    log,
    open: () =>
      openStore({ dataDir: config.dataDir, ...(databaseUrl !== undefined && { databaseUrl }), log }),
    record: (store) =>
      store.record({
        ...address,
        queue: config.storeQueue,
        deadLetterQueue: config.storeDeadLetterQueue,
        retry: true,
      }),
    onReplays: (replays) => recordReplayActs(replays, publisher, log),
    replay: (store) =>
      startReplays({
        store,
        bus: address,
        log,
        ...(management && { waitingIn: (queue: string) => management.waitingIn(queue) }),
      }),
  });
}
