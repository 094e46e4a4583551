import { afterAll, beforeAll, expect, test } from "vitest";
import { Consumer, type EventEnvelope, NonRetryable, Publisher, RawConsumer } from "../../src/index.js";
import { artifactCreated, thingDone } from "../support/catalog.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";

onEachEngine("what a consumer tells of failed attempts", (fixture) => {
  let publisher: Publisher;
  let listener: RawConsumer;
  const told: EventEnvelope[] = [];
  const of = (queue: string) => told.filter(({ payload }) => payload.queue === queue);

  beforeAll(async () => {
    publisher = new Publisher(fixture().options);
    await publisher.start();
    listener = new RawConsumer(fixture().options, {
      queue: "services.reports.listener",
      bindings: ["bloodbank.delivery.failed"],
      onBatch: async (batch) => {
        for (const { body } of batch) told.push(JSON.parse(new TextDecoder().decode(body)));
      },
    });
    await listener.start();
  });
  afterAll(async () => {
    await listener?.close();
    await publisher?.close();
  });

  test("is which event failed where, why, and when it is tried again; of what was handled, nothing", async () => {
    const queue = "services.reports.one";
    let failures = 0;
    const handled: unknown[] = [];
    const consumer = new Consumer(fixture().options, { queue }).on(artifactCreated, ({ payload }) => {
      if (payload.n === 1 && failures++ === 0) throw new Error("no disk");
      handled.push(payload.n);
    });
    await consumer.start();
    await publisher.publish(artifactCreated, { n: 0 });
    const { event } = await publisher.publish(artifactCreated, { n: 1 });
    await eventually(() => handled.length === 2);
    await eventually(() => of(queue).length === 1);
    expect(of(queue)[0]).toMatchObject({
      event_type: "bloodbank.delivery.failed",
      correlation_ids: [event.event_id],
      payload: {
        failed_event_id: event.event_id,
        failed_event_type: artifactCreated,
        attempt: 1,
        attempts_at_most: 6,
        outcome: "retried",
        code: "HANDLER_FAILED",
        reason: "no disk",
      },
    });
    await consumer.close();
  });

  test("is bounded where everything fails, and then says of how many it did not tell", async () => {
    const queue = "services.reports.many";
    const consumer = new Consumer(fixture().options, { queue, breaker: false }).on(thingDone, () => {
      throw new NonRetryable("never");
    });
    await consumer.start();
    let published = 1_000;
    await publisher.publishMany(
      Array.from({ length: published }, (_, n) => ({ type: thingDone, payload: { n } })),
    );
    // One more now and then, until one is told: it tells of all that were passed over.
    const sum = () => of(queue).reduce((all, { payload }) => all + 1 + Number(payload.untold), 0);
    let patience = 250;
    await eventually(async () => {
      await publisher.publish(thingDone, { n: published++ });
      await new Promise((resolve) => setTimeout(resolve, patience));
      // Where each is told later than the next one is published, all are never told.
      patience *= 1.3;
      return sum() === published;
    });
    expect(of(queue).length).toBeLessThan(published);
    expect(of(queue).every(({ payload }) => payload.outcome === "dead_lettered")).toBe(true);
    await consumer.close();
  });
});
