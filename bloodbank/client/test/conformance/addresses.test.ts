/** Several addresses of one bus: whichever answers is taken, and left for another when it does not any more. */
import { expect, test } from "vitest";
import { Consumer, Publisher } from "../../src/index.js";
import { artifactCreated } from "../support/catalog.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";
import { startProxy } from "../support/proxy.js";

onEachEngine("a bus of several addresses", (fixture) => {
  test("is reached at the first that answers, also at the start, and left for the next when that one goes, without a loss", async () => {
    const doors = await Promise.all([startProxy(fixture().bus.url), startProxy(fixture().bus.url)]);
    const [first, second] = doors;
    const nobody = new URL(fixture().bus.url);
    nobody.hostname = "127.0.0.1";
    nobody.port = "1";
    const options = fixture().with({ url: [nobody.href, first.url, second.url] });
    const seen = new Set<string>();
    const consumer = new Consumer(options, { queue: "services.test.addresses" }).on(
      artifactCreated,
      (event) => {
        seen.add(event.event_id);
      },
    );
    await consumer.start();
    const publisher = new Publisher(options);
    await publisher.start();
    const ids: string[] = [];
    const publish = async (count: number) => {
      const published = await Promise.all(
        Array.from({ length: count }, (_, n) => publisher.publish(artifactCreated, { n })),
      );
      ids.push(...published.map(({ event }) => event.event_id));
    };
    await publish(20);
    expect(second.connections).toBe(0);
    for (const [gone, other] of [
      [first, second],
      [second, first],
    ] as const) {
      const before = other.connections;
      other.open();
      gone.shut();
      const publishing = publish(200);
      gone.cut();
      await publishing;
      await eventually(() => seen.size === ids.length, "all events");
      expect(ids.every((id) => seen.has(id))).toBe(true);
      // Both of them, publisher and consumer, went over.
      expect(other.connections).toBeGreaterThanOrEqual(before + 2);
    }
    await publisher.close();
    await consumer.close();
    for (const door of doors) await door.close();
  });
});
