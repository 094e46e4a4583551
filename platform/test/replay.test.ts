/** A replay to one queue goes only as fast as that queue is emptied. */
import amqplib from "amqplib";
import { expect, test } from "vitest";
import { onEachEngine } from "./support/on-each-engine.js";
import { eventually } from "./support/running-platform.js";

const EVENTS = 60;
const WAITING = 3;
const ROOM = 4;

onEachEngine("replay", { args: ["--no-services"] }, (fixture) => {
  test("to one queue it sends all, and holds while as many wait as were allowed", async () => {
    const { api, platform } = fixture();
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
    for (let n = 0; n < WAITING; n++) channel.sendToQueue(queue, Buffer.from("{}"), { persistent: true });
    await channel.waitForConfirms();
    const created = await api.post("/api/v1/replays", {
      select: { filter: { type: ["artifact.created"] } },
      queue,
      max_waiting: WAITING + ROOM,
    });
    expect(created.status).toBe(201);
    const replay = async () => (await api.get(`/api/v1/replays/${created.body.replay_id}`)).body;
    const looks: number[] = [];
    await eventually(async () => {
      looks.push((await channel.checkQueue(queue)).messageCount);
      return looks.length > 20 && looks.slice(-20).every((count) => count === WAITING + ROOM);
    });
    expect(Math.max(...looks)).toBe(WAITING + ROOM);
    expect(await replay()).toMatchObject({ state: "running", total: EVENTS });
    let taken = 0;
    await channel.consume(queue, (message) => {
      if (message !== null) channel.ack(message);
      taken++;
    });
    await eventually(async () => (await replay()).state === "finished");
    expect(await replay()).toMatchObject({ sent: EVENTS });
    await eventually(() => taken === WAITING + EVENTS);
    await channel.deleteQueue(queue);
    await connection.close();
  });

  test("to a queue that does not exist it is refused at once", async () => {
    const { api } = fixture();
    const before = (await api.get("/api/v1/replays")).body.replays.length;
    expect(await api.post("/api/v1/replays", { select: {}, queue: "services.no.body" })).toMatchObject({
      status: 404,
      body: { code: "QUEUE_NOT_FOUND", detail: "There is no queue services.no.body." },
    });
    expect((await api.get("/api/v1/replays")).body.replays).toHaveLength(before);
  });
});
