/**
 * Tells how a transcript ended: always in the log, and to an address where one is given. What is replayed stays in the
 * log: outside it was told already.
 */
import { type BusOptions, Consumer, type HandlerContext } from "@33god/bloodbank";
import type { EventEnvelope } from "@33god/holyfields";
import type { Log, RunningService } from "@33god/service-kit";
import { noticeOf } from "./notice.js";
import { sendWebhook, type WebhookTarget } from "./webhook.js";

export const NOTIFIER_QUEUE = "services.fireflies.transcript_notifier";

export interface NotifierOptions {
  readonly bus: BusOptions;
  readonly log: Log;
  readonly webhook?: WebhookTarget | undefined;
  readonly queue?: string;
}

/** Not started yet. */
export function notifierService({ bus, log, webhook, queue }: NotifierOptions): RunningService {
  const tell = async (event: EventEnvelope, { attempt, replayId, signal }: HandlerContext) => {
    const notice = noticeOf(event);
    if (attempt === 1) log(notice.level, notice.text, { event_id: event.event_id, replay_id: replayId });
    if (webhook !== undefined && replayId === undefined) await sendWebhook(webhook, notice, signal);
  };
  const consumer = new Consumer(bus, { queue: queue ?? NOTIFIER_QUEUE, prefetch: 10 })
    .on("fireflies.transcript.processed", (event, context) => tell(event as EventEnvelope, context))
    .on("fireflies.transcript.failed", (event, context) => tell(event as EventEnvelope, context));
  return {
    get connected() {
      return consumer.connected;
    },
    start: () => consumer.start({ retry: true }),
    close: () => consumer.close(),
  };
}
