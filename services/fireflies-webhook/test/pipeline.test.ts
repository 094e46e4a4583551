/**
 * Use case 1 from the door to the file, on each engine of the bus, with a real server that plays Fireflies' API.
 * Events are read from a queue bound to everything, as any other consumer would.
 */
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type BusOptions, deadLetterQueue, eventId, Publisher, RawConsumer } from "@33god/bloodbank";
import { notifierService } from "@33god/fireflies-transcript-notifier";
import { PROCESSOR_QUEUE, processorService } from "@33god/fireflies-transcript-processor";
import type { EventEnvelope } from "@33god/holyfields";
import type { RunningService } from "@33god/service-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { engines, type TestBus } from "../../../bloodbank/client/test/support/engines.js";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { catalog } from "../../service-kit/test/support/catalog.js";
import { type Answer, type Peer, startPeer } from "../../service-kit/test/support/peer.js";
import { readyEventId, receiveWebhook, WEBHOOK_QUEUE, webhookService } from "../src/index.js";
import { meeting, meetingBytes } from "./meeting.js";

const whole: Answer = { body: { data: { transcript: meeting } } };
const announced = Buffer.from(
  JSON.stringify({ event: "meeting.transcribed", timestamp: 1710876543210, meeting_id: meeting.id }),
);
const silent = () => {};

for (const engine of engines)
  describe.skipIf(!engine.available)(`the transcript pipeline (${engine.name})`, () => {
    let bus: TestBus;
    let vault = "";
    let options: BusOptions;
    let door: Publisher;
    let events: EventEnvelope[] = [];
    let running: { close(): Promise<void> }[] = [];

    beforeEach(async () => {
      bus = await engine.open();
      vault = await mkdtemp(path.join(tmpdir(), "vault-"));
      events = [];
      options = { url: bus.url, catalog, source: { host: "test", type: "webhook", app: "pipeline" } };
      door = new Publisher(options);
      const recorder = new RawConsumer(options, {
        queue: "services.test.recorder",
        bindings: ["#"],
        onBatch: async (batch) => {
          for (const { body } of batch) events.push(JSON.parse(Buffer.from(body).toString("utf8")));
        },
      });
      running = [door, recorder];
      await Promise.all([door.start(), recorder.start()]);
    });

    afterEach(async () => {
      await Promise.all(running.map((one) => one.close()));
      await bus.close();
      await rm(vault, { recursive: true, force: true });
    });

    async function run<S extends RunningService>(service: S): Promise<S> {
      running.push(service);
      await service.start();
      return service;
    }
    async function fireflies(script: Parameters<typeof startPeer>[0]): Promise<Peer> {
      const peer = await startPeer(script);
      running.push(peer);
      return peer;
    }
    const fetching = (peer?: Peer, timeout = 5_000) =>
      run(webhookService({ bus: options, log: silent, api: peer && { url: peer.url, key: "k", timeout } }));
    const writing = () => run(processorService({ bus: options, log: silent, vault }));
    const post = (rawBody: Uint8Array) =>
      receiveWebhook({
        headers: {},
        rawBody,
        enqueue: ({ body, messageId }) => door.sendToQueue(WEBHOOK_QUEUE, body, { messageId }),
      });
    const ofType = (type: string) => events.filter(({ event_type }) => event_type === type);
    const files = async () =>
      (await readdir(vault, { recursive: true })).filter((name) => name.endsWith(".md"));
    const deadLetters = async (queue: string) => {
      const found: string[] = [];
      const reader = new RawConsumer(options, {
        queue: deadLetterQueue(queue),
        onBatch: async (batch) => {
          for (const { headers } of batch) found.push(String(headers["x-reason"]));
        },
      });
      running.push(reader);
      await reader.start();
      return found;
    };

    test("a whole transcript, posted without a key, becomes a file, an artifact and a processed event", async () => {
      await Promise.all([fetching(), writing()]);
      const { status, event_id } = await post(meetingBytes);
      expect(status).toBe(202);
      const [processed] = await eventually(() => {
        const found = ofType("fireflies.transcript.processed");
        return found.length > 0 && ofType("artifact.created").length > 0 && found;
      }, "the processed event");
      const [ready] = ofType("fireflies.transcript.ready");
      const [artifact] = ofType("artifact.created");
      expect(ready?.event_id).toBe(event_id);
      expect(ready?.correlation_ids).toEqual([]);
      expect(artifact?.correlation_ids).toEqual([event_id]);
      expect(processed?.correlation_ids).toEqual([event_id]);
      expect(processed?.payload).toMatchObject({
        transcript_id: meeting.id,
        sentence_count: meeting.sentences?.length,
        speaker_count: 6,
      });
      const [file = ""] = await files();
      expect(artifact?.payload.file_path).toBe(path.join(vault, file));
      const note = await readFile(path.join(vault, file), "utf8");
      expect(note).toContain("**Nguyễn Thị Hồng**");
      expect(Buffer.byteLength(note)).toBe(artifact?.payload.size_bytes);
      for (const event of events) expect(catalog.validate(event)).toMatchObject({ valid: true });
    });

    test("a webhook that is repeated is one event id, one file, written once", async () => {
      const peer = await fireflies([whole]);
      await Promise.all([fetching(peer), writing()]);
      const first = await post(announced);
      await eventually(() => ofType("artifact.created").length === 1, "the first artifact");
      const [file = ""] = await files();
      const { mtimeMs, ino } = await stat(path.join(vault, file));
      const again = await Promise.all([post(announced), post(meetingBytes)]);
      expect(new Set([first, ...again].map(({ event_id }) => event_id)).size).toBe(1);
      await eventually(() => ofType("artifact.created").length === 3, "the repetitions");
      for (const type of ["fireflies.transcript.ready", "artifact.created", "fireflies.transcript.processed"])
        expect(new Set(ofType(type).map(({ event_id }) => event_id)).size).toBe(1);
      expect(await files()).toEqual([file]);
      expect(await stat(path.join(vault, file))).toMatchObject({ mtimeMs, ino });
    });

    test("a 500, a rate limit, silence and half a transcript are got over", async () => {
      const peer = await fireflies([
        { status: 429, headers: { "retry-after": "0" } },
        { status: 500, body: "oops" },
        { body: { data: { transcript: { ...meeting, sentences: null } } } },
        whole,
      ]);
      await fetching(peer);
      await post(announced);
      await eventually(() => ofType("fireflies.transcript.ready").length === 1, "the ready event");
      expect(peer.requests).toHaveLength(4);
      expect(ofType("fireflies.transcript.failed")).toEqual([]);
    });

    test("an API that does not answer is given up after the timeout and asked again", async () => {
      const peer = await fireflies([{ fault: "silence" }, whole]);
      await fetching(peer, 2_000);
      await post(announced);
      await eventually(() => ofType("fireflies.transcript.ready").length === 1, "the ready event");
    });

    test("what Fireflies refuses for good is a failed event, a notice and a dead letter", async () => {
      const hook = await fireflies([{ status: 204 }]);
      const peer = await fireflies([
        { status: 401, body: { errors: [{ message: "wrong key", code: "auth_failed" }] } },
      ]);
      await run(notifierService({ bus: options, log: silent, webhook: { url: hook.url } }));
      await fetching(peer);
      await post(announced);
      const [failed] = await eventually(() => {
        const found = ofType("fireflies.transcript.failed");
        return found.length > 0 && found;
      }, "the failed event");
      expect(failed).toMatchObject({
        event_id: eventId("fireflies.transcript.failed", {
          transcript_id: meeting.id,
          stage: "transcription",
          code: "API_REFUSED",
        }),
        payload: { failed_stage: "transcription", transcript_id: meeting.id, is_retryable: false },
      });
      const dead = await deadLetters(WEBHOOK_QUEUE);
      await eventually(() => dead.length === 1, "the dead letter");
      expect(dead[0]).toContain("wrong key");
      await eventually(() => hook.requests.length === 1, "the notice");
      expect(JSON.parse(hook.requests[0]?.body ?? "")).toMatchObject({ type: "fireflies.transcript.failed" });
    });

    test("on the last rung of the ladder, a failure that might have passed is told as well", async () => {
      await fetching(await fireflies([{ status: 503 }]));
      await door.sendToQueue(WEBHOOK_QUEUE, announced, { headers: { "x-attempt": 6 } });
      const [failed] = await eventually(() => {
        const found = ofType("fireflies.transcript.failed");
        return found.length > 0 && found;
      }, "the failed event");
      expect(failed?.payload).toMatchObject({
        error_code: "API_UNAVAILABLE",
        is_retryable: true,
        retry_count: 5,
      });
    });

    test("without a key, an announced meeting says what to do", async () => {
      await fetching();
      await post(announced);
      const [failed] = await eventually(() => {
        const found = ofType("fireflies.transcript.failed");
        return found.length > 0 && found;
      }, "the failed event");
      expect(failed?.payload.error_message).toContain("set FIREFLIES_API_KEY");
    });

    test("what is no webhook at all goes to the dead letters, and the queue goes on", async () => {
      await fetching();
      await door.sendToQueue(WEBHOOK_QUEUE, "not JSON");
      await post(meetingBytes);
      await eventually(() => ofType("fireflies.transcript.ready").length === 1, "the ready event");
      const dead = await deadLetters(WEBHOOK_QUEUE);
      await eventually(() => dead.length === 1, "the dead letter");
      expect(dead[0]).toContain("not JSON");
    });

    test("a vault that can never be written to is told and dead-lettered", async () => {
      await run(processorService({ bus: options, log: silent, vault: new URL(import.meta.url).pathname }));
      await fetching();
      await post(meetingBytes);
      const [failed] = await eventually(() => {
        const found = ofType("fireflies.transcript.failed");
        return found.length > 0 && found;
      }, "the failed event");
      expect(failed).toMatchObject({
        correlation_ids: [readyEventId(meeting.id)],
        payload: { failed_stage: "processing", error_code: "NAME_REFUSED" },
      });
      const dead = await deadLetters(PROCESSOR_QUEUE);
      await eventually(() => dead.length === 1, "the dead letter");
    });
  });
