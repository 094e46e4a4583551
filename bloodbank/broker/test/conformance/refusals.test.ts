import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Client, refusal, send } from "./client.js";
import { engines } from "./engine.js";

/** amqplib knows these methods and has no function for them. */
interface Rpc {
  rpc(method: number, fields: object, expect: number): Promise<unknown>;
}
const [CONFIRM_SELECT, TX_SELECT, TX_COMMIT] = [5_570_570, 5_898_250, 5_898_260];

describe.each(engines)("refusals on $name", (engine) => {
  let running: Awaited<ReturnType<typeof engine.start>>;
  let client: Client;
  beforeAll(async () => {
    running = await engine.start();
  });
  afterAll(() => running.stop());
  beforeEach(() => {
    client = new Client(running.url);
  });
  afterEach(() => client.close());

  const vhost = () => decodeURIComponent(new URL(running.url).pathname.slice(1)) || "/";
  const said = (text: string) => text.replaceAll(vhost(), "V");

  it("name what differs when something is declared again", async () => {
    const channel = await client.channel();
    await channel.assertQueue("again", { durable: true, arguments: { "x-max-length": 5 } });
    await channel.assertExchange("again", "topic");
    const answers = [
      await refusal((c) => c.assertQueue("again", { durable: false }), client),
      await refusal((c) => c.assertQueue("again", { arguments: { "x-max-length": 6 } }), client),
      await refusal((c) => c.assertQueue("again"), client),
      await refusal((c) => c.assertExchange("again", "direct"), client),
    ];
    expect(answers.map(said)).toEqual([
      "PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'again' in vhost 'V': received 'false' but current is 'true'",
      "PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'again' in vhost 'V': received '6' but current is '5'",
      expect.stringMatching(
        /^PRECONDITION_FAILED - inequivalent arg 'x-max-length' for queue 'again' in vhost 'V': received none but current is the value '5' of type/,
      ),
      "PRECONDITION_FAILED - inequivalent arg 'type' for exchange 'again' in vhost 'V': received 'direct' but current is 'topic'",
    ]);
  });

  it("close the channel and leave the connection alone", async () => {
    const connection = await client.connect();
    const broken = await connection.createChannel();
    const closed = new Promise((resolve) => broken.on("error", resolve));
    broken.checkQueue("missing").catch(() => undefined);
    await closed;
    const next = await connection.createChannel();
    await next.assertQueue("still-here");
  });

  it.each([
    [
      "404 for a queue that is not there",
      (c) => c.checkQueue("missing"),
      "NOT_FOUND - no queue 'missing' in vhost 'V'",
    ],
    [
      "404 for an exchange that is not there",
      (c) => c.checkExchange("missing"),
      "NOT_FOUND - no exchange 'missing' in vhost 'V'",
    ],
    [
      "404 for publishing to no exchange",
      async (c) => c.publish("missing", "k", Buffer.from("x")),
      "NOT_FOUND - no exchange 'missing' in vhost 'V'",
    ],
    [
      "404 for consuming from no queue",
      (c) => c.consume("missing", () => undefined),
      "NOT_FOUND - no queue 'missing' in vhost 'V'",
    ],
    [
      "403 for reserved names",
      (c) => c.assertQueue("amq.mine"),
      "ACCESS_REFUSED - queue name 'amq.mine' contains reserved prefix 'amq.*'",
    ],
    [
      "403 for binding the default exchange",
      async (c) => {
        const { queue } = await c.assertQueue("default-bind");
        return c.bindQueue(queue, "", "k");
      },
      "ACCESS_REFUSED - operation not permitted on the default exchange",
    ],
    [
      "403 for a second exclusive consumer",
      async (c) => {
        await c.assertQueue("mine", { exclusive: true });
        await c.consume("mine", () => undefined, { exclusive: true });
        return c.consume("mine", () => undefined);
      },
      "ACCESS_REFUSED - queue 'mine' in vhost 'V' in exclusive use",
    ],
    [
      "403 for an exclusive consumer of a queue that lets a single one be active",
      async (c) => {
        await c.assertQueue("single", { arguments: { "x-single-active-consumer": true } });
        return c.consume("single", () => undefined, { exclusive: true });
      },
      "ACCESS_REFUSED - queue 'single' in vhost 'V' in exclusive use",
    ],
    [
      "405 for a queue that is another connection's own",
      async (c) => {
        await (await client.channel()).assertQueue("theirs", { exclusive: true });
        return c.checkQueue("theirs");
      },
      expect.stringMatching(
        /^RESOURCE_LOCKED - cannot obtain exclusive access to locked queue 'theirs' in vhost 'V'/,
      ),
    ],
    [
      "406 for a commit where no transaction was begun",
      (c) => (c as unknown as Rpc).rpc(TX_COMMIT, {}, TX_COMMIT + 1),
      "PRECONDITION_FAILED - channel is not transactional",
    ],
    [
      "406 for confirms on a channel of transactions",
      async (c) => {
        await (c as unknown as Rpc).rpc(TX_SELECT, {}, TX_SELECT + 1);
        return (c as unknown as Rpc).rpc(CONFIRM_SELECT, { nowait: false }, CONFIRM_SELECT + 1);
      },
      "PRECONDITION_FAILED - cannot switch from tx to confirm mode",
    ],
    [
      "406 for a transaction on a channel of confirms",
      async (c) => {
        await (c as unknown as Rpc).rpc(CONFIRM_SELECT, { nowait: false }, CONFIRM_SELECT + 1);
        return (c as unknown as Rpc).rpc(TX_SELECT, {}, TX_SELECT + 1);
      },
      "PRECONDITION_FAILED - cannot switch from confirm to tx mode",
    ],
    [
      "406 for an unknown delivery tag",
      async (c) => {
        c.ack({ fields: { deliveryTag: 9 } } as never);
      },
      "PRECONDITION_FAILED - unknown delivery tag 9",
    ],
    [
      "406 for deleting a queue in use",
      async (c) => {
        await c.assertQueue("used");
        await c.consume("used", () => undefined);
        return c.deleteQueue("used", { ifUnused: true });
      },
      "PRECONDITION_FAILED - queue 'used' in vhost 'V' in use",
    ],
    [
      "406 for an expiration that is no number",
      async (c) => {
        c.sendToQueue("x", Buffer.from(""), { expiration: "soon" });
      },
      "PRECONDITION_FAILED - invalid expiration 'soon': no_integer",
    ],
    [
      "406 for an expiration of more than ten years",
      async (c) => {
        c.sendToQueue("x", Buffer.from(""), { expiration: "315360000001" });
      },
      "PRECONDITION_FAILED - invalid expiration '315360000001': {value_too_large,315360000001}",
    ],
    [
      "406 for a queue whose messages live longer than ten years",
      (c) => c.assertQueue("old", { messageTtl: 315_360_000_001 }),
      "PRECONDITION_FAILED - invalid arg 'x-message-ttl' for queue 'old' in vhost 'V': {value_too_large,315360000001}",
    ],
    [
      "406 for a quorum queue of no members",
      (c) =>
        c.assertQueue("none", {
          arguments: { "x-queue-type": "quorum", "x-quorum-initial-group-size": 0 },
        }),
      "PRECONDITION_FAILED - invalid arg 'x-quorum-initial-group-size' for queue 'none' in vhost 'V': {value_zero,0}",
    ],
    [
      "406 for a quorum queue whose leader is found in a way that nobody knows",
      (c) =>
        c.assertQueue("led", {
          arguments: { "x-queue-type": "quorum", "x-queue-leader-locator": "min-masters" },
        }),
      "PRECONDITION_FAILED - invalid arg 'x-queue-leader-locator' for queue 'led' in vhost 'V': invalid_queue_locator_arg",
    ],
    [
      "404 for asking after a queue without a name, whatever was declared before",
      async (c) => {
        await c.assertQueue("before");
        return c.checkQueue("");
      },
      "NOT_FOUND - no queue '' in vhost 'V'",
    ],
    [
      "406 for a foreign user id",
      async (c) => {
        c.sendToQueue("x", Buffer.from(""), { userId: "other" });
      },
      "PRECONDITION_FAILED - user_id property set to 'other' but authenticated user was 'guest'",
    ],
    [
      "406 for a non-durable quorum queue",
      (c) => c.assertQueue("q-q", { durable: false, arguments: { "x-queue-type": "quorum" } }),
      "PRECONDITION_FAILED - invalid property 'non-durable' for queue 'q-q' in vhost 'V'",
    ],
    [
      "530 for a consumer tag used twice",
      async (c) => {
        await c.assertQueue("tags");
        await c.consume("tags", () => undefined, { consumerTag: "t" });
        return c.consume("tags", () => undefined, { consumerTag: "t" });
      },
      "NOT_ALLOWED - attempt to reuse consumer tag 't'",
    ],
  ] as const satisfies readonly (readonly [
    string,
    (channel: import("amqplib").Channel) => Promise<unknown>,
    unknown,
  ])[])("answer %s", async (_, attempt, answer) => {
    expect(said(await refusal(attempt as never, client))).toEqual(answer);
  });

  it("do not disturb what the same connection does on another channel", async () => {
    const connection = await client.connect();
    const good = await connection.createConfirmChannel();
    await good.assertQueue("good");
    const bad = await connection.createChannel();
    const closed = new Promise((resolve) => bad.on("error", resolve));
    bad.publish("missing", "k", Buffer.from("x"));
    await Promise.all([closed, send(good, "good", "fine")]);
    expect((await good.checkQueue("good")).messageCount).toBe(1);
  });
});
