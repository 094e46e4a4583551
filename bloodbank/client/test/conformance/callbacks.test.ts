import { expect, test } from "vitest";
import {
  type BusMetrics,
  Consumer,
  deadLetterQueue,
  NonRetryable,
  Publisher,
  QueueDepths,
  retryQueue,
} from "../../src/index.js";
import { artifactCreated } from "../support/catalog.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";

const throwing = (): never => {
  throw new Error("the callback is broken");
};
const rejecting = async (): Promise<never> => throwing();

onEachEngine("a callback that fails", (fixture) => {
  async function publish(metrics: BusMetrics, numbers: readonly number[]) {
    const publisher = new Publisher(fixture().with({ metrics }));
    await publisher.start();
    const payloads = numbers.map((n) => ({ type: artifactCreated, payload: { n } }));
    const published = await publisher.publishMany(payloads);
    await publisher.close();
    return published;
  }

  test.each([
    ["throws", { published: throwing, handled: throwing }],
    ["rejects", { published: rejecting, handled: rejecting }],
  ])(
    "that %s when told of an event leaves it published, handled once, retried or set aside",
    async (how, metrics) => {
      const queue = `services.callbacks.${how}`;
      const calls: string[] = [];
      const downs: unknown[] = [];
      const lines: string[] = [];
      const consumer = new Consumer(
        fixture().with({
          metrics,
          onState: (state, reason) => {
            if (state === "down") downs.push(reason);
            throwing();
          },
          log: (_, message) => {
            lines.push(message);
            throwing();
          },
        }),
        { queue, concurrency: 4 },
      ).on(artifactCreated, ({ payload: { n } }, { attempt }) => {
        calls.push(`${n}:${attempt}`);
        // Both ways a handler may end: at once, and later.
        if (n === 0) return;
        return (async () => {
          await Promise.resolve();
          if (n === 2 && attempt === 1) throw new Error("not yet");
          if (n === 3) throw new NonRetryable("never");
        })();
      });
      await consumer.start();
      const published = await publish(metrics, [0, 1, 2, 3]);
      expect(published.map(({ routed }) => routed)).toEqual([true, true, true, true]);
      // When this one is back from the ladder, whatever else was given back would be back as well.
      await eventually(() => calls.includes("2:2"));
      await publish(metrics, [4]);
      await eventually(() => calls.includes("4:1"));
      await consumer.close();
      expect(calls.sort()).toEqual(["0:1", "1:1", "2:1", "2:2", "3:1", "4:1"]);
      expect(downs).toEqual([]);
      expect(lines.filter((line) => line.startsWith("metrics.handled failed"))).toHaveLength(1);

      const depths = new QueueDepths(fixture().options);
      await depths.start();
      const waiting = async (name: string) => (await depths.of(name))?.ready;
      await eventually(async () => (await waiting(queue)) === 0, "an empty queue");
      expect(await waiting(retryQueue(queue, 0))).toBe(0);
      expect(await waiting(deadLetterQueue(queue))).toBe(1);
      await depths.close();
    },
  );
});
