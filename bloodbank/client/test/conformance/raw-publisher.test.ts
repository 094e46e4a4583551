import { expect, test } from "vitest";
import { Publisher, RawConsumer, type RawDelivery, RawPublisher } from "../../src/index.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";
import { startProxy } from "../support/proxy.js";

onEachEngine("publishing bytes", (fixture) => {
  const body = new TextEncoder().encode('{"any":"bytes"}');

  test("bytes arrive in a queue with their properties and headers, and a missing queue is told", async () => {
    const { catalog: _, ...address } = fixture().options;
    const raw = new RawPublisher(address);
    await raw.start();
    const queue = "raw.bytes";
    const reader = new RawConsumer(address, { queue, onBatch: async () => {} });
    await reader.start();
    await reader.close();
    const sent = await raw.send({
      exchange: "",
      routingKey: queue,
      body,
      properties: { messageId: "m1", contentType: "application/json", type: "a.b", timestamp: 1_700_000_000 },
      headers: { "x-replay-id": "r1", nested: { list: [1, "two"] } },
    });
    const nowhere = await raw.send({ exchange: "", routingKey: "no.such.queue", body });
    expect([sent.routed, nowhere.routed]).toEqual([true, false]);
    const [delivery] = await fixture().drain(queue, 1);
    expect(delivery).toMatchObject({
      routingKey: queue,
      headers: { "x-replay-id": "r1", nested: { list: [1, "two"] } },
      properties: { messageId: "m1", type: "a.b", deliveryMode: 2, timestamp: 1_700_000_000 },
    });
    expect(Buffer.from(delivery?.body ?? []).toString()).toBe('{"any":"bytes"}');
    await raw.close();
  });

  test("a message for which the broker closes the channel is rejected alone; its neighbours arrive", async () => {
    const raw = new RawPublisher(fixture().options);
    await raw.start();
    const publisher = new Publisher(fixture().options);
    await publisher.start();
    const queue = "raw.neighbours";
    await publisher.sendToQueue(queue, "first");
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) =>
        raw.send({ exchange: n === 7 ? "no.such.exchange" : "", routingKey: queue, body }),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(
      outcomes.map((_, n) => (n === 7 ? "rejected" : "fulfilled")),
    );
    expect(outcomes[7]).toMatchObject({ reason: { code: "PUBLISH_REJECTED" } });
    await fixture().drain(queue, 21);
    await raw.close();
    await publisher.close();
  });

  test("what was sent while connections break is in the queue when send resolves", async () => {
    const proxy = await startProxy(fixture().bus.url);
    const got: RawDelivery[] = [];
    const reader = new RawConsumer(fixture().options, {
      queue: "raw.breaks",
      onBatch: async (batch) => {
        got.push(...batch);
      },
    });
    await reader.start();
    const raw = new RawPublisher(fixture().with({ url: proxy.url }), { maxPending: 50 });
    await raw.start();
    const sending = Array.from({ length: 500 }, (_, n) =>
      raw.send({ exchange: "", routingKey: "raw.breaks", body, properties: { messageId: `${n}` } }),
    );
    setTimeout(() => proxy.cut(), 2);
    await Promise.all(sending);
    await eventually(() => new Set(got.map(({ properties }) => properties.messageId)).size === 500);
    await raw.close();
    await reader.close();
    await proxy.close();
  });
});
