import { expect, test } from "vitest";
import {
  type BusMetrics,
  Consumer,
  deadLetterQueue,
  HEADERS,
  NonRetryable,
  Publisher,
} from "../../src/index.js";
import { artifactCreated } from "../support/catalog.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";

type Published = Parameters<NonNullable<BusMetrics["published"]>>[0];
type Handled = Parameters<NonNullable<BusMetrics["handled"]>>[0];

onEachEngine("attempts", (fixture) => {
  test("are counted on by the next consumer, and a dead letter tells when the first and the last one failed", async () => {
    const queue = "services.attempts.restarted";
    const attempts: number[] = [];
    const failing = (error: Error) =>
      new Consumer(fixture().options, { queue }).on(artifactCreated, (_, { attempt }) => {
        attempts.push(attempt);
        throw error;
      });
    const first = failing(new Error("not yet"));
    await first.start();
    const publisher = new Publisher(fixture().options);
    await publisher.start();
    const { event } = await publisher.publish(artifactCreated, {});
    await publisher.close();
    await eventually(() => attempts.length === 1);
    await first.close();
    // As after a restart: nothing but the message itself knows of the first attempt.
    const second = failing(new NonRetryable("never"));
    await second.start();
    const [letter] = await fixture().drain(deadLetterQueue(queue), 1);
    await second.close();
    expect(attempts).toEqual([1, 2]);
    expect(letter?.properties.messageId).toBe(event.event_id);
    expect(letter?.headers).toMatchObject({ [HEADERS.attempt]: 2, [HEADERS.reason]: "never" });
    const [began, ended] = [letter?.headers[HEADERS.firstFailedAt], letter?.headers[HEADERS.lastFailedAt]];
    expect(letter?.headers[HEADERS.failedAt]).toBe(`${began} ${ended}`);
    // The ladder's first delay lies between them.
    expect(Date.parse(String(ended)) - Date.parse(String(began))).toBeGreaterThan(900);
  });

  test("are measured: each event's type, queue, outcome, time in the handler and lag", async () => {
    const queue = "services.attempts.measured";
    const published: Published[] = [];
    const handled: Handled[] = [];
    const bus = fixture().with({
      metrics: {
        published: (measure) => published.push(measure),
        handled: (measure) => handled.push(measure),
      },
    });
    const consumer = new Consumer(bus, { queue }).on(artifactCreated, ({ payload }, { attempt }) => {
      if (payload.n === 1 && attempt === 1) throw new Error("not yet");
      if (payload.n === 2) throw new NonRetryable("never");
    });
    await consumer.start();
    const publisher = new Publisher(bus);
    await publisher.start();
    await publisher.publishMany([0, 1, 2].map((n) => ({ type: artifactCreated, payload: { n } })));
    // A name that anybody may make up is no label.
    await expect(publisher.publish(`made.up.${crypto.randomUUID()}` as string, {})).rejects.toThrow(
      /unknown/,
    );
    await expect(publisher.publish(artifactCreated, { broken: true })).rejects.toThrow(/broken/);
    await publisher.close();
    await eventually(() => handled.length === 4);
    await consumer.close();
    expect(published.splice(3)).toEqual([
      { type: "", outcome: "violation", seconds: 0 },
      { type: artifactCreated, outcome: "violation", seconds: 0 },
    ]);
    expect(published).toEqual(
      Array(3).fill({ type: artifactCreated, outcome: "confirmed", seconds: expect.any(Number) }),
    );
    expect(handled.map(({ outcome, attempt }) => `${outcome} ${attempt}`).sort()).toEqual([
      "dead_lettered 1",
      "handled 1",
      "handled 2",
      "retried 1",
    ]);
    for (const { type, queue: where, seconds, lag } of handled) {
      expect([type, where]).toEqual([artifactCreated, queue]);
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(lag).toBeGreaterThanOrEqual(0);
    }
  });
});
