import type { EventStore } from "../contract.js";
import type { ReplayBus, Replays } from "./contract.js";
import { ReplayDesk } from "./replay-desk.js";

export interface ReplaysOptions {
  readonly store: EventStore;
  readonly bus: ReplayBus;
  readonly log?: (level: "debug" | "info" | "warn" | "error", message: string, fields?: object) => void;
}

/**
 * Takes up the replays that were running when the process ended, and makes new ones.
 *
 * @example
 * const replays = await startReplays({ store, bus: { url } });
 * const { total } = await replays.preview({ filter: { type: ["fireflies.#"] } });
 * const { replay_id } = await replays.create({ select: { trace: eventId }, queue: "services.fireflies.rag" });
 */
export async function startReplays(options: ReplaysOptions): Promise<Replays> {
  const desk = new ReplayDesk(options);
  await desk.open();
  return desk;
}
