import { expect, test } from "vitest";
import { Consumer, eventId, Publisher, RawConsumer } from "../../src/index.js";
import { artifactCreated, meetingCreated, thingDone } from "../support/catalog.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";
import { startProxy } from "../support/proxy.js";

onEachEngine("the client under faults", (fixture) => {
  test("what was published while connections break is on the bus when publish resolves", async () => {
    const proxy = await startProxy(fixture().bus.url);
    const seen = new Set<string>();
    const recorder = new RawConsumer(fixture().options, {
      queue: "faults.published",
      bindings: ["artifact.*"],
      onBatch: async (batch) => {
        for (const { properties } of batch) seen.add(String(properties.messageId));
      },
    });
    await recorder.start();
    const publisher = new Publisher(fixture().with({ url: proxy.url }));
    await publisher.start();
    const ids: string[] = [];
    for (let round = 0; round < 6; round++) {
      const publishing = Array.from({ length: 300 }, (_, n) =>
        publisher.publish(artifactCreated, { round, n }).then(({ event }) => ids.push(event.event_id)),
      );
      setTimeout(() => proxy.cut(), round * 3);
      await Promise.all(publishing);
    }
    expect(proxy.connections).toBeGreaterThan(3);
    await eventually(() => seen.size === 1_800, "all events");
    expect(ids.every((id) => seen.has(id))).toBe(true);
    await publisher.close();
    await recorder.close();
    await proxy.close();
  });

  test("a connection that dies inside a frame, at whichever byte, loses nothing", async () => {
    const proxy = await startProxy(fixture().bus.url);
    const seen = new Set<string>();
    const recorder = new RawConsumer(fixture().options, {
      queue: "faults.frames",
      bindings: ["test.#"],
      onBatch: async (batch) => {
        for (const { properties } of batch) seen.add(String(properties.messageId));
      },
    });
    await recorder.start();
    const publisher = new Publisher(fixture().with({ url: proxy.url }));
    await publisher.start();
    for (let bytes = 700; bytes < 1_900; bytes += 97) {
      proxy.cutAfter(bytes);
      proxy.cut();
      const publishing = [1, 2, 3].map((n) => publisher.publish(thingDone, { bytes, n }));
      await eventually(() => proxy.connections > 1);
      setTimeout(() => proxy.cutAfter(Number.POSITIVE_INFINITY), 150);
      const published = await Promise.all(publishing);
      await eventually(() => published.every(({ event }) => seen.has(event.event_id)), "the events");
    }
    await publisher.close();
    await recorder.close();
    await proxy.close();
  });

  test("a consumer goes on after its connection was cut, and nothing is lost", async () => {
    const proxy = await startProxy(fixture().bus.url);
    const handled = new Set<unknown>();
    const consumer = new Consumer(fixture().with({ url: proxy.url }), {
      queue: "services.faults.consumer",
      concurrency: 4,
    }).on(meetingCreated, async (event) => {
      await new Promise((resolve) => setTimeout(resolve, 1));
      handled.add(event.payload.n);
    });
    await consumer.start();
    const publisher = new Publisher(fixture().options);
    await publisher.start();
    await publisher.publishMany(
      Array.from({ length: 400 }, (_, n) => ({ type: "theboard.meeting.created", payload: { n } })),
    );
    for (const share of [50, 150, 250]) {
      await eventually(() => handled.size > share);
      proxy.cut();
    }
    await eventually(() => handled.size === 400, "all events");
    await consumer.close();
    await publisher.close();
    await proxy.close();
  });

  test("a publisher started while no broker answers delivers once there is one", async () => {
    const proxy = await startProxy(fixture().bus.url);
    proxy.shut();
    const eager = new Publisher(fixture().with({ url: proxy.url }));
    await expect(eager.start()).rejects.toMatchObject({ code: "BROKER_UNREACHABLE" });
    const patient = new Publisher(fixture().with({ url: proxy.url }));
    const starting = patient.start({ retry: true });
    const publishing = patient.publish(artifactCreated, {});
    const hopeless = patient.publish(artifactCreated, {}, { deadline: 200 });
    await expect(hopeless).rejects.toMatchObject({ code: "BUFFER_FULL" });
    proxy.open();
    await starting;
    expect((await publishing).event.event_type).toBe("artifact.created");
    await patient.close();
    await proxy.close();
  });

  test("an event whose confirm does not come in time is told by its id; published again under it, it is the same event", async () => {
    const queue = "services.faults.unconfirmed";
    const consumer = new Consumer(fixture().options, { queue }).on(artifactCreated, () => undefined);
    await consumer.start();
    await consumer.pause();
    const proxy = await startProxy(fixture().bus.url);
    const publisher = new Publisher(fixture().with({ url: proxy.url }));
    await publisher.start();
    const id = eventId(artifactCreated, { n: 1 });
    proxy.withhold();
    await expect(
      publisher.publish(artifactCreated, {}, { eventId: id, deadline: 200 }),
    ).rejects.toMatchObject({ code: "PUBLISH_TIMEOUT", eventId: id });
    proxy.open();
    expect((await publisher.publish(artifactCreated, {}, { eventId: id })).event.event_id).toBe(id);
    await publisher.close();
    await proxy.close();
    await consumer.close();
    const got = await fixture().drain(queue, 1);
    expect(new Set(got.map(({ properties }) => properties.messageId))).toEqual(new Set([id]));
  });

  test("a full buffer holds publishers back, and close waits for all of them", async () => {
    const publisher = new Publisher(fixture().options, { maxPending: 10 });
    await publisher.start();
    const publishing = Array.from({ length: 500 }, (_, n) => publisher.publish(artifactCreated, { n }));
    expect(publisher.pending).toBe(500);
    await publisher.close();
    expect(publisher.pending).toBe(0);
    expect((await Promise.all(publishing)).length).toBe(500);
    await expect(publisher.publish(artifactCreated, {})).rejects.toMatchObject({ code: "NOT_STARTED" });
  });
});
