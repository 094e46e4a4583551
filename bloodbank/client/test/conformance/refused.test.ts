/** A broker that refuses a message: for good, or only for now. */
import amqplib from "amqplib";
import { expect, test } from "vitest";
import { RawPublisher } from "../../src/index.js";
import { rabbitmq } from "../support/engines.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";

onEachEngine("a message that the broker refuses", (fixture) => {
  const full = { "x-max-length": 1, "x-overflow": "reject-publish" };
  const to = (queue: string) => ({ exchange: "", routingKey: queue, body: Buffer.from("x") });

  test("is refused to its publisher when its queue stays full, and nothing else is held up", async () => {
    const connection = await amqplib.connect(fixture().bus.url);
    const channel = await connection.createChannel();
    await channel.assertQueue("refused.full", { durable: true, arguments: full });
    await channel.assertQueue("refused.open", { durable: true });
    const publisher = new RawPublisher(fixture().options);
    await publisher.start();
    await publisher.send(to("refused.full"));
    // Many at once: RabbitMQ refuses them with one nack.
    const refused = Array.from({ length: 50 }, () =>
      expect(publisher.send(to("refused.full"))).rejects.toMatchObject({ code: "PUBLISH_REFUSED" }),
    );
    expect(await publisher.send(to("refused.open"))).toEqual({ routed: true });
    await Promise.all(refused);
    expect((await channel.checkQueue("refused.full")).messageCount).toBe(1);
    await publisher.close();
    await connection.close();
  });

  test.skipIf(!rabbitmq.available)(
    "by RabbitMQ arrives when there is room again, once, with all that came after it",
    async () => {
      // The embedded broker refuses for good: it has no leaders that it could be without.
      if (fixture().engine !== rabbitmq) return;
      const connection = await amqplib.connect(fixture().bus.url);
      const channel = await connection.createChannel();
      await channel.assertQueue("refused.passing", { durable: true, arguments: full });
      const publisher = new RawPublisher(fixture().options);
      await publisher.start();
      const outcomes = Array.from({ length: 5 }, () => publisher.send(to("refused.passing")));
      let taken = 0;
      await channel.consume("refused.passing", (message) => {
        if (message === null) return;
        taken++;
        channel.ack(message);
      });
      expect(await Promise.all(outcomes)).toEqual(Array(5).fill({ routed: true }));
      await eventually(() => taken === 5, "all five");
      expect(publisher.pending).toBe(0);
      await publisher.close();
      await connection.close();
    },
  );
});
