import type { Publisher } from "@33god/bloodbank";
import { type EventStore, openStore, startReplays } from "@33god/candystore";
import type { Config } from "../config/contract.js";
import type { Logging } from "../log/log.js";
import { recordReplayActs } from "../replays/record-acts.js";
import type { Bus } from "./bus.js";
import { StoreKeeper } from "./store-keeper.js";

/** A store that is being opened. */
export interface BegunStore {
  /** The first call gets the store that was begun, each further one another try. */
  open(): Promise<EventStore>;
  /** Closes it where nobody took it. */
  close(): Promise<void>;
}

/** Begins to open the store: its threads come up while the platform does other things. */
export function beginStore({ dataDir, databaseUrl }: Config, logging: Logging): BegunStore {
  const log = logging.named("candystore");
  const open = () => openStore({ dataDir, ...(databaseUrl !== undefined && { databaseUrl }), log });
  let begun: Promise<EventStore> | undefined = open();
  // Whoever opens it is told.
  begun.catch(() => undefined);
  const take = () => {
    const first = begun;
    begun = undefined;
    return first;
  };
  return {
    open: () => take() ?? open(),
    close: async () =>
      take()?.then(
        (store) => store.close(),
        () => undefined,
      ),
  };
}

/** The event store as this configuration wants it; not started yet. */
export function keepStore(
  begun: BegunStore,
  config: Config,
  bus: Bus,
  publisher: Publisher,
  logging: Logging,
): StoreKeeper {
  const log = logging.named("candystore");
  const { databaseUrl, exchange, queueType } = config;
  const address = { url: bus.urls, exchange, ...(queueType && { queueType }) };
  return new StoreKeeper({
    remote: databaseUrl !== undefined,
    log,
    open: () => begun.open(),
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
      }),
  });
}
