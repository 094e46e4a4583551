import type { EventStore } from "../contract.js";
import { StoreError } from "../errors.js";
import type { ReplayBus, Replays } from "./contract.js";

export interface ReplaysOptions {
  readonly store: EventStore;
  readonly bus: ReplayBus;
  readonly log?: (level: "debug" | "info" | "warn" | "error", message: string, fields?: object) => void;
}

/** Takes up the replays that were running when the process ended, and makes new ones. */
export async function startReplays(_options: ReplaysOptions): Promise<Replays> {
  throw new StoreError("STORE_UNAVAILABLE", "being built");
}
