/**
 * The consumer behind the door: one webhook from the queue becomes `fireflies.transcript.ready`, once.
 *
 *   webhook ─ whole transcript in it ─▶ mapped ─▶ published ─▶ acked
 *      └─ a meeting's id ─▶ fetched ─┬─ whole ─▶ mapped ─▶ published ─▶ acked
 *                                    ├─ may pass: the queue's retry ladder, from the last rung: failed + dead letter
 *                                    └─ refused for good: fireflies.transcript.failed + dead letter
 */
import {
  type BusOptions,
  ContractViolation,
  eventId,
  type HandlerContext,
  NonRetryable,
  Publisher,
  type RawDelivery,
  RETRY_LADDER,
  WorkConsumer,
} from "@33god/bloodbank";
import { type Log, pause, type RunningService } from "@33god/service-kit";
import { READY_EVENT, readyEventId } from "../door/receive-webhook.js";
import { readWebhook, type Webhook } from "../door/webhook.js";
import { FirefliesError } from "../errors.js";
import type { ApiTranscript } from "../fireflies/api-types.js";
import { type FirefliesApi, fetchTranscript } from "../fireflies/client.js";
import { toReady } from "../fireflies/mapping.js";

export const WEBHOOK_QUEUE = "services.fireflies.webhook";
const FAILED_EVENT = "fireflies.transcript.failed";

/** A `Retry-After` up to this many milliseconds is waited for; a longer one goes to the retry ladder. */
const PATIENCE = 60_000;

export interface WebhookServiceOptions {
  readonly bus: BusOptions;
  readonly log: Log;
  /** Without it only whole transcripts can be worked on. */
  readonly api?: FirefliesApi | undefined;
  readonly queue?: string;
}

/** Not started yet. */
export function webhookService(options: WebhookServiceOptions): RunningService {
  const publisher = new Publisher(options.bus);
  const worker = new WorkConsumer(options.bus, {
    queue: options.queue ?? WEBHOOK_QUEUE,
    prefetch: 4,
    concurrency: 2,
    handler: (work, context) => handle(options, publisher, work, context),
  });
  return {
    get connected() {
      return publisher.connected && worker.connected;
    },
    async start() {
      await publisher.start({ retry: true });
      await worker.start({ retry: true });
    },
    async close() {
      await worker.close();
      await publisher.close();
    },
  };
}

async function handle(
  options: WebhookServiceOptions,
  publisher: Publisher,
  { body }: RawDelivery,
  context: HandlerContext,
): Promise<void> {
  const webhook = readWork(body);
  if (webhook.kind === "other") return;
  const id = webhook.meetingId;
  try {
    const transcript = webhook.kind === "transcript" ? webhook.transcript : await whole(options, id, context);
    const payload = toReady({ ...transcript, id });
    await publisher.publish(READY_EVENT, { ...payload }, { eventId: readyEventId(id) });
    options.log("info", `transcript ${id} is ready`, { sentences: payload.sentences.length });
  } catch (error) {
    const failure = asFailure(error, id);
    if (failure === undefined) throw error;
    const last = context.attempt > RETRY_LADDER.length;
    if (!failure.permanent && !last) throw failure;
    await publisher.publish(
      FAILED_EVENT,
      {
        failed_stage: "transcription",
        error_message: failure.message,
        error_code: failure.code,
        transcript_id: id,
        retry_count: context.attempt - 1,
        is_retryable: !failure.permanent,
      },
      { eventId: eventId(FAILED_EVENT, { transcript_id: id, stage: "transcription", code: failure.code }) },
    );
    throw new NonRetryable(failure.message, { cause: failure });
  }
}

/** The door let only webhooks in, but anyone may write to a queue. */
function readWork(body: Uint8Array): Webhook {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (cause) {
    throw new NonRetryable("the work item is not JSON", { cause });
  }
  const reading = readWebhook(document);
  if (reading.valid) return reading.webhook;
  const [first] = reading.violations;
  throw new NonRetryable(`the work item is not a Fireflies webhook: ${first?.pointer} ${first?.message}`);
}

async function whole(
  { api, log }: WebhookServiceOptions,
  id: string,
  { signal }: HandlerContext,
): Promise<ApiTranscript> {
  if (api === undefined)
    throw new FirefliesError(
      "NO_API_KEY",
      `transcript ${id} cannot be fetched: set FIREFLIES_API_KEY and redrive the dead letter, or post the whole transcript`,
      { permanent: true },
    );
  try {
    return await fetchTranscript(api, id, signal);
  } catch (error) {
    const wait = error instanceof FirefliesError ? error.retryAfter : undefined;
    if (wait === undefined || wait > PATIENCE) throw error;
    log("warn", `Fireflies asks to wait ${wait} ms`, { transcript: id });
    await pause(wait, signal);
    return fetchTranscript(api, id, signal);
  }
}

/** What is the transcript's or Fireflies' fault; `undefined` for what is ours or the bus's, which is retried. */
function asFailure(error: unknown, id: string): FirefliesError | undefined {
  if (error instanceof FirefliesError) return error;
  if (error instanceof ContractViolation || error instanceof RangeError)
    return new FirefliesError("CONTRACT_VIOLATION", `transcript ${id}: ${error.message}`, {
      cause: error,
      permanent: true,
    });
  return undefined;
}
