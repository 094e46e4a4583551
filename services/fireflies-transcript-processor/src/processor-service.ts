/**
 * `fireflies.transcript.ready` → a Markdown file in the vault, `artifact.created` and `fireflies.transcript.processed`.
 *
 * Delivered twice, it is one file, written once, and the same two event ids: both are derived from the transcript.
 */
import path from "node:path";
import { pathToFileURL } from "node:url";
import {
  type BusOptions,
  Consumer,
  eventId,
  type HandlerContext,
  NonRetryable,
  Publisher,
  RETRY_LADDER,
} from "@33god/bloodbank";
import type { Log, RunningService } from "@33god/service-kit";
import { vaultFailure } from "./errors.js";
import { vaultPath } from "./files/file-name.js";
import { type Written, writeOnce } from "./files/write-once.js";
import { renderMarkdown } from "./markdown/render.js";
import { speakerCount, type Transcript } from "./transcript.js";

export const PROCESSOR_QUEUE = "services.fireflies.transcript_processor";

export interface ProcessorOptions {
  readonly bus: BusOptions;
  readonly log: Log;
  /** Absolute path of the vault; made where missing. */
  readonly vault: string;
  readonly queue?: string;
}

/** Not started yet. */
export function processorService(options: ProcessorOptions): RunningService {
  const publisher = new Publisher(options.bus);
  const consumer = new Consumer(options.bus, {
    queue: options.queue ?? PROCESSOR_QUEUE,
    prefetch: 4,
  }).on("fireflies.transcript.ready", (event, context) =>
    // The consumer checked the contract before it called.
    process(options, publisher, event.payload as unknown as Transcript, context),
  );
  return {
    get connected() {
      return publisher.connected && consumer.connected;
    },
    async start() {
      await publisher.start({ retry: true });
      await consumer.start({ retry: true });
    },
    async close() {
      await consumer.close();
      await publisher.close();
    },
  };
}

async function process(
  { vault, log }: ProcessorOptions,
  publisher: Publisher,
  transcript: Transcript,
  context: HandlerContext,
): Promise<void> {
  const written = await write(vault, publisher, transcript, context);
  const artifact = publisher.publish(
    "artifact.created",
    {
      artifact_type: "transcript",
      file_path: written.path,
      title: transcript.title,
      uri: pathToFileURL(written.path).href,
      sha256: written.sha256,
      size_bytes: written.bytes,
      media_type: "text/markdown",
      metadata: { transcript_id: transcript.id, transcript_url: transcript.transcript_url },
    },
    { eventId: eventId("artifact.created", { transcript_id: transcript.id }) },
  );
  const processed = publisher.publish(
    "fireflies.transcript.processed",
    {
      transcript_id: transcript.id,
      title: transcript.title,
      sentence_count: transcript.sentences.length,
      speaker_count: speakerCount(transcript),
      duration_minutes: transcript.duration,
      ingestion_timestamp: written.at.toISOString(),
    },
    { eventId: eventId("fireflies.transcript.processed", { transcript_id: transcript.id }) },
  );
  await Promise.all([artifact, processed]);
  log("info", written.fresh ? `wrote ${written.path}` : `${written.path} was there already`);
}

async function write(
  vault: string,
  publisher: Publisher,
  transcript: Transcript,
  { attempt }: HandlerContext,
): Promise<Written> {
  try {
    return await writeOnce(path.join(vault, vaultPath(transcript)), renderMarkdown(transcript));
  } catch (error) {
    const failure = vaultFailure(error);
    if (failure === undefined || (!failure.permanent && attempt <= RETRY_LADDER.length)) throw error;
    const { code, message, permanent } = failure;
    await publisher.publish(
      "fireflies.transcript.failed",
      {
        failed_stage: "processing",
        error_message: message,
        error_code: code,
        transcript_id: transcript.id,
        retry_count: attempt - 1,
        is_retryable: !permanent,
      },
      {
        eventId: eventId("fireflies.transcript.failed", {
          transcript_id: transcript.id,
          stage: "processing",
          code,
        }),
      },
    );
    throw new NonRetryable(message, { cause: error });
  }
}
