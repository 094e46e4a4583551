/** A replay to one queue goes only as fast as that queue is emptied. */
import amqplib from "amqplib";
import { expect, test } from "vitest";
import { onEachEngine } from "./support/on-each-engine.js";
import { eventually } from "./support/running-platform.js";

const EVENTS = 60;
const MOST = 3;

onEachEngine("replay", { args: ["--no-services"] }, (fixture) => {
  test("to one queue it sends all, and holds while as many wait as were allowed, where the broker counts at once", async () => {
    const { api, engine, platform } = fixture();
    // RabbitMQ's management API tells counts seconds late: there the hold is not prompt enough to be seen here.
    const countsAtOnce = engine.name !== "RabbitMQ";
    for (let n = 0; n < EVENTS; n++)
      await api.post("/events/artifact.created", { artifact_type: "code", file_path: `/${n}` });
    await eventually(async () => {
      const { body } = await api.get("/api/v1/events?type=artifact.created&limit=100");
      return body.events.length === EVENTS;
    });
    const connection = await amqplib.connect(platform.amqp);
    const channel = await connection.createConfirmChannel();
    const queue = "services.slow.reader";
    await channel.assertQueue(queue, { durable: true });
    for (let n = 0; n < MOST; n++) channel.sendToQueue(queue, Buffer.from("{}"), { persistent: true });
    await channel.waitForConfirms();
    const created = await api.post("/api/v1/replays", {
      select: { filter: { type: ["artifact.created"] } },
      queue,
      rate: 8,
      max_waiting: MOST,
    });
    expect(created.status).toBe(201);
    const replay = async () => (await api.get(`/api/v1/replays/${created.body.replay_id}`)).body;
    if (countsAtOnce) {
      const looks: number[] = [];
      await eventually(async () => {
        looks.push((await channel.checkQueue(queue)).messageCount);
        return looks.length > 20 && looks.slice(-20).every((count) => count === looks.at(-1));
      });
      expect(looks.at(-1)).toBeLessThan(MOST + EVENTS);
      expect(await replay()).toMatchObject({ state: "running", total: EVENTS });
    }
    let taken = 0;
    await channel.consume(queue, (message) => {
      if (message !== null) channel.ack(message);
      taken++;
    });
    await eventually(async () => (await replay()).state === "finished");
    expect(await replay()).toMatchObject({ sent: EVENTS });
    await eventually(() => taken === MOST + EVENTS);
    await channel.deleteQueue(queue);
    await connection.close();
  });
});
