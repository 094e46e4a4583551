/** What dies is kept with its reason, whoever declared the queue; and can be put right over HTTP. */
import amqplib from "amqplib";
import { expect, test } from "vitest";
import { onEachEngine } from "./support/on-each-engine.js";
import { eventually } from "./support/running-platform.js";

onEachEngine("dead letters", { args: ["--no-services"] }, (fixture) => {
  const letters = async (queue: string) => {
    const { body } = await fixture().api.get(`/api/v1/dead-letters?queue=${queue}`);
    return body.dead_letters as {
      id: string;
      event_id: string;
      code: string;
      queue: string;
      event: unknown;
    }[];
  };
  const publish = async (file_path: string) =>
    (await fixture().api.post("/events/artifact.created", { artifact_type: "code", file_path })).body
      .event_id as string;

  /** A consumer as the specification's readers write it: plain durable queue, reject on failure. */
  async function foreignConsumer(queue: string, args: Record<string, unknown> = {}) {
    const connection = await amqplib.connect(fixture().platform.amqp);
    const channel = await connection.createChannel();
    await channel.assertQueue(queue, { durable: true, arguments: args });
    await channel.bindQueue(queue, "bloodbank.events.v1", "artifact.created");
    return { channel, close: () => connection.close() };
  }
  const kept = (queue: string) =>
    eventually(async () => {
      const { body } = await fixture().api.get("/api/v1/dead-letters/policies");
      return body.policies.find((one: { queue: string }) => one.queue === queue);
    });

  test("a foreign consumer's reject lands in <queue>.dlq by a policy, is shown, and can be redriven", async () => {
    const queue = "services.foreign.plain";
    const { channel, close } = await foreignConsumer(queue);
    expect(await kept(queue)).toMatchObject({ kept_by: "policy", dead_letter_queue: `${queue}.dlq` });
    const taken: (string | undefined)[] = [];
    await channel.consume(queue, (message) => {
      if (message === null) return;
      taken.push(message.properties.messageId);
      if (taken.length === 1) channel.reject(message, false);
      else channel.ack(message);
    });
    const id = await publish("/rejected");
    const [letter] = await eventually(async () => {
      const found = await letters(queue);
      return found.length > 0 && found;
    });
    expect(letter).toMatchObject({ event_id: id, queue, code: "REJECTED" });
    const traced = async () => {
      const { body } = await fixture().api.get(`/api/v1/events/trace/${id}?dead_letters=true`);
      return body.nodes?.find((node: { event_id: string }) => node.event_id === id);
    };
    // It died before it was recorded, perhaps.
    expect(await eventually(traced)).toMatchObject({
      dead_letters: [{ id: letter?.id, queue, dead_letter_queue: `${queue}.dlq`, code: "REJECTED" }],
      acts: [],
    });
    const redriven = await fixture().api.post("/api/v1/dead-letters/redrive", { ids: [letter?.id] });
    expect(redriven).toMatchObject({ status: 200, body: { redriven: 1, failed: [] } });
    await eventually(() => taken.length === 2);
    expect(taken).toEqual([id, id]);
    expect(await letters(queue)).toEqual([]);
    const acts = await eventually(async () => {
      const { body } = await fixture().api.get("/api/v1/events?type=bloodbank.dead_letter.redriven");
      return body.events.length > 0 && body.events;
    });
    expect(acts[0].event.payload).toMatchObject({ queue, count: 1, event_ids: [id] });
    expect(await traced()).toMatchObject({
      dead_letters: [],
      acts: [{ event_id: acts[0].event_id, event_type: "bloodbank.dead_letter.redriven", queue }],
    });
    const { body: plain } = await fixture().api.get(`/api/v1/events/trace/${id}`);
    expect(plain.nodes[0]).not.toHaveProperty("dead_letters");
    await close();
  });

  test("what dies in a queue that was declared a moment ago, and has no policy of its own yet, is kept", async () => {
    await kept("event_store_manager_queue");
    const queue = "services.foreign.new";
    const { channel, close } = await foreignConsumer(queue);
    channel.sendToQueue(queue, Buffer.from("rejected at once"), { messageId: "first" });
    await channel.consume(queue, (message) => message && channel.reject(message, false));
    const [letter] = await eventually(async () => {
      const found = await letters(queue);
      return found.length > 0 && found;
    });
    expect(letter).toMatchObject({ event_id: "first", queue, code: "REJECTED" });
    const discarded = await fixture().api.post("/api/v1/dead-letters/discard", { queue, reason: "a test's" });
    expect(discarded).toMatchObject({ status: 200 });
    await close();
  });

  test("a letter that somebody takes out while another one comes is not counted any more", async () => {
    const queue = "services.foreign.swapped";
    const { channel, close } = await foreignConsumer(queue);
    await kept(queue);
    const send = (to: string, reason: string) =>
      channel.sendToQueue(to, Buffer.from("{}"), { headers: { "x-reason": reason } });
    const reasons = async () => {
      const { body } = await fixture().api.get(`/api/v1/dead-letters/groups?queue=${queue}.dlq`);
      return body.groups.map(({ reason }: { reason: string }) => reason).join();
    };
    send(`${queue}.dlq`, "the first");
    await eventually(async () => (await reasons()) === "the first");
    await channel.get(`${queue}.dlq`, { noAck: true });
    send(`${queue}.dlq`, "the second");
    await eventually(async () => (await reasons()) === "the second");
    await channel.purgeQueue(`${queue}.dlq`);
    await close();
  });

  test("a queue with dead-letter arguments of its own gets no policy, and is shown all the same", async () => {
    const queue = "services.foreign.own";
    const { channel, close } = await foreignConsumer(queue, {
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": "my_queue_dlq",
    });
    await channel.assertQueue("my_queue_dlq", { durable: true });
    expect(await kept(queue)).toMatchObject({ kept_by: "arguments", dead_letter_queue: "my_queue_dlq" });
    await channel.consume(queue, (message) => message && channel.reject(message, false));
    const id = await publish("/own");
    await eventually(async () => (await letters(queue)).some(({ event_id }) => event_id === id));
    await close();
  });

  test("a corrected event takes a letter's place; one that is still wrong does not; a discard needs a reason", async () => {
    const queue = "services.foreign.edited";
    const { channel, close } = await foreignConsumer(queue);
    await kept(queue);
    await channel.consume(queue, (message) => message && channel.reject(message, false));
    const id = await publish("/edited");
    const [letter] = await eventually(async () => {
      const found = await letters(queue);
      return found.length === 1 && found;
    });
    await channel.close();
    const event = letter?.event as { payload: object };
    const wrong = await fixture().api.post("/api/v1/dead-letters/redrive", {
      ids: [letter?.id],
      event: { ...event, payload: {} },
    });
    expect(wrong).toMatchObject({ status: 422, body: { code: "CONTRACT_VIOLATION" } });
    const right = await fixture().api.post(
      "/api/v1/dead-letters/redrive",
      { ids: [letter?.id], event: { ...event, payload: { artifact_type: "code", file_path: "/right" } } },
      { "x-bloodbank-actor": "ada" },
    );
    expect(right).toMatchObject({ status: 200, body: { redriven: 1 } });
    const stored = await eventually(async () => {
      const answer = await fixture().api.get(`/api/v1/events/${right.body.event_id}`);
      return answer.status === 200 && answer.body;
    });
    expect(stored.correlation_ids).toContain(id);
    const none = await fixture().api.post("/api/v1/dead-letters/discard", { queue });
    expect(none).toMatchObject({ status: 400, body: { code: "BAD_REQUEST" } });
    const everything = await fixture().api.post("/api/v1/dead-letters/redrive", {});
    expect(everything.status).toBe(400);
    const gone = await fixture().api.get("/api/v1/dead-letters/nothing%2Fhere");
    expect(gone).toMatchObject({ status: 404, body: { code: "DEAD_LETTER_NOT_FOUND" } });
    await close();
  });
});
