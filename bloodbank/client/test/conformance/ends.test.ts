/** What was asked for comes to an end, whatever else is asked for or happens meanwhile. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import {
  Consumer,
  declareQueues,
  HEADERS,
  Publisher,
  QueueDepths,
  RawConsumer,
  WorkConsumer,
} from "../../src/index.js";
import { artifactCreated } from "../support/catalog.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";
import { startProxy } from "../support/proxy.js";
import { startSilentServer } from "../support/silent-server.js";

onEachEngine("ends", (fixture) => {
  async function published(count: number): Promise<void> {
    const publisher = new Publisher(fixture().options);
    await publisher.start();
    await publisher.publishMany(
      Array.from({ length: count }, (_, n) => ({ type: artifactCreated, payload: { n } })),
    );
    await publisher.close();
  }

  test("a pause that is waited for by several, and a closing meanwhile, all end with the handler", async () => {
    let release: (() => void) | undefined;
    const consumer = new Consumer(fixture().options, { queue: "services.ends.idle" }).on(
      artifactCreated,
      () => new Promise<void>((resolve) => (release = resolve)),
    );
    await consumer.start();
    await published(1);
    await eventually(() => release !== undefined);
    const ended = Promise.all([consumer.pause(), consumer.pause(), consumer.close(), consumer.close()]);
    release?.();
    await ended;
    expect(consumer.connected).toBe(false);
  });

  test("a pause that comes while the consumer still asks for its deliveries is kept, and `resume` ends it", async () => {
    const queue = "services.ends.paused";
    const handled: unknown[] = [];
    const consumer = new Consumer(fixture().options, { queue, prefetch: 2 }).on(artifactCreated, (event) => {
      handled.push(event.payload.n);
    });
    await consumer.start();
    await consumer.pause();
    await published(5);
    const resuming = consumer.resume();
    await consumer.pause();
    await resuming;
    const before = handled.length;
    // Another one gets all the rest: nothing is held here.
    const others = await fixture().drain(queue, 5 - before);
    expect(handled.length).toBe(before);
    await published(3);
    await consumer.resume();
    await eventually(() => handled.length === before + 3);
    await consumer.close();
    expect(others.length).toBe(5 - before);
  });

  test("a raw consumer that is paused begins no further batch, and gives back what it had gathered", async () => {
    const queue = "services.ends.raw";
    let batches = 0;
    let release: (() => void) | undefined;
    const consumer = new RawConsumer(fixture().options, {
      queue,
      bindings: [artifactCreated],
      maxBatch: 1,
      prefetch: 10,
      onBatch: async () => {
        if (++batches === 1) await new Promise<void>((resolve) => (release = resolve));
      },
    });
    await consumer.start();
    await published(5);
    await eventually(() => release !== undefined);
    const paused = consumer.pause();
    // While the first one is still at work.
    await fixture().drain(queue, 4);
    release?.();
    await paused;
    expect(batches).toBe(1);
    await published(1);
    await consumer.resume();
    await eventually(() => batches === 2);
    await consumer.close();
  });

  test("a consumer that was closed does not start, and one that closes while it starts ends both", async () => {
    const settings = { queue: "services.ends.early", handler: () => undefined };
    for (const closed of [
      new Consumer(fixture().options, settings).on(artifactCreated, () => undefined),
      new RawConsumer(fixture().options, { queue: settings.queue, onBatch: async () => undefined }),
      new WorkConsumer(fixture().options, settings),
      new Publisher(fixture().options),
    ]) {
      await closed.close();
      await expect(closed.start(), closed.constructor.name).rejects.toMatchObject({ code: "NOT_STARTED" });
    }
    for (let turns = 0; turns < 30; turns++) {
      const consumer = new Consumer(fixture().options, settings).on(artifactCreated, () => undefined);
      const started = consumer.start().then(
        () => undefined,
        (error: unknown) => error,
      );
      for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
      await consumer.close();
      const error = await started;
      if (error !== undefined) expect(error).toMatchObject({ code: "NOT_STARTED" });
      expect(consumer.connected).toBe(false);
    }
  });

  test("a start ends when it is closed and the broker hangs up instead of answering", async () => {
    const proxy = await startProxy(fixture().bus.url);
    // The proxy passes the end of one side on to the other, without an error.
    const consumer = new Consumer(fixture().with({ url: proxy.url }), { queue: "services.ends.hung_up" }).on(
      artifactCreated,
      () => undefined,
    );
    const started = consumer.start();
    // At once: a few milliseconds later it may have started.
    while (proxy.connections === 0) await new Promise(setImmediate);
    proxy.withhold();
    const closed = consumer.close();
    await expect(started).rejects.toMatchObject({ code: "NOT_STARTED" });
    proxy.cut();
    await closed;
    await proxy.close();
  });

  test("a broker that says nothing more is left, also by who goes on publishing, and nothing is lost", async () => {
    const proxy = await startProxy(fixture().bus.url);
    const publisher = new Publisher(fixture().with({ url: `${proxy.url}?heartbeat=1` }));
    await publisher.start();
    proxy.withhold();
    const sent: Promise<unknown>[] = [];
    await eventually(() => {
      sent.push(publisher.publish(artifactCreated, {}));
      return !publisher.connected;
    }, "the end of the connection");
    proxy.open();
    await Promise.all(sent);
    await publisher.close();
    await proxy.close();
  });

  test("a consumer closes also when its broker says nothing more, and is never found silent", async () => {
    const proxy = await startProxy(fixture().bus.url);
    const bus = fixture().with({ url: `${proxy.url}?heartbeat=0` });
    const queue = "services.ends.hangs";
    const consumers = [
      new WorkConsumer(bus, { queue, handler: () => undefined }),
      new RawConsumer(bus, { queue, onBatch: async () => undefined }),
    ];
    await Promise.all(consumers.map((consumer) => consumer.start()));
    proxy.withhold();
    await Promise.all(consumers.map((consumer) => consumer.close()));
    expect(consumers.map(({ connected }) => connected)).toEqual([false, false]);
    proxy.cut();
    await proxy.close();
  });

  test("a question that is open when its connection is closed, and the broker hangs up meanwhile, is answered", async () => {
    const proxy = await startProxy(fixture().bus.url);
    const depths = new QueueDepths(fixture().with({ url: proxy.url }));
    await depths.start();
    proxy.withhold();
    const asked = depths.of("services.ends.depth").catch((error: unknown) => error);
    const closed = depths.close();
    proxy.cut();
    await closed;
    expect(await asked).toBeInstanceOf(Error);
    await proxy.close();
  });

  test("who orders events by what one of them lacks has that one tried again, and the others handled", async () => {
    const queue = "services.ends.order";
    const handled: unknown[] = [];
    const consumer = new Consumer(fixture().options, {
      queue,
      orderBy: ({ payload }) => (payload.n === 0 ? ((payload.absent as { key: string }).key ?? "") : "all"),
    }).on(artifactCreated, (event) => {
      handled.push(event.payload.n);
    });
    await consumer.start();
    await published(3);
    await eventually(() => handled.length === 2);
    await consumer.close();
    expect(handled).toEqual([1, 2]);
    const [retry] = await fixture().drain(queue, 1);
    expect(retry?.headers).toMatchObject({ [HEADERS.code]: "HANDLER_FAILED", [HEADERS.attempt]: 2 });
  });

  test("nothing keeps the process of a consumer whose last handler failed while it closed", async () => {
    const program = fileURLToPath(new URL("../support/last-words.mjs", import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, [
      program,
      fixture().bus.url,
      "services.ends.last_words",
    ]);
    expect(stdout).toBe("closed\n");
  });

  test("a handler may throw what has no text", async () => {
    const queue = "services.ends.textless";
    let attempts = 0;
    const consumer = new WorkConsumer(fixture().options, {
      queue,
      handler: () => {
        attempts++;
        throw Object.create(null);
      },
    });
    await consumer.start();
    const publisher = new Publisher(fixture().options);
    await publisher.start();
    await publisher.sendToQueue(queue, "work");
    await publisher.close();
    await eventually(() => attempts === 1);
    await consumer.close();
    const [retry] = await fixture().drain(queue, 1);
    expect(retry?.headers).toMatchObject({ [HEADERS.code]: "HANDLER_FAILED", [HEADERS.attempt]: 2 });
  });
});

test("what listens and says nothing keeps neither a closing nor its start", async () => {
  const silent = await startSilentServer();
  const { url, sockets } = silent;
  const bus = { url, source: { host: "test", type: "system", app: "suite" } } as const;
  const consumer = new RawConsumer(bus, { queue: "services.ends.silent", onBatch: async () => undefined });
  const started = consumer.start();
  await eventually(() => sockets.length === 1);
  const gone = once(sockets[0]!, "close");
  await consumer.close();
  await expect(started).rejects.toMatchObject({ code: "NOT_STARTED" });
  await gone;

  await expect(declareQueues(bus, [], AbortSignal.abort())).rejects.toMatchObject({ code: "NOT_STARTED" });
  expect(sockets.length).toBe(1);
  silent.close();
});
