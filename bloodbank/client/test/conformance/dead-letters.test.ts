import { getEventListeners } from "node:events";
import { AMQPClient } from "@cloudamqp/amqp-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  Consumer,
  DeadLetters,
  deadLetterQueue,
  type EventEnvelope,
  HEADERS,
  NonRetryable,
  Publisher,
} from "../../src/index.js";
import { artifactCreated, catalog, meetingCreated } from "../support/catalog.js";
import { eventually } from "../support/eventually.js";
import { startFrameProxy } from "../support/frame-proxy.js";
import { onEachEngine } from "../support/on-each-engine.js";
import { startProxy } from "../support/proxy.js";

onEachEngine("dead letters", (fixture) => {
  let publisher: Publisher;
  let letters: DeadLetters;
  const acts: EventEnvelope[] = [];
  let recorder: Consumer;
  const queues: { name: string; origins: string[] }[] = [];

  beforeAll(async () => {
    publisher = new Publisher(fixture().options);
    await publisher.start();
    letters = new DeadLetters(fixture().options, { publisher, queues: () => queues });
    await letters.start();
    recorder = new Consumer(fixture().options, { queue: "services.letters.acts" }).on(
      "bloodbank.dead_letter.#",
      (event) => {
        acts.push(event);
      },
    );
    await recorder.start();
  });
  afterAll(async () => {
    await letters?.close();
    await recorder?.close();
    await publisher?.close();
  });

  const tidy = { actor: "jane", reason: "tidy" };
  const actOn = (queue: string) =>
    eventually(() => acts.find(({ payload }) => payload.queue === queue), `the act on ${queue}`);

  /** Lets `count` events die in `queue`, each with the reason given for its number. */
  async function die(queue: string, count: number, reason: (n: number) => string): Promise<EventEnvelope[]> {
    queues.push({ name: deadLetterQueue(queue), origins: [queue] });
    let seen = 0;
    const consumer = new Consumer(fixture().options, { queue }).on(artifactCreated, (event) => {
      seen++;
      throw new NonRetryable(reason(Number(event.payload.n)));
    });
    await consumer.start();
    const published = await publisher.publishMany(
      Array.from({ length: count }, (_, n) => ({ type: "artifact.created", payload: { n, queue } })),
    );
    await eventually(() => seen === count);
    await consumer.close();
    // Only this queue is bound for the next test's events.
    const connection = await new AMQPClient(fixture().bus.url).connect();
    await (await connection.channel()).queueUnbind(queue, "bloodbank.events.v1", "artifact.created");
    await connection.close();
    return published.map(({ event }) => event);
  }

  /** Takes what a redrive brought to a queue. */
  async function handle(queue: string, count: number) {
    const got: { event: EventEnvelope; attempt: number; headers: Readonly<Record<string, unknown>> }[] = [];
    const consumer = new Consumer(fixture().options, { queue, bindings: [] }).on(
      artifactCreated,
      (event, { attempt, headers }) => {
        got.push({ event, attempt, headers });
      },
    );
    await consumer.start();
    await eventually(() => got.length >= count, `${count} events in ${queue}`);
    await consumer.close();
    return got;
  }

  test("letters are listed with reason, code and attempts, as often as one likes, and grouped by what they died of", async () => {
    const queue = "services.letters.listed";
    const events = await die(queue, 5, (n) => (n < 3 ? `row ${n} is locked` : "the meeting was deleted"));
    const first = await letters.list({ queue });
    const again = await letters.list({ queue });
    expect(again.dead_letters).toEqual(first.dead_letters);
    expect(first).toMatchObject({ complete: true });
    expect(first.dead_letters.map(({ event_id }) => event_id)).toEqual(
      events.map(({ event_id }) => event_id),
    );
    expect(first.dead_letters[0]).toMatchObject({
      queue,
      dead_letter_queue: `${queue}.dlq`,
      event_type: "artifact.created",
      reason: "row 0 is locked",
      code: "NON_RETRYABLE",
      attempts: 1,
      event: events[0],
    });
    expect(first.dead_letters[0]?.stack).toContain("NonRetryable");
    const { groups, complete } = await letters.groups({ queue });
    expect(complete).toBe(true);
    expect(groups.map(({ count, reason }) => [count, reason])).toEqual([
      [3, "row 2 is locked"],
      [2, "the meeting was deleted"],
    ]);
    const id = first.dead_letters[4]?.id ?? "";
    expect(await letters.show(id)).toEqual(first.dead_letters[4]);
    expect(await letters.show(`${id}0`)).toBeUndefined();
    expect((await letters.list({ queue }, 2)).dead_letters).toHaveLength(2);
    expect((await letters.list({ queue }, 2)).complete).toBe(false);
  });

  test("letters are read once while nothing comes or goes, whoever asks, and again when something did", async () => {
    const queue = "services.letters.summed_up";
    const dlq = deadLetterQueue(queue);
    await die(queue, 30, (n) => (n < 20 ? "the disk is full" : "no such file"));
    const proxy = await startFrameProxy(fixture().bus.url);
    let arrivals = 30;
    const viewer = new DeadLetters(fixture().with({ url: proxy.url }), {
      publisher,
      queues: () => [{ name: dlq, origins: [queue], arrivals }],
    });
    await viewer.start();
    const counts = async () => (await viewer.groups()).groups.map(({ count, reason }) => [count, reason]);
    /** Frames that the broker sends for it: a letter takes three, a look at the queue as many. */
    const framesOf = async (work: () => Promise<unknown>) => {
      const before = proxy.passed.broker;
      await work();
      return proxy.passed.broker - before;
    };
    const reading = await framesOf(() => Promise.all([viewer.groups(), viewer.summaries(), counts()]));
    expect(reading).toBeGreaterThan(60);
    expect(reading).toBeLessThan(120);
    expect(await framesOf(counts)).toBeLessThan(10);
    expect(await counts()).toEqual([
      [20, "the disk is full"],
      [10, "no such file"],
    ]);
    const [first] = (await viewer.summaries()).dead_letters;
    expect((await viewer.list({ ids: [first?.id ?? ""] })).dead_letters).toMatchObject([first]);

    // Another program takes one out by hand, and another one comes: there are as many as before.
    const connection = await new AMQPClient(fixture().bus.url).connect();
    await eventually(async () => (await connection.channel()).basicGet(dlq, { noAck: true }));
    await connection.close();
    await publisher.sendToQueue(dlq, "{}", { headers: { [HEADERS.reason]: "not JSON" } });
    arrivals++;
    expect(await counts()).toEqual([
      [19, "the disk is full"],
      [10, "no such file"],
      [1, "not JSON"],
    ]);

    // What one does oneself is seen at once, even where as many come meanwhile and the broker does not tell.
    await viewer.discard({ ids: [(await viewer.summaries()).dead_letters[0]?.id ?? ""] }, tidy);
    await publisher.sendToQueue(dlq, "{}", { headers: { [HEADERS.reason]: "not JSON" } });
    expect(await counts()).toEqual([
      [18, "the disk is full"],
      [10, "no such file"],
      [2, "not JSON"],
    ]);
    await viewer.close();
    await proxy.close();
  });

  test("one group is redriven to its own queue, from attempt 1, the rest stays, and the act is an event", async () => {
    const queue = "services.letters.redriven";
    const events = await die(queue, 6, (n) => (n % 2 === 0 ? `timeout after ${n} ms` : "no such file"));
    const [group] = (await letters.groups({ queue })).groups;
    const progress: number[] = [];
    expect(await letters.preview({ group: group?.group ?? "" })).toBe(3);
    const result = await letters.redrive(
      { group: group?.group ?? "" },
      { actor: "jane", reason: "the disk is back", onProgress: ({ done }) => progress.push(done) },
    );
    expect(result).toMatchObject({ count: 3, failed: [] });
    expect(progress).toEqual([1, 2, 3]);
    const handled = await handle(queue, 3);
    expect(handled.map(({ event, attempt }) => [event.payload.n, attempt])).toEqual(
      [0, 2, 4].map((n) => [n, 1]),
    );
    expect(handled[0]?.event).toEqual(events[0]);
    expect(handled[0]?.headers).not.toHaveProperty(HEADERS.reason);
    expect((await letters.list({ queue })).dead_letters).toHaveLength(3);
    expect(await actOn(queue)).toMatchObject({
      event_type: "bloodbank.dead_letter.redriven",
      payload: {
        actor: "jane",
        reason: "the disk is back",
        count: 3,
        event_ids: [0, 2, 4].map((n) => events[n]?.event_id),
      },
    });
  });

  test("a letter whose queue is gone stays where it is, and the others go", async () => {
    const queue = "services.letters.gone";
    await die(queue, 2, () => "why not");
    await publisher.sendToQueue(deadLetterQueue(queue), "{}", {
      headers: { [HEADERS.originalQueue]: "services.letters.never_was" },
    });
    const result = await letters.redrive({ queue: deadLetterQueue(queue) }, { actor: "jane" });
    expect(result.count).toBe(2);
    expect(result.failed).toMatchObject([{ reason: "services.letters.never_was does not exist" }]);
    expect((await letters.list({ queue: deadLetterQueue(queue) })).dead_letters).toHaveLength(1);
  });

  test("a redrive at a rate can be stopped between two letters; none is lost", async () => {
    const queue = "services.letters.paced";
    await die(queue, 5, () => "why not");
    const stop = new AbortController();
    const result = await letters.redrive(
      { queue },
      { actor: "jane", rate: 2, signal: stop.signal, onProgress: ({ done }) => done === 2 && stop.abort() },
    );
    expect(result.count).toBe(2);
    expect((await letters.list({ queue })).dead_letters).toHaveLength(3);
    await handle(queue, 2);
  });

  test("a redrive at a rate listens to its signal once, however many letters wait for their turn", async () => {
    const queue = "services.letters.many_paced";
    await die(queue, 12, () => "why not");
    const stop = new AbortController();
    const listeners: number[] = [];
    const onProgress = () => listeners.push(getEventListeners(stop.signal, "abort").length);
    const { count } = await letters.redrive(
      { queue },
      { actor: "jane", rate: 100, signal: stop.signal, onProgress },
    );
    expect(count).toBe(12);
    expect(Math.max(...listeners)).toBeLessThan(2);
    expect(getEventListeners(stop.signal, "abort")).toEqual([]);
    await handle(queue, 12);
  });

  test("a redrive whose connection breaks half-way loses nothing, and what it sends twice is the same event", async () => {
    const queue = "services.letters.broken_off";
    const ids = (await die(queue, 30, () => "why not")).map(({ event_id }) => event_id);
    const proxy = await startProxy(fixture().bus.url);
    const shaky = new DeadLetters(fixture().with({ url: proxy.url }), { publisher, queues: () => queues });
    await shaky.start();
    let cut = false;
    const onProgress = ({ done }: { readonly done: number }) => {
      if (done < 10 || cut) return;
      cut = true;
      proxy.cut();
    };
    await shaky.redrive({ queue }, { actor: "jane", rate: 200, onProgress }).catch(() => undefined);
    expect(cut).toBe(true);
    const handled = new Set<string>();
    const consumer = new Consumer(fixture().options, { queue, bindings: [] }).on(
      artifactCreated,
      ({ event_id }) => {
        handled.add(event_id);
      },
    );
    await consumer.start();
    // What the broken connection held comes back to the dead letters by itself.
    await eventually(async () => {
      if ((await letters.list({ queue })).dead_letters.length > 0)
        await letters.redrive({ queue }, { actor: "jane" });
      return handled.size >= ids.length;
    }, "all events");
    expect([...handled].sort()).toEqual([...ids].sort());
    await consumer.close();
    await shaky.close();
    await proxy.close();
  });

  test("an edited letter is a new event, checked, with the original as its cause and kept in the act", async () => {
    const queue = "services.letters.edited";
    const [event] = await die(queue, 1, () => "no path");
    const [letter] = (await letters.list({ queue })).dead_letters;
    if (event === undefined || letter === undefined) throw new Error("no letter");
    await expect(
      letters.edit(letter.id, { ...event, payload: { broken: true } }, { actor: "jane" }),
    ).rejects.toMatchObject({ code: "CONTRACT_VIOLATION" });
    expect((await letters.list({ queue })).dead_letters).toHaveLength(1);
    const seen: EventEnvelope[] = [];
    const subscriber = new Consumer(fixture().options, { queue }).on(artifactCreated, (each) => {
      seen.push(each);
    });
    await subscriber.start();
    const edited = await letters.edit(
      letter.id,
      { ...event, payload: { n: 0, path: "/a" } },
      { actor: "jane", reason: "the path was missing" },
    );
    await eventually(() => seen.length === 1);
    expect(seen[0]).toEqual(edited.event);
    expect(edited.event.event_id).not.toBe(event.event_id);
    expect(edited.event).toMatchObject({ correlation_ids: [event.event_id], payload: { path: "/a" } });
    expect(await actOn(queue)).toMatchObject({
      event_type: "bloodbank.dead_letter.edited",
      payload: { original: event, corrected_event_id: edited.event.event_id, event_ids: [event.event_id] },
    });
    expect((await letters.list({ queue })).dead_letters).toEqual([]);
    await expect(letters.edit(letter.id, event, { actor: "jane" })).rejects.toMatchObject({
      code: "DEAD_LETTER_NOT_FOUND",
    });
    await subscriber.close();
  });

  test("an act whose event would break its contract, as for want of an actor, moves nothing", async () => {
    const queue = "services.letters.unrecorded";
    await die(queue, 1, () => "why not");
    const bus = fixture().with({
      catalog: {
        ...catalog,
        validate: (event, key) =>
          key?.startsWith("bloodbank.dead_letter.")
            ? catalog.validate({ ...(event as EventEnvelope), payload: { broken: true } }, key)
            : catalog.validate(event, key),
      },
    });
    const publisher = new Publisher(bus);
    await publisher.start();
    const strict = new DeadLetters(bus, {
      publisher,
      queues: () => [{ name: deadLetterQueue(queue), origins: [queue] }],
    });
    await strict.start();
    await expect(strict.redrive({ queue }, {} as never)).rejects.toMatchObject({
      code: "CONTRACT_VIOLATION",
    });
    const [letter] = (await strict.list({ queue })).dead_letters;
    await expect(strict.edit(letter?.id ?? "", letter?.event, {} as never)).rejects.toMatchObject({
      code: "CONTRACT_VIOLATION",
    });
    expect(await strict.preview({ queue })).toBe(1);
    await strict.close();
    await expect(strict.list()).rejects.toMatchObject({ code: "NOT_STARTED" });
    await publisher.close();
  });

  test("letters are let go with a reason only, and the act says which", async () => {
    const queue = "services.letters.discarded";
    const events = await die(queue, 3, () => "why not");
    await expect(letters.discard({}, { actor: "jane", reason: "tidy" })).rejects.toMatchObject({
      code: "EMPTY_FILTER",
    });
    await expect(letters.discard({ queue }, { actor: "jane", reason: " " })).rejects.toMatchObject({
      code: "REASON_REQUIRED",
    });
    const result = await letters.discard({ queue }, { actor: "jane", reason: "test data" });
    expect(result.count).toBe(3);
    expect(await actOn(queue)).toMatchObject({
      event_type: "bloodbank.dead_letter.discarded",
      payload: { count: 3, reason: "test data", event_ids: events.map(({ event_id }) => event_id) },
    });
    expect((await letters.list({ queue })).dead_letters).toEqual([]);
  });

  test("what a foreign consumer rejected is a letter too, and goes back where it died", async () => {
    const queue = "foreign";
    const connection = await new AMQPClient(fixture().bus.url).connect();
    const channel = await connection.channel();
    await channel.queueDeclare("foreign_dlq", { durable: true });
    await channel.queueDeclare(
      queue,
      { durable: true },
      { "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "foreign_dlq" },
    );
    await channel.queueBind(queue, "bloodbank.events.v1", "theboard.meeting.created");
    queues.push({ name: "foreign_dlq", origins: [queue] });
    const { event } = await publisher.publish(meetingCreated, { topic: "blood" });
    await eventually(async () => {
      const message = await channel.basicGet(queue, { noAck: false });
      if (message === null) return false;
      await channel.basicNack(message.deliveryTag, false);
      return true;
    });
    const [letter] = await eventually(async () => {
      const { dead_letters } = await letters.list({ queue });
      return dead_letters.length > 0 && dead_letters;
    });
    expect(letter).toMatchObject({
      queue,
      dead_letter_queue: "foreign_dlq",
      event_id: event.event_id,
      event_type: "theboard.meeting.created",
      routing_key: "theboard.meeting.created",
      code: "REJECTED",
      attempts: 1,
    });
    expect(Date.parse(letter?.last_at ?? "")).toBeGreaterThan(1_600_000_000_000);
    await letters.redrive({ ids: [letter?.id ?? ""] }, { actor: "jane" });
    const back = await eventually(() => channel.basicGet(queue, { noAck: true }));
    expect(back).toMatchObject({ properties: { messageId: event.event_id } });
    await connection.close();
  });
});
