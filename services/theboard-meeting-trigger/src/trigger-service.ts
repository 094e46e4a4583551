/**
 * A request for a meeting becomes a meeting, once.
 *
 *   THEBOARD_URL set:     request → TheBoard's API; TheBoard publishes `theboard.meeting.created`
 *   THEBOARD_URL not set: request → `theboard.meeting.created`, published here
 *
 * Meeting and event have ids derived from the request, so switching between the two makes no second meeting.
 */
import { type BusOptions, Consumer, eventId, NonRetryable, Publisher } from "@33god/bloodbank";
import type { EventEnvelope } from "@33god/holyfields";
import type { Log, RunningService } from "@33god/service-kit";
import { type Meeting, meetingOf, QUEUES } from "./requests.js";
import { createMeeting, type TheBoard } from "./the-board.js";

export interface TriggerOptions {
  readonly bus: BusOptions;
  readonly log: Log;
  readonly board?: TheBoard | undefined;
}

/** Not started yet. */
export function triggerService({ bus, log, board }: TriggerOptions): RunningService {
  const publisher = new Publisher(bus);
  const handle = async (event: EventEnvelope, signal: AbortSignal) => {
    const meeting = wanted(event);
    if (board === undefined) await announce(publisher, meeting);
    else await createMeeting(board, meeting, signal);
    log("info", `meeting ${meeting.meeting_id} is created`, { request: event.event_id });
  };
  const consumers = QUEUES.map(([queue, type]) =>
    new Consumer(bus, { queue, prefetch: 4 }).on(type, (event, { signal }) =>
      handle(event as EventEnvelope, signal),
    ),
  );
  return {
    get connected() {
      return publisher.connected && consumers.every(({ connected }) => connected);
    },
    async start() {
      await publisher.start({ retry: true });
      await Promise.all(consumers.map((consumer) => consumer.start({ retry: true })));
    },
    async close() {
      await Promise.all(consumers.map((consumer) => consumer.close()));
      await publisher.close();
    },
  };
}

function wanted(event: EventEnvelope): Meeting {
  try {
    return meetingOf(event);
  } catch (error) {
    if (error instanceof RangeError) throw new NonRetryable(error.message, { cause: error });
    throw error;
  }
}

/** The id under which a meeting's creation is announced, by this service or by TheBoard. */
export const createdEventId = (meetingId: string): string =>
  eventId("theboard.meeting.created", { meeting_id: meetingId });

async function announce(publisher: Publisher, { context: _, ...meeting }: Meeting): Promise<void> {
  await publisher.publish(
    "theboard.meeting.created",
    { ...meeting, agent_count: null },
    { eventId: createdEventId(meeting.meeting_id) },
  );
}
