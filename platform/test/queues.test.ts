/** What waits in a queue is told as it is now, and can be taken out by an operator, who is on the record for it. */
import amqplib from "amqplib";
import { expect, test } from "vitest";
import { onEachEngine } from "./support/on-each-engine.js";
import { eventually } from "./support/running-platform.js";

onEachEngine("queues", { args: ["--no-services"] }, (fixture) => {
  const queue = "services.left.behind";

  test("a purge takes out what waits, and who did it, why and how many is an event in the store", async () => {
    const { api, platform } = fixture();
    const connection = await amqplib.connect(platform.amqp);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue(queue, { durable: true });
    for (let n = 0; n < 3; n++) channel.sendToQueue(queue, Buffer.from("{}"), { persistent: true });
    await channel.waitForConfirms();
    expect((await api.get(`/api/v1/queues/${queue}`)).body).toEqual({ queue, ready: 3, consumers: 0 });

    const answer = await api.post(`/api/v1/queues/${queue}/purge`, { reason: "nobody reads it" });
    expect([answer.status, answer.body]).toEqual([200, { queue, purged: 3 }]);
    expect((await api.get(`/api/v1/queues/${queue}`)).body).toMatchObject({ ready: 0 });
    const told = await eventually(async () => {
      const { body } = await api.get("/api/v1/events?type=bloodbank.queue.purged");
      return body.events?.[0]?.event;
    });
    expect(told.payload).toEqual({ actor: expect.any(String), queue, count: 3, reason: "nobody reads it" });
    await channel.deleteQueue(queue);
    await connection.close();
  });

  test("a queue that is not there, a missing reason and the event store's own queue are refused, with the reason", async () => {
    const { api } = fixture();
    const purge = (name: string, body: object) => api.post(`/api/v1/queues/${name}/purge`, body);
    const nowhere = await purge("services.not.there", { reason: "x" });
    expect([nowhere.status, nowhere.body.code]).toEqual([404, "QUEUE_NOT_FOUND"]);
    expect((await api.get("/api/v1/queues/services.not.there")).status).toBe(404);
    const silent = await purge(queue, {});
    expect([silent.status, silent.body.code]).toEqual([400, "BAD_REQUEST"]);
    const store = await purge("event_store_manager_queue", { reason: "x" });
    expect([store.status, store.body.code]).toEqual([409, "CONFLICT"]);
    expect(store.body.detail).toContain("not recorded yet");
  });
});
