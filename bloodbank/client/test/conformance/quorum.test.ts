/** Quorum queues count how often a message came back, and RabbitMQ 4 gives it up at twenty unless told otherwise. */
import { expect, test } from "vitest";
import {
  Consumer,
  DeadLetters,
  deadLetterQueue,
  NonRetryable,
  Publisher,
  queueDepth,
} from "../../src/index.js";
import { artifactCreated } from "../support/catalog.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";

const OFTEN = 25;

onEachEngine("a quorum queue", (fixture) => {
  test("keeps a dead letter however often it is looked at, and shows it at once", async () => {
    const options = fixture().with({ queueType: "quorum" });
    const queue = "services.quorum.looks";
    const consumer = new Consumer(options, { queue }).on(artifactCreated, () => {
      throw new NonRetryable("no");
    });
    await consumer.start();
    const publisher = new Publisher(options);
    await publisher.start();
    const { event } = await publisher.publish(artifactCreated, { n: 1 });
    const letters = new DeadLetters(options, {
      publisher,
      queues: () => [{ name: deadLetterQueue(queue), origins: [queue] }],
    });
    await letters.start();
    const ids = async () => (await letters.list()).dead_letters.map(({ event_id }) => event_id);
    await eventually(async () => (await ids()).length > 0, "the letter");
    for (let n = 0; n < OFTEN; n++) expect(await ids()).toEqual([event.event_id]);
    expect(await letters.redrive({ queue }, { actor: "jane" })).toMatchObject({ count: 1 });
    await letters.close();
    await consumer.close();
    await publisher.close();
  });

  test("keeps an event however often its consumer pauses with it", async () => {
    const options = fixture().with({ queueType: "quorum" });
    const queue = "services.quorum.pauses";
    const handled: string[] = [];
    let goOn: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const consumer = new Consumer(options, { queue, concurrency: 1 }).on(
      artifactCreated,
      async ({ event_id }) => {
        await held;
        handled.push(event_id);
      },
    );
    await consumer.start();
    const publisher = new Publisher(options);
    await publisher.start();
    const published = await publisher.publishMany(
      [1, 2].map((n) => ({ type: artifactCreated, payload: { n } })),
    );
    const waits = (ready: number) =>
      eventually(async () => (await queueDepth(options, queue))?.ready === ready, `${ready} in the queue`);
    await waits(0);
    const pauses: Promise<void>[] = [];
    for (let n = 0; n < OFTEN; n++) {
      // The first is being handled; the second is given back.
      pauses.push(consumer.pause());
      await waits(1);
      await consumer.resume();
      await waits(0);
    }
    goOn();
    await Promise.all(pauses);
    await eventually(() => handled.length === 2, "both events");
    expect(new Set(handled)).toEqual(new Set(published.map(({ event }) => event.event_id)));
    await consumer.close();
    await publisher.close();
  });
});
