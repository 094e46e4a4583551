import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type BusOptions,
  Consumer,
  ContractViolation,
  currentHandling,
  deadLetterQueue,
  type EventEnvelope,
  HEADERS,
  NonRetryable,
  Publisher,
  RawConsumer,
  type RawDelivery,
} from "../../src/index.js";
import { artifactCreated, catalog, meetingCreated, meetingStarted, thingDone } from "../support/catalog.js";
import { engines, type TestBus } from "../support/engines.js";
import { eventually } from "../support/eventually.js";

describe.each(engines)("the bus on $name", (engine) => {
  describe.skipIf(!engine.available)(`(${engine.name})`, () => {
    let bus: TestBus;
    let options: BusOptions;
    let publisher: Publisher;

    beforeAll(async () => {
      bus = await engine.open();
      options = { url: bus.url, catalog, source: { host: "test", type: "system", app: "suite" } };
      publisher = new Publisher(options);
      await publisher.start();
    });
    afterAll(async () => {
      await publisher.close();
      await bus.close();
    });

    /** What lies in a queue, bytes and all. */
    async function drain(queue: string, count: number): Promise<readonly RawDelivery[]> {
      const got: RawDelivery[] = [];
      const reader = new RawConsumer(options, {
        queue,
        onBatch: async (batch) => {
          got.push(...batch);
        },
      });
      await reader.start();
      await eventually(() => got.length >= count, `${count} messages in ${queue}`);
      await reader.close();
      return got;
    }

    test("an event published is the event handled, with its AMQP properties", async () => {
      const seen: EventEnvelope[] = [];
      const consumer = new Consumer(options, { queue: "services.test.first" }).on(
        artifactCreated,
        (event) => {
          seen.push(event);
        },
      );
      await consumer.start();
      const { event, routed } = await publisher.publish(artifactCreated, { file_path: "/ä/ß.md" });
      expect(routed).toBe(true);
      await eventually(() => seen.length === 1);
      expect(seen[0]).toEqual(event);
      await consumer.close();

      const raw = new RawConsumer(options, { queue: "raw.first", bindings: ["#"], onBatch: async () => {} });
      await raw.start();
      await raw.close();
      const second = await publisher.publish(
        artifactCreated,
        { file_path: "x" },
        { headers: { note: "hi" } },
      );
      const [delivery] = await drain("raw.first", 1);
      expect(delivery).toMatchObject({
        exchange: "bloodbank.events.v1",
        routingKey: "artifact.created",
        headers: { note: "hi" },
        properties: {
          contentType: "application/json",
          deliveryMode: 2,
          messageId: second.event.event_id,
          correlationId: second.event.event_id,
          type: "artifact.created",
          appId: "suite",
        },
      });
      expect(JSON.parse(new TextDecoder().decode(delivery?.body))).toEqual(second.event);
    });

    test("publish says when no queue was bound for the event", async () => {
      const elsewhere = { ...options, exchange: "nobody.listens.v1" };
      const lonely = new Publisher(elsewhere);
      await lonely.start();
      expect((await lonely.publish(thingDone, {})).routed).toBe(false);
      const consumer = new Consumer(elsewhere, { queue: "services.test.routed" }).on(thingDone, () => {});
      await consumer.start();
      expect((await lonely.publish(thingDone, {})).routed).toBe(true);
      expect((await lonely.publish(artifactCreated, {})).routed).toBe(false);
      await consumer.close();
      await lonely.close();
    });

    test("a handler's timers and the work that it does not wait for name its event as well", async () => {
      const effects: EventEnvelope[] = [];
      const seen = new Consumer(options, { queue: "services.test.late_effect" }).on(
        meetingStarted,
        (event) => {
          if (event.payload.late === true) effects.push(event);
        },
      );
      const leaving = new Consumer(options, { queue: "services.test.leaves" }).on(thingDone, (event) => {
        if (event.payload.leave !== true) return;
        const late = (n: number) => void publisher.publish(meetingStarted, { late: true, n });
        setTimeout(() => late(1), 20);
        setImmediate(() => Promise.resolve().then(() => late(2)));
        process.nextTick(() => queueMicrotask(() => late(3)));
      });
      await Promise.all([seen.start(), leaving.start()]);
      const { event: cause } = await publisher.publish(thingDone, { leave: true });
      await eventually(() => effects.length === 3, "three effects");
      for (const effect of effects) expect(effect.correlation_ids).toEqual([cause.event_id]);
      await Promise.all([seen.close(), leaving.close()]);
    });

    test("an event that breaks its contract never leaves", async () => {
      await expect(publisher.publish(artifactCreated, { broken: true })).rejects.toMatchObject({
        code: "CONTRACT_VIOLATION",
        violations: [{ pointer: "/payload/broken" }],
      });
      await expect(publisher.publish("artifact.craeted" as string, {})).rejects.toBeInstanceOf(
        ContractViolation,
      );
    });

    test("what a handler publishes names the handled event as its cause and keeps the conversation", async () => {
      const effects: { event: EventEnvelope; conversation: string | undefined }[] = [];
      const first = new Consumer(options, { queue: "services.test.cause" }).on(meetingCreated, async () => {
        await new Promise((resolve) => setTimeout(resolve, 1));
        await Promise.all([publisher.publish(meetingStarted, {})]);
      });
      const second = new Consumer(options, { queue: "services.test.effect" }).on(meetingStarted, (event) => {
        effects.push({ event, conversation: currentHandling()?.conversationId });
      });
      await Promise.all([first.start(), second.start()]);
      const { event: cause } = await publisher.publish(meetingCreated, {});
      const [effect] = await eventually(() => effects.length > 0 && effects);
      expect(effect?.event.correlation_ids).toEqual([cause.event_id]);
      expect(effect?.conversation).toBe(cause.event_id);
      await Promise.all([first.close(), second.close()]);
    });

    test("a handler that fails is tried again after the ladder's delay, by its own queue alone", async () => {
      const attempts: number[] = [];
      let told: Readonly<Record<string, unknown>> = {};
      let others = 0;
      const failing = new Consumer(options, { queue: "services.test.failing" }).on(
        artifactCreated,
        (_, context) => {
          attempts.push(context.attempt);
          told = context.headers;
          if (context.attempt < 2) throw new Error("not yet");
        },
      );
      const other = new Consumer(options, { queue: "services.test.other" }).on(artifactCreated, () => {
        others++;
      });
      await Promise.all([failing.start(), other.start()]);
      await publisher.publish(artifactCreated, { file_path: "retry" });
      await eventually(() => attempts.length === 2);
      expect(attempts).toEqual([1, 2]);
      expect(told).toMatchObject({ [HEADERS.reason]: "not yet", [HEADERS.code]: "HANDLER_FAILED" });
      // That of the last attempt goes to the dead letters.
      expect(told).not.toHaveProperty(HEADERS.stack);
      expect(others).toBe(1);
      await Promise.all([failing.close(), other.close()]);
    });

    test("NonRetryable goes to the dead letters at once, with reason, stack and attempts", async () => {
      const queue = "services.test.hopeless";
      const consumer = new Consumer(options, { queue }).on(artifactCreated, () => {
        throw new NonRetryable("the disk is gone");
      });
      await consumer.start();
      const { event } = await publisher.publish(artifactCreated, { file_path: "y" });
      const [letter] = await drain(deadLetterQueue(queue), 1);
      await consumer.close();
      expect(letter?.headers).toMatchObject({
        [HEADERS.reason]: "the disk is gone",
        [HEADERS.code]: "NON_RETRYABLE",
        [HEADERS.attempt]: 1,
        [HEADERS.originalQueue]: queue,
        [HEADERS.originalRoutingKey]: "artifact.created",
        [HEADERS.stack]: expect.stringContaining("NonRetryable"),
      });
      expect(letter?.properties.messageId).toBe(event.event_id);
      expect(JSON.parse(new TextDecoder().decode(letter?.body))).toEqual(event);
    });

    test("a raw consumer acks a batch only after it is committed", async () => {
      const queue = "raw.batches";
      let fail = true;
      const sizes: number[] = [];
      const ids = new Set<string>();
      const raw = new RawConsumer(options, {
        queue,
        bindings: ["theboard.#"],
        maxBatch: 50,
        onBatch: async (batch) => {
          if (fail) {
            fail = false;
            throw new Error("the disk is full");
          }
          sizes.push(batch.length);
          for (const { properties } of batch) ids.add(String(properties.messageId));
        },
      });
      await raw.start();
      await publisher.publishMany(
        Array.from({ length: 200 }, (_, n) => ({ type: "theboard.meeting.created", payload: { n } })),
      );
      await eventually(() => ids.size === 200);
      await raw.close();
      expect(Math.max(...sizes)).toBeLessThanOrEqual(50);
      const rest = new RawConsumer(options, { queue, onBatch: async () => expect.fail("was not acked") });
      await rest.start();
      await rest.close();
    });
  });
});
