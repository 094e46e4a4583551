import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import {
  Consumer,
  deadLetterQueue,
  HEADERS,
  Publisher,
  QueueDepths,
  suspectsQueue,
  WorkConsumer,
} from "../../src/index.js";
import { artifactCreated } from "../support/catalog.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";

onEachEngine("handling", (fixture) => {
  async function published(types: readonly { type: string; payload: Record<string, unknown> }[]) {
    const publisher = new Publisher(fixture().options);
    await publisher.start();
    const results = await publisher.publishMany(types);
    await publisher.close();
    return results;
  }
  const created = (payload: Record<string, unknown>) => ({ type: "artifact.created", payload });

  test("events of one key are handled in order while others go on", async () => {
    const order: Record<string, unknown[]> = { a: [], b: [], c: [] };
    let most = 0;
    let active = 0;
    const consumer = new Consumer(fixture().options, {
      queue: "services.handling.keys",
      concurrency: 8,
      orderBy: (event) => String(event.payload.key),
    }).on(artifactCreated, async (event) => {
      most = Math.max(most, ++active);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
      active--;
      order[String(event.payload.key)]?.push(event.payload.n);
    });
    await consumer.start();
    // All are there when the first is handled: one that comes late would find the others done.
    await consumer.pause();
    await published(Array.from({ length: 90 }, (_, n) => created({ key: "abc"[n % 3], n })));
    await consumer.resume();
    await eventually(() => Object.values(order).flat().length === 90);
    await consumer.close();
    for (const numbers of Object.values(order))
      expect(numbers).toEqual([...numbers].sort((a, b) => Number(a) - Number(b)));
    expect(most).toBe(3);
  });

  test("a handler past its deadline is told to stop, and the event is tried again", async () => {
    const signals: boolean[] = [];
    const consumer = new Consumer(fixture().options, { queue: "services.handling.slow", deadline: 50 }).on(
      artifactCreated,
      async (_, { attempt, signal }) => {
        if (attempt > 1) return;
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        signals.push(signal.aborted);
      },
    );
    await consumer.start();
    await published([created({})]);
    await eventually(() => signals.length === 1);
    await consumer.close();
    const [retry] = await fixture().drain("services.handling.slow", 1);
    expect(retry?.headers).toMatchObject({ [HEADERS.code]: "HANDLER_TIMEOUT", [HEADERS.attempt]: 2 });
    expect(retry?.headers).not.toHaveProperty("x-stack");
  });

  test("as many handlers as there are may listen to their signals, without a warning", async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on("warning", note);
    let listening = 0;
    const consumer = new Consumer(fixture().options, {
      queue: "services.handling.listening",
      concurrency: 20,
      drainTimeout: 0,
    }).on(artifactCreated, async (_, { signal }) => {
      listening++;
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    });
    await consumer.start();
    await published(Array.from({ length: 20 }, () => created({})));
    await eventually(() => listening === 20);
    await consumer.close();
    process.off("warning", note);
    expect(warnings).toEqual([]);
  });

  test("an event that breaks its contract goes to the dead letters with its pointers, not to the handler", async () => {
    const queue = "services.handling.broken";
    let handled = 0;
    const consumer = new Consumer(fixture().options, { queue }).on(artifactCreated, () => {
      handled++;
    });
    await consumer.start();
    const publisher = new Publisher(fixture().options);
    await publisher.start();
    await publisher.sendToQueue(
      queue,
      JSON.stringify({ event_type: "artifact.created", event_id: "1", payload: { broken: true } }),
    );
    await publisher.sendToQueue(queue, "{ not json", { messageId: "2" });
    await publisher.close();
    const letters = await fixture().drain(deadLetterQueue(queue), 2);
    await consumer.close();
    expect(handled).toBe(0);
    expect(letters.map(({ headers }) => headers[HEADERS.code])).toEqual([
      "CONTRACT_VIOLATION",
      "MALFORMED_JSON",
    ]);
    expect(JSON.parse(String(letters[0]?.headers[HEADERS.violations]))).toMatchObject([
      { pointer: "/payload/broken" },
    ]);
  });

  test("a queue whose every event fails is paused, tried with one event, and goes on when that succeeds", async () => {
    let healthy = false;
    let calls = 0;
    let atFirstPause: number | undefined;
    const handled = new Set<unknown>();
    const log = (_: string, message: string) => {
      if (/everything fails; paused/.test(message)) atFirstPause ??= calls;
    };
    const consumer = new Consumer(fixture().with({ log }), {
      queue: "services.handling.breaker",
      breaker: { failures: 5, pause: 300 },
    }).on(artifactCreated, (event) => {
      calls++;
      if (!healthy) throw new Error("the database is away");
      handled.add(event.payload.n);
    });
    await consumer.start();
    await published(Array.from({ length: 50 }, (_, n) => created({ n })));
    await eventually(() => consumer.pausedBy === "breaker");
    expect(atFirstPause).toBe(5);
    healthy = true;
    await eventually(() => handled.size === 50, "all events, the five retried ones too");
    await consumer.close();
  });

  test("no more messages leave the queue than the prefetch until one is acked, and no more are handled than the concurrency", async () => {
    const queue = "services.handling.prefetch";
    const releases: (() => void)[] = [];
    const consumer = new Consumer(fixture().options, { queue, prefetch: 5, concurrency: 2 }).on(
      artifactCreated,
      () =>
        new Promise<void>((resolve) => {
          releases.push(resolve);
        }),
    );
    await consumer.start();
    await published(Array.from({ length: 20 }, (_, n) => created({ n })));
    const depths = new QueueDepths(fixture().options);
    await depths.start();
    const ready = async () => (await depths.of(queue))?.ready;
    await eventually(async () => (await ready()) === 15, "five to leave the queue");
    await eventually(() => releases.length === 2, "two handlers at work");
    expect(consumer.active).toBe(2);
    releases[0]?.();
    await eventually(async () => (await ready()) === 14, "another one to leave it");
    await eventually(() => releases.length === 3, "the next handler");
    expect(consumer.active).toBe(2);
    expect(await ready()).toBe(14);
    await depths.close();
    const closing = consumer.close();
    for (const release of releases) release();
    await closing;
  });

  test("a paused consumer takes nothing; resumed, it goes on", async () => {
    const handled: unknown[] = [];
    const consumer = new Consumer(fixture().options, { queue: "services.handling.paused" }).on(
      artifactCreated,
      (event) => {
        handled.push(event.payload.n);
      },
    );
    await consumer.start();
    await consumer.pause();
    expect(consumer.pausedBy).toBe("caller");
    await published([created({ n: 1 }), created({ n: 2 })]);
    expect(handled).toEqual([]);
    await consumer.resume();
    await eventually(() => handled.length === 2);
    await consumer.close();
  });

  test("close waits for the handler at work and leaves the rest in the queue", async () => {
    const queue = "services.handling.drain";
    const handled: unknown[] = [];
    let release = () => {};
    const consumer = new Consumer(fixture().options, { queue }).on(artifactCreated, async (event) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      handled.push(event.payload.n);
    });
    await consumer.start();
    await published([created({ n: 1 }), created({ n: 2 })]);
    await eventually(() => consumer.active === 1);
    const closing = consumer.close();
    release();
    await closing;
    expect(handled).toEqual([1]);
    const [rest] = await fixture().drain(queue, 1);
    expect(JSON.parse(new TextDecoder().decode(rest?.body)).payload).toEqual({ n: 2 });
  });

  test("work that is not events is retried and given up like events", async () => {
    const queue = "services.handling.work";
    const publisher = new Publisher(fixture().options);
    await publisher.start();
    await Promise.all(
      [1, 2, 3].map((n) => publisher.sendToQueue(queue, `{"n":${n}}`, { messageId: `w${n}` })),
    );
    await publisher.close();
    const done: string[] = [];
    const worker = new WorkConsumer(fixture().options, {
      queue,
      handler: ({ properties }, { attempt }) => {
        if (properties.messageId === "w2" && attempt === 1) throw new Error("later");
        done.push(`${properties.messageId}:${attempt}`);
      },
    });
    await worker.start();
    await eventually(() => done.length === 3);
    await worker.close();
    expect(done.sort()).toEqual(["w1:1", "w2:2", "w3:1"]);
  });

  test("a message that kills its process each time is given up after three deaths, the others are handled", async () => {
    const queue = "services.handling.poison";
    const setUp = new Consumer(fixture().options, { queue }).on(artifactCreated, () => {});
    await setUp.start();
    await setUp.close();
    await published([created({ n: 1 }), created({ n: 2, poison: true }), created({ n: 3 })]);
    const handled: number[] = [];
    let deaths = 0;
    await eventually(async () => {
      const { code, numbers } = await runVictim(fixture().bus.url, queue);
      handled.push(...numbers);
      if (code !== 0) deaths++;
      return code === 0;
    }, "a victim that survives");
    expect(deaths).toBeLessThanOrEqual(5);
    expect([...new Set(handled)].sort()).toEqual([1, 3]);
    const [letter] = await fixture().drain(deadLetterQueue(queue), 1);
    expect(letter?.headers).toMatchObject({ [HEADERS.code]: "POISON" });
    await expect(fixture().drain(suspectsQueue(queue), 0)).resolves.toEqual([]);
  });
});

/** A consumer in a process of its own; it dies of `poison: true` and ends well once event 3 was handled. */
async function runVictim(url: string, queue: string): Promise<{ code: number; numbers: number[] }> {
  const victim = fileURLToPath(new URL("../support/victim.mjs", import.meta.url));
  const child = spawn(process.execPath, [victim, url, queue], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (text) => {
    output += text;
  });
  const code = await new Promise<number>((resolve) => child.on("exit", (status) => resolve(status ?? 1)));
  return { code, numbers: [...output.matchAll(/handled (\d+)/g)].map(([, n]) => Number(n)) };
}
