/** What operators do with replays is an event like any other: who, when, how much. */
import { eventId, type Publisher } from "@33god/bloodbank";
import type { ReplayRecord, Replays } from "@33god/candystore";
import { messageOf } from "../errors.js";
import type { Log } from "../log/log.js";

const ACTS = {
  running: "bloodbank.replay.started",
  finished: "bloodbank.replay.finished",
  cancelled: "bloodbank.replay.cancelled",
} as const;

/** Publishes each act once: its id follows from the replay, so that a restart in between makes no second event. */
export function recordReplayActs(replays: Replays, publisher: Publisher, log: Log): () => void {
  const told = new Set<string>();
  return replays.onChange((record) => {
    const type = typeOf(record);
    if (type === undefined || told.has(`${type} ${record.replay_id}`)) return;
    told.add(`${type} ${record.replay_id}`);
    publisher
      .publish(type, payloadOf(record), { eventId: eventId(type, { replay_id: record.replay_id }) })
      .catch((error) => log("error", `${type} could not be recorded: ${messageOf(error)}`));
  });
}

function typeOf({ state }: ReplayRecord): (typeof ACTS)[keyof typeof ACTS] | undefined {
  return state in ACTS ? ACTS[state as keyof typeof ACTS] : undefined;
}

function payloadOf({ replay_id, request, state, total, sent }: ReplayRecord) {
  const { actor = "unknown", reason, queue, select } = request;
  return {
    actor,
    replay_id,
    count: state === "running" ? total : sent,
    filter: { ...select },
    ...(reason !== undefined && { reason }),
    ...(queue !== undefined && { queue }),
  };
}
