/**
 * `dead-letter-strategy: at-least-once`: what dies is kept until its dead letter is where it should be. RabbitMQ tries
 * again every three minutes, the embedded broker as soon as it can: how it ends is compared with `TEST_FULL=1` alone.
 */
import type { ConfirmChannel } from "amqplib";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Client, drain, Inbox, send, until } from "../conformance/client.js";
import { ENGINES, type Engine, startOurs, uniqueName } from "../management/api.js";

const LASTING = {
  "x-queue-type": "quorum",
  "x-dead-letter-exchange": "",
  "x-dead-letter-routing-key": "target",
  "x-dead-letter-strategy": "at-least-once",
  "x-overflow": "reject-publish",
};
const FULL_AT_ONE = { "x-max-length": 1, "x-overflow": "reject-publish" };

/** The next message, when it is there: a quorum queue may confirm before it is. */
async function next(channel: ConfirmChannel, queue: string) {
  for (;;) {
    const got = await channel.get(queue);
    if (got) return got;
  }
}

async function rejectAll(channel: ConfirmChannel, queue: string, bodies: readonly string[]): Promise<void> {
  for (const body of bodies) await send(channel, queue, body);
  for (const _ of bodies) channel.reject(await next(channel, queue), false);
}

describe.each(ENGINES)("dead letters at least once on %s", (name, open) => {
  let engine: Engine;
  let client: Client;
  let channel: ConfirmChannel;
  const vhost = uniqueName("lasting");
  const finds = name !== "RabbitMQ" || process.env.TEST_FULL !== undefined;

  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => engine.close());
  beforeEach(async () => {
    await engine.api.put(`/vhosts/${vhost}`);
    await engine.api.put(`/permissions/${vhost}/guest`, { configure: ".*", write: ".*", read: ".*" });
    client = new Client(engine.amqp(vhost));
    channel = await client.confirmChannel();
  });
  afterEach(async () => {
    await client.close();
    await engine.api.delete(`/vhosts/${vhost}`);
  });

  /** RabbitMQ's numbers are some seconds old. */
  async function untilKept(queue: string, kept: number): Promise<void> {
    await until(async () => {
      const { body } = await engine.api.get(`/queues/${vhost}/${queue}`);
      return body.messages === kept && body.messages_dlx === kept;
    });
  }

  it("are kept while their target is full", { timeout: 900_000 }, async () => {
    await channel.assertQueue("target", { arguments: FULL_AT_ONE });
    await channel.assertQueue("source", { arguments: LASTING });
    await rejectAll(channel, "source", ["one", "two", "three"]);
    await untilKept("source", 2);
    expect(await channel.checkQueue("source")).toMatchObject({ messageCount: 0 });
    expect(await channel.checkQueue("target")).toMatchObject({ messageCount: 1 });
    // They are no messages of the source any more, for those who look at it.
    expect(await channel.purgeQueue("source")).toEqual({ messageCount: 0 });
    if (!finds) return;
    const arrived: string[] = [];
    while (arrived.length < 3) arrived.push(...(await drain(channel, "target")));
    expect(arrived).toEqual(["one", "two", "three"]);
    await untilKept("source", 0);
  });

  it("are kept while they are routed nowhere", { timeout: 900_000 }, async () => {
    await channel.assertQueue("source", { arguments: LASTING });
    await rejectAll(channel, "source", ["early"]);
    await untilKept("source", 1);
    if (!finds) return;
    await channel.assertQueue("target");
    let arrived: string[] = [];
    while (arrived.length === 0) arrived = await drain(channel, "target");
    expect(arrived).toEqual(["early"]);
    await untilKept("source", 0);
  });

  it("count for the length of their queue, which refuses more", async () => {
    await channel.assertQueue("source", { arguments: { ...LASTING, "x-max-length": 1 } });
    await rejectAll(channel, "source", ["kept"]);
    await untilKept("source", 1);
    // RabbitMQ tells its channels that the queue is full, and takes what comes before they know.
    const taken = () =>
      send(channel, "source", "more").then(
        () => true,
        () => false,
      );
    await until(async () => !(await taken()));
  });

  it("go with their queue when it is deleted", async () => {
    await channel.assertQueue("target", { arguments: FULL_AT_ONE });
    await channel.assertQueue("source", { arguments: LASTING });
    await rejectAll(channel, "source", ["there", "gone"]);
    await until(async () => (await channel.checkQueue("target")).messageCount === 1);
    await channel.deleteQueue("source");
    expect(await drain(channel, "target")).toEqual(["there"]);
    expect(await drain(channel, "target")).toEqual([]);
  });
});

describe("dead letters at least once", () => {
  let engine: Engine;
  let client: Client;
  let channel: ConfirmChannel;
  beforeEach(async () => {
    engine = await startOurs();
    client = new Client(engine.amqp("/"));
    channel = await client.confirmChannel();
  });
  afterEach(async () => {
    await client.close();
    await engine.close();
  });

  const kept = async () => (await engine.api.get("/queues/%2F/source")).body.messages_dlx;

  it("reach the target that has room, and wait for the one that has not", async () => {
    await channel.assertExchange("dead", "fanout");
    await channel.assertQueue("open");
    await channel.assertQueue("full", { arguments: FULL_AT_ONE });
    for (const queue of ["open", "full"]) await channel.bindQueue(queue, "dead", "");
    await channel.assertQueue("source", { arguments: { ...LASTING, "x-dead-letter-exchange": "dead" } });
    const bodies = Array.from({ length: 20 }, (_, i) => String(i));
    await rejectAll(channel, "source", bodies);
    // A message is seen in its queue before it is on the disk; only then has its source done with it.
    await until(async () => (await kept()) === 19);
    expect(await channel.checkQueue("open")).toMatchObject({ messageCount: 20 });
    const inbox = await Inbox.of(channel, "full");
    for (const body of bodies) {
      const message = await inbox.next();
      expect(message.content.toString()).toBe(body);
      channel.ack(message);
    }
    await until(async () => (await kept()) === 0);
    expect(await drain(channel, "open")).toEqual(bodies);
  });

  it("are routed anew when the queue that they waited for is deleted", async () => {
    await channel.assertQueue("target", { arguments: FULL_AT_ONE });
    await channel.assertQueue("source", { arguments: LASTING });
    await rejectAll(channel, "source", ["one", "two"]);
    await until(async () => (await kept()) === 1);
    await channel.deleteQueue("target");
    await channel.assertQueue("target");
    await until(async () => (await channel.checkQueue("target")).messageCount === 1);
    expect(await drain(channel, "target")).toEqual(["two"]);
    await until(async () => (await kept()) === 0);
  });

  it("tell of the death as it was, however long they waited", async () => {
    await channel.assertQueue("target", { arguments: FULL_AT_ONE });
    await channel.assertQueue("source", { arguments: LASTING });
    await rejectAll(channel, "source", ["one", "two"]);
    channel.ack(await next(channel, "target"));
    const got = await next(channel, "target");
    expect(got.content.toString()).toBe("two");
    expect(got.properties.headers?.["x-death"]).toEqual([
      expect.objectContaining({ queue: "source", reason: "rejected", count: 1 }),
    ]);
  });

  it("go nowhere where a policy takes the dead-letter exchange back", async () => {
    const policy = (definition: object) =>
      engine.api.put("/policies/%2F/p", { pattern: "^source$", definition, "apply-to": "queues" });
    const limits = { "dead-letter-strategy": "at-least-once", overflow: "reject-publish" };
    await policy({ ...limits, "dead-letter-exchange": "missing" });
    await channel.assertQueue("source", { arguments: { "x-queue-type": "quorum" } });
    await rejectAll(channel, "source", ["one"]);
    await until(async () => (await kept()) === 1);
    await policy(limits);
    await until(async () => (await kept()) === 0);
  });
});
