/** What is asked for wrongly, or in the wrong order, is told at once; and it does no harm to anything else. */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Socket } from "node:net";
import { inspect } from "node:util";
import { AMQPClient } from "@cloudamqp/amqp-client";
import { expect, test } from "vitest";
import {
  Consumer,
  type ConsumerSettings,
  DeadLetters,
  declareQueues,
  Outbox,
  OutboxRelay,
  Publisher,
  queueDepth,
  RawConsumer,
  RawPublisher,
  WorkConsumer,
} from "../../src/index.js";
import { artifactCreated, thingDone } from "../support/catalog.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";
import { startProxy } from "../support/proxy.js";

const nothing = () => undefined;

onEachEngine("misuse", (fixture) => {
  async function started(): Promise<Publisher> {
    const publisher = new Publisher(fixture().options);
    await publisher.start();
    return publisher;
  }

  test("what JSON cannot hold rejects, and nothing of its batch leaves", async () => {
    const queue = "services.misuse.json";
    const outcomes: string[] = [];
    await declareQueues(fixture().options, [{ queue, bindings: [artifactCreated] }]);
    const publisher = new Publisher(
      fixture().with({ metrics: { published: ({ outcome }) => outcomes.push(outcome) } }),
    );
    await publisher.start();
    const circle: Record<string, unknown> = {};
    circle.circle = circle;
    for (const payload of [{ n: 1n }, circle])
      await expect(publisher.publish(artifactCreated, payload)).rejects.toMatchObject({
        code: "MALFORMED_JSON",
        violations: [{ keyword: "json" }],
      });
    await expect(
      publisher.publishMany([
        { type: artifactCreated, payload: {} },
        { type: artifactCreated, payload: { n: 1n } },
      ]),
    ).rejects.toMatchObject({ code: "MALFORMED_JSON" });
    await publisher.close();
    expect(outcomes).toEqual(["violation", "violation", "violation"]);
    expect(await queueDepth(fixture().options, queue)).toMatchObject({ ready: 0 });
  });

  test("headers that no frame holds are refused to who sent them; the connection stays, for all others", async () => {
    const states: string[] = [];
    const publisher = new Publisher(fixture().with({ onState: (state) => states.push(state) }));
    await publisher.start();
    const long = publisher.publish(artifactCreated, {}, { headers: { note: "x".repeat(140_000) } });
    const others = Array.from({ length: 20 }, () => publisher.publish(artifactCreated, {}));
    await expect(long).rejects.toThrow(/headers make 140\d+ bytes/);
    await Promise.all(others);
    await publisher.close();
    expect(states).toEqual(["up"]);
  });

  test("work needs a queue with a name, and a body of bytes", async () => {
    const publisher = await started();
    await expect(publisher.sendToQueue("", "work")).rejects.toThrow(RangeError);
    await expect(publisher.sendToQueue("services.misuse.work", { n: 1 } as never)).rejects.toThrow(TypeError);
    await publisher.close();
    await expect(declareQueues(fixture().options, [{ queue: "", bindings: [] }])).rejects.toThrow(RangeError);
    const raw = new RawPublisher(fixture().options);
    await raw.start();
    const to = { exchange: "", routingKey: "services.misuse.work" };
    await expect(raw.send({ ...to, body: { n: 1 } as never })).rejects.toThrow(TypeError);
    await raw.close();
  });

  test("a deadline that is no number is over at once", async () => {
    const proxy = await startProxy(fixture().bus.url);
    const publisher = new Publisher(fixture().with({ url: proxy.url }));
    await publisher.start();
    proxy.withhold();
    const sent = publisher.publish(artifactCreated, {}, { deadline: Number.NaN });
    await expect(sent).rejects.toMatchObject({ code: "PUBLISH_TIMEOUT" });
    proxy.cut();
    await publisher.close();
    await proxy.close();
  });

  test("who closes a publisher a second time waits for the same as the first", async () => {
    const proxy = await startProxy(fixture().bus.url);
    const publisher = new Publisher(fixture().with({ url: proxy.url }));
    await publisher.start();
    proxy.withhold();
    const order: string[] = [];
    const sent = publisher.publish(artifactCreated, {}).then(() => order.push("confirmed"));
    const first = publisher.close();
    const second = publisher.close().then(() => order.push("closed"));
    proxy.cut();
    proxy.open();
    await Promise.all([sent, first, second]);
    expect(order).toEqual(["confirmed", "closed"]);
    await proxy.close();
  });

  test("a consumer that is started twice consumes once, and its close ends that", async () => {
    const queue = "services.misuse.twice";
    const consumer = new Consumer(fixture().options, { queue }).on(artifactCreated, nothing);
    await consumer.start();
    await expect(consumer.start()).rejects.toMatchObject({ code: "ALREADY_STARTED" });
    expect(await queueDepth(fixture().options, queue)).toMatchObject({ consumers: 1 });
    await consumer.close();
    await eventually(
      async () => (await queueDepth(fixture().options, queue))?.consumers === 0,
      "the end of its consumer",
    );
  });

  test("what waits in a queue is no dead letter because its handlers come too late", async () => {
    const queue = "services.misuse.late";
    await declareQueues(fixture().options, [{ queue, bindings: [artifactCreated] }]);
    const publisher = await started();
    await publisher.publish(artifactCreated, {});
    await publisher.close();
    const consumer = new Consumer(fixture().options, { queue });
    await expect(consumer.start()).rejects.toMatchObject({ code: "NO_HANDLER" });
    let handled = 0;
    consumer.on(artifactCreated, () => {
      handled++;
    });
    await consumer.start();
    expect(() => consumer.on(thingDone, nothing)).toThrow(/before start\(\)/);
    await eventually(() => handled === 1);
    await consumer.close();
  });

  test("a pause before the start is kept", async () => {
    const queue = "services.misuse.early";
    const consumer = new Consumer(fixture().options, { queue }).on(artifactCreated, nothing);
    await consumer.pause();
    await consumer.start();
    expect(consumer.pausedBy).toBe("caller");
    expect(await queueDepth(fixture().options, queue)).toMatchObject({ consumers: 0 });
    await consumer.close();
  });

  test("a handler may await the pause and the close of its own consumer, and its message is acked", async () => {
    const queue = "services.misuse.inside";
    const did: string[] = [];
    const consumer = new Consumer(fixture().options, { queue }).on(artifactCreated, async ({ payload }) => {
      await (payload.n === 0 ? consumer.pause() : consumer.close());
      did.push(`${payload.n}`);
    });
    await consumer.start();
    const publisher = await started();
    await publisher.publishMany([0, 1].map((n) => ({ type: artifactCreated, payload: { n } })));
    await publisher.close();
    await eventually(() => did.length === 1, "the pause");
    await consumer.resume();
    await eventually(() => did.length === 2, "the close");
    await consumer.close();
    expect(did).toEqual(["0", "1"]);
    expect(consumer.connected).toBe(false);
    await eventually(async () => {
      const depth = await queueDepth(fixture().options, queue);
      return depth?.consumers === 0 && depth.ready === 0;
    }, "an empty queue");
  });

  test("so may a handler of work", async () => {
    const queue = "services.misuse.inside_work";
    let did = 0;
    const worker = new WorkConsumer(fixture().options, {
      queue,
      handler: async () => {
        await (did === 0 ? worker.pause() : worker.close());
        did++;
      },
    });
    await worker.start();
    const publisher = await started();
    await publisher.sendToQueue(queue, "first");
    await eventually(() => did === 1, "the pause");
    await publisher.sendToQueue(queue, "second");
    await publisher.close();
    await worker.resume();
    await eventually(() => did === 2, "the close");
    await worker.close();
    await eventually(async () => {
      const depth = await queueDepth(fixture().options, queue);
      return depth?.consumers === 0 && depth.ready === 0;
    }, "an empty queue");
  });

  test("so may what takes batches", async () => {
    const queue = "services.misuse.inside_batch";
    let taken = 0;
    const consumer = new RawConsumer(fixture().options, {
      queue,
      onBatch: async () => {
        await (taken === 0 ? consumer.pause() : consumer.close());
        taken++;
      },
    });
    await consumer.start();
    const publisher = await started();
    await publisher.sendToQueue(queue, "first");
    await eventually(() => taken === 1, "the pause");
    await publisher.sendToQueue(queue, "second");
    await publisher.close();
    await consumer.resume();
    await eventually(() => taken === 2, "the close");
    await consumer.close();
    expect(consumer.connected).toBe(false);
    await eventually(async () => {
      const depth = await queueDepth(fixture().options, queue);
      return depth?.consumers === 0 && depth.ready === 0;
    }, "an empty queue");
  });

  test("a handler that ignores its signal does not keep its consumer from closing; the queue has its message again", async () => {
    const queue = "services.misuse.hung";
    const logged: string[] = [];
    let aborted = false;
    const bus = fixture().with({ log: (_, message) => logged.push(message) });
    const worker = new WorkConsumer(bus, {
      queue,
      drainTimeout: 0,
      handler: (_, { signal }) =>
        new Promise<void>(() => signal.addEventListener("abort", () => (aborted = true))),
    });
    await worker.start();
    const publisher = await started();
    await publisher.sendToQueue(queue, "work");
    await publisher.close();
    await eventually(() => worker.active === 1);
    await worker.close();
    expect(aborted).toBe(true);
    expect(logged.at(-1)).toMatch(/closed while 1 at work did not end/);
    await fixture().drain(queue, 1);
  });

  test("a start that failed may be tried again, and what was published meanwhile leaves", async () => {
    const proxy = await startProxy(fixture().bus.url);
    const bus = fixture().with({ url: proxy.url });
    const publisher = new Publisher(bus);
    const consumer = new Consumer(bus, { queue: "services.misuse.again" }).on(artifactCreated, nothing);
    proxy.shut();
    const failing = publisher.start();
    const early = publisher.publish(artifactCreated, {});
    await expect(failing).rejects.toMatchObject({ code: "BROKER_UNREACHABLE" });
    await expect(consumer.start()).rejects.toMatchObject({ code: "BROKER_UNREACHABLE" });
    await expect(publisher.publish(artifactCreated, {})).rejects.toMatchObject({ code: "NOT_STARTED" });
    proxy.open();
    await publisher.start();
    await consumer.start();
    await early;
    await Promise.all([publisher.close(), consumer.close()]);
    await proxy.close();
  });

  test("who deletes the events exchange loses no event that is published after it", async () => {
    const exchange = "misuse.deleted";
    const publisher = new Publisher(fixture().with({ exchange }));
    await publisher.start();
    const connection = await new AMQPClient(fixture().bus.url).connect();
    const channel = await connection.channel();
    for (const count of [1, 3]) {
      await channel.exchangeDelete(exchange);
      const published = Array.from({ length: count }, () => publisher.publish(artifactCreated, {}));
      expect(await Promise.all(published)).toHaveLength(count);
    }
    await publisher.close();
    await connection.close();
  });

  test("dead letters of which one connection fails to start leave none open", async () => {
    const { hostname, port } = new URL(fixture().bus.url);
    const accepted: Socket[] = [];
    // Lets one in.
    const door = createServer((client) => {
      if (accepted.push(client) > 1) {
        client.destroy();
        return;
      }
      const broker = connect(Number(port || 5672), hostname);
      client.on("error", nothing).on("close", () => broker.destroy());
      broker.on("error", nothing).on("close", () => client.destroy());
      client.pipe(broker).pipe(client);
    }).listen(0, "127.0.0.1");
    await once(door, "listening");
    const url = new URL(fixture().bus.url);
    url.host = `127.0.0.1:${(door.address() as AddressInfo).port}`;
    const bus = fixture().with({ url: url.href });
    const letters = new DeadLetters(bus, { queues: () => [], publisher: new Publisher(bus) });
    await expect(letters.start()).rejects.toMatchObject({ code: "BROKER_UNREACHABLE" });
    expect(letters.connected).toBe(false);
    await eventually(() => accepted.length === 2 && accepted.every(({ closed }) => closed), "closed sockets");
    door.close();
  });
});

const bus = {
  url: "amqp://127.0.0.1:1/",
  source: { host: "test", type: "system", app: "suite" },
  catalog: undefined as never,
} as const;

test.each([
  "nonsense",
  "http://127.0.0.1:5672/",
  "amqp://guest:secret#1@127.0.0.1:5672/",
  "amqp://127.0.0.1:port/",
])("what no broker can have for its address is told, also to who would wait for one: %s", async (url) => {
  for (const retry of [false, true]) {
    const error: unknown = await new RawPublisher({ ...bus, url }).start({ retry }).catch((e: unknown) => e);
    expect(error).toMatchObject({ code: "BROKER_UNREACHABLE" });
    expect(String(error)).toMatch(/Not the address of a broker/);
    expect(String(error)).not.toMatch(/secret/);
  }
  await expect(new RawPublisher({ ...bus, url: [] }).start({ retry: true })).rejects.toThrow(
    /No broker address/,
  );
});

test("what was published during a start that failed is told by close that it was not sent", async () => {
  const raw = new RawPublisher(bus, { maxPending: 1 });
  const failing = raw.start();
  const message = { exchange: "", routingKey: "q", body: Buffer.from("x") };
  const sent = Promise.allSettled([raw.send(message), raw.send(message)]);
  await expect(failing).rejects.toMatchObject({ code: "BROKER_UNREACHABLE" });
  await raw.close();
  for (const outcome of await sent)
    expect(outcome).toMatchObject({ status: "rejected", reason: { code: "NOT_STARTED" } });
  expect(raw.pending).toBe(0);
});

test("who logs an error of a start logs no key and no password", async () => {
  const told: unknown[] = [];
  const server = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")).listen(
    0,
    "127.0.0.1",
  );
  await once(server, "listening");
  const url = `amqp://guest:secret@127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const raw = new RawPublisher({ ...bus, url, onState: (_, reason) => told.push(reason) });
  told.push(await raw.start().catch((error: unknown) => error));
  const waiting = raw.start({ retry: true }).catch((error: unknown) => told.push(error));
  await eventually(() => told.length > 1);
  await raw.close();
  await waiting;
  server.close();
  for (const error of told) expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/secret/);
});

test.each<Partial<ConsumerSettings>>([
  { queue: "" },
  { queue: "x".repeat(246) },
  { concurrency: 0 },
  { concurrency: Number.NaN },
  { prefetch: 65_536 },
  { deadline: Number.POSITIVE_INFINITY },
  { deadline: 0 },
  { drainTimeout: Number.NaN },
  { breaker: { failures: Number.NaN } },
  { breaker: { pause: 0 } },
  { breaker: { longestPause: Number.POSITIVE_INFINITY } },
])("a consumer is not made with what it could not handle anything with: %o", (wrong) => {
  const settings = { queue: "services.misuse.settings", ...wrong };
  expect(() => new Consumer(bus, settings)).toThrow(RangeError);
  expect(() => new WorkConsumer(bus, { ...settings, handler: nothing })).toThrow(RangeError);
});

test("nor a raw consumer, a publisher or a relay", () => {
  const onBatch = async () => undefined;
  for (const wrong of [{ maxBatch: 0 }, { linger: Number.NaN }, { prefetch: -1 }])
    expect(() => new RawConsumer(bus, { queue: "q", onBatch, ...wrong })).toThrow(RangeError);
  for (const wrong of [{ maxPending: 0 }, { maxPending: Number.NaN }, { maxPendingBytes: 0 }])
    expect(() => new RawPublisher(bus, wrong)).toThrow(RangeError);
  const relayed = { outbox: new Outbox(bus), publisher: new Publisher(bus), transaction: undefined as never };
  for (const wrong of [{ batch: 0 }, { batch: Number.NaN }, { interval: 0 }, { interval: Number.NaN }])
    expect(() => new OutboxRelay({ ...relayed, ...wrong })).toThrow(RangeError);
});
