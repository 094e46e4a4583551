/** Use case 2 on each engine of the bus, with TheBoard's HTTP API played by a real server, failures and all. */
import { randomUUID } from "node:crypto";
import { type BusOptions, deadLetterQueue, Publisher, RawConsumer } from "@33god/bloodbank";
import type { EventEnvelope } from "@33god/holyfields";
import type { RunningService } from "@33god/service-kit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { engines, type TestBus } from "../../../bloodbank/client/test/support/engines.js";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { catalog } from "../../service-kit/test/support/catalog.js";
import { type Peer, startPeer } from "../../service-kit/test/support/peer.js";
import { createdEventId, meetingOf, QUEUES, triggerService } from "../src/index.js";

const request = (event_type: string, payload: Record<string, unknown>): EventEnvelope => ({
  event_id: randomUUID(),
  event_type,
  timestamp: "2026-02-03T09:00:00Z",
  version: "v1",
  source: { host: "h", type: "manual", app: "a" },
  payload,
});
const brainstorm = { feature_name: "Replay", feature_description: "Play the past\nagain" };

describe("a request is read as a meeting", () => {
  test.each([
    ["theboard.meeting.trigger", { topic: "A", strategy: "simple", max_rounds: 7 }, "A", "simple", 7],
    ["theboard.meeting.trigger", { topic: "A", max_rounds: 1_000 }, "A", "multi_agent", 100],
    ["feature.brainstorm.requested", brainstorm, "Replay: Play the past again", "multi_agent", 5],
    ["architecture.review.needed", { topic: "Walls" }, "Walls", "multi_agent", 5],
    [
      "incident.postmortem.scheduled",
      { topic: "Outage", incident_id: "I-7" },
      "Postmortem of I-7: Outage",
      "multi_agent",
      5,
    ],
    ["decision.analysis.required", { topic: "Buy or build" }, "Buy or build", "multi_agent", 5],
  ])("%s %j", (type, payload, topic, strategy, max_rounds) => {
    expect(meetingOf(request(type, payload))).toMatchObject({ topic, strategy, max_rounds });
  });

  test("a topic that is too long is cut, and one that is empty is refused", () => {
    const long = meetingOf(request("decision.analysis.required", { topic: "🙂".repeat(1_200) }));
    expect([...long.topic]).toHaveLength(1_000);
    expect(() => meetingOf(request("decision.analysis.required", { topic: " " }))).toThrow(RangeError);
  });

  test("the same request is the same meeting", () => {
    const event = request("feature.brainstorm.requested", brainstorm);
    expect(meetingOf(event).meeting_id).toBe(meetingOf(event).meeting_id);
  });
});

for (const engine of engines)
  describe.skipIf(!engine.available)(`the trigger (${engine.name})`, () => {
    let bus: TestBus;
    let options: BusOptions;
    let publisher: Publisher;
    let created: EventEnvelope[] = [];
    let running: { close(): Promise<void> }[] = [];

    beforeEach(async () => {
      bus = await engine.open();
      created = [];
      options = { url: bus.url, catalog, source: { host: "test", type: "manual", app: "trigger" } };
      publisher = new Publisher(options);
      const recorder = new RawConsumer(options, {
        queue: "services.test.recorder",
        bindings: ["theboard.meeting.created"],
        onBatch: async (batch) => {
          for (const { body } of batch) created.push(JSON.parse(Buffer.from(body).toString("utf8")));
        },
      });
      running = [publisher, recorder];
      await Promise.all([publisher.start(), recorder.start()]);
    });
    afterEach(async () => {
      await Promise.all(running.map((one) => one.close()));
      await bus.close();
    });
    async function run(peer?: Peer): Promise<RunningService> {
      const board = peer && { url: peer.url, timeout: 2_000 };
      if (peer !== undefined) running.push(peer);
      const service = triggerService({ bus: options, log: () => {}, board });
      running.push(service);
      await service.start();
      return service;
    }

    test("without TheBoard, each kind of request becomes a created meeting, caused by it", async () => {
      await run();
      const payloads: Record<string, Record<string, unknown>> = {
        "theboard.meeting.trigger": { topic: "A" },
        "feature.brainstorm.requested": brainstorm,
        "architecture.review.needed": { topic: "B" },
        "incident.postmortem.scheduled": { topic: "C", incident_id: "I-7" },
        "decision.analysis.required": { topic: "D" },
      };
      const requests = await Promise.all(
        QUEUES.map(async ([, type]) => {
          const { event } = await publisher.publish(type as string, payloads[type] ?? {});
          return event;
        }),
      );
      await eventually(() => created.length === requests.length, "the created meetings");
      for (const event of requests) {
        const { meeting_id } = meetingOf(event);
        const found = created.find((meeting) => meeting.payload.meeting_id === meeting_id);
        expect(found).toMatchObject({
          event_id: createdEventId(meeting_id),
          correlation_ids: [event.event_id],
        });
        expect(catalog.validate(found)).toMatchObject({ valid: true });
      }
    });

    test("with TheBoard, it is asked once it can answer, and announces the meeting itself", async () => {
      const peer = await startPeer([
        { status: 503 },
        { fault: "silence" },
        { status: 201, body: { ok: true } },
      ]);
      await run(peer);
      const { event } = await publisher.publish("feature.brainstorm.requested", brainstorm);
      await eventually(() => peer.requests.length === 3, "the third attempt");
      const { meeting_id, topic } = meetingOf(event);
      for (const { method, path, headers, body } of peer.requests) {
        expect({ method, path, key: headers["idempotency-key"] }).toEqual({
          method: "POST",
          path: "/meetings",
          key: meeting_id,
        });
        expect(JSON.parse(body)).toMatchObject({
          meeting_id,
          topic,
          context: { request_id: event.event_id },
        });
      }
      expect(created).toEqual([]);
    });

    test("a meeting that is there already is no failure, and what TheBoard refuses is a dead letter", async () => {
      const peer = await startPeer((asked) => ({
        status: JSON.parse(asked.body).topic === "there" ? 409 : 422,
        body: "no such strategy",
      }));
      await run(peer);
      await publisher.publish("decision.analysis.required", { topic: "there" });
      await publisher.publish("decision.analysis.required", { topic: "wrong" });
      const dead: string[] = [];
      const reader = new RawConsumer(options, {
        queue: deadLetterQueue("services.theboard.decision_analysis"),
        onBatch: async (batch) => {
          for (const { headers } of batch) dead.push(String(headers["x-reason"]));
        },
      });
      running.push(reader);
      await reader.start();
      await eventually(() => dead.length > 0, "the dead letter");
      expect(dead).toEqual([expect.stringContaining("422")]);
      await eventually(() => peer.requests.length === 2, "both requests");
    });
  });
