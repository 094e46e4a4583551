/** Quorum queues count how often a message came back, and RabbitMQ 4 gives it up at twenty unless told otherwise. */
import { expect, test } from "vitest";
import { Consumer, DeadLetters, deadLetterQueue, NonRetryable, Publisher } from "../../src/index.js";
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
});
