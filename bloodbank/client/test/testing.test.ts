import { afterEach, beforeEach, expect, test } from "vitest";
import {
  Consumer,
  deadLetterQueue,
  declareQueues,
  type EventEnvelope,
  HEADERS,
  NonRetryable,
  Publisher,
  queueDepth,
} from "../src/index.js";
import { startTestBus, type TestBus, TestClock } from "../testing/index.js";

let bus: TestBus;
beforeEach(async () => {
  bus = await startTestBus();
});
afterEach(() => bus.close());

const artifact = { artifact_type: "code", file_path: "/a.ts" };

test("settled waits for everything that an event leads to, and the tree shows it", async () => {
  const consumer = new Consumer(bus.options, { queue: "services.testing.chain" })
    .on("artifact.created", async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      await bus.publisher.publish("artifact.updated", artifact);
    })
    .on("artifact.updated", async () => {
      await bus.publisher.publish("worktree.created", { repo: "r", branch: "b", path: "/w" });
    });
  await consumer.start();
  const { event } = await bus.publisher.publish("artifact.created", artifact);
  await bus.settled();
  expect(bus.published.tree(event)).toBe("artifact.created\n  artifact.updated\n    worktree.created");
  expect(bus.published.one("artifact.updated", { file_path: "/a.ts" }).correlation_ids).toEqual([
    event.event_id,
  ]);
  bus.published.none("theboard.#");
  expect(() => bus.published.one("theboard.#")).toThrow(/expected one theboard\.#, found 0[\s\S]*worktree/);
  expect(() => bus.published.none("artifact.*")).toThrow(/found 2/);
  await consumer.close();
});

test("a whole retry ladder of twelve minutes passes at once, and ends in the dead letters", async () => {
  const queue = "services.testing.ladder";
  const attempts: [number, number][] = [];
  const began = bus.clock.now();
  const consumer = new Consumer(bus.options, { queue }).on("artifact.created", (_, { attempt }) => {
    attempts.push([attempt, Math.round((bus.clock.now() - began) / 1_000)]);
    throw new Error("never works");
  });
  await consumer.start();
  const { event } = await bus.publisher.publish("artifact.created", artifact);
  await bus.settled();
  expect(attempts).toEqual([
    [1, 0],
    [2, 1],
    [3, 6],
    [4, 36],
    [5, 156],
    [6, 756],
  ]);
  const [letter] = await bus.queued(deadLetterQueue(queue));
  expect(JSON.parse(letter?.body ?? "")).toEqual(event);
  expect(letter?.headers[HEADERS.reason]).toBe("never works");
  expect(await bus.queued(deadLetterQueue(queue))).toHaveLength(1);
  await consumer.close();
});

test("the broker refuses what breaks its contract, even from a client that does not look", async () => {
  const { catalog } = bus.options;
  const [contract] = catalog.contracts;
  if (contract === undefined) throw new Error("no contracts");
  const careless = new Publisher({
    ...bus.options,
    catalog: {
      contracts: catalog.contracts,
      get: (type, version) => catalog.get(type, version),
      nearest: (type) => catalog.nearest(type),
      validate: (event) => ({ valid: true, event: event as EventEnvelope, contract }),
      validateBytes: (body, key) => catalog.validateBytes(body, key),
    },
  });
  await careless.start();
  await expect(careless.publish("artifact.created", {} as never)).rejects.toMatchObject({
    code: "PUBLISH_REFUSED",
  });
  await careless.close();
});

test("all that lies in a queue is shown, however much, and stays; asking makes no queue", async () => {
  const queue = "services.testing.full";
  await declareQueues(bus.options, [{ queue, bindings: ["#"] }]);
  await bus.publisher.publishMany(
    Array.from({ length: 3_000 }, (_, n) => ({ type: "artifact.created", payload: { ...artifact, n } })),
  );
  for (let twice = 0; twice < 2; twice++) {
    const numbers = (await bus.queued(queue)).map(({ body }) => JSON.parse(body).payload.n);
    expect(numbers).toEqual(Array.from({ length: 3_000 }, (_, n) => n));
  }
  expect(await bus.queued("services.testing.misspelt")).toEqual([]);
  expect(await queueDepth(bus.options, "services.testing.misspelt")).toBeUndefined();
});

test("a bus may be closed twice", async () => {
  await Promise.all([bus.close(), bus.close()]);
  await bus.close();
});

test("all that lies in a queue is shown also where nothing is quick", async () => {
  const queue = "services.testing.slow";
  await declareQueues(bus.options, [{ queue, bindings: ["#"] }]);
  const payload = { ...artifact, file_path: `/${"x".repeat(12_000)}` };
  await bus.publisher.publishMany(Array.from({ length: 800 }, () => ({ type: "artifact.created", payload })));
  let busy = true;
  const keepBusy = () => {
    for (const until = performance.now() + 60; performance.now() < until; );
    if (busy) setImmediate(keepBusy);
  };
  keepBusy();
  const shown = await bus.queued(queue);
  busy = false;
  expect(shown).toHaveLength(800);
});

test("two buses do not hear each other", async () => {
  const other = await startTestBus({ clock: new TestClock(0) });
  await other.publisher.publish("artifact.created", artifact);
  await other.settled();
  await bus.settled();
  expect([other.published.all.length, bus.published.all.length]).toEqual([1, 0]);
  await other.close();
});

test("what a handler gives up at once is set aside without a delay", async () => {
  const queue = "services.testing.final";
  const consumer = new Consumer(bus.options, { queue }).on("artifact.created", () => {
    throw new NonRetryable("no");
  });
  await consumer.start();
  await bus.publisher.publish("artifact.created", artifact);
  await bus.settled();
  expect(await bus.queued(deadLetterQueue(queue))).toHaveLength(1);
  await consumer.close();
});
