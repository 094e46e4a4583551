/** What is not supported answers as docs/reference/broker.md says it does, row by row. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROTOCOL_HEADER } from "../../src/wire/index.js";
import { tableOf } from "../../src/wire/plain.js";
import { EMPTY_TABLE } from "../../src/wire/table.js";
import { method, publish, RawClient } from "../hostile/raw-client.js";
import { Client, drain, send, until } from "./client.js";
import { embedded, engines } from "./engine.js";

const page = readFileSync(path.resolve(import.meta.dirname, "../../../../docs/reference/broker.md"), "utf8");

/** The rows of the page's table "Answered with an error": what is asked for, the answer, whether RabbitMQ 3.10 says the same. */
const rows = [...page.matchAll(/^\| (.+?) \| `(\d{3}) (.+?)` \| (same|.+?) \|$/gm)].map(
  ([, asked, code, words, rabbitmq]) => ({
    asked: String(asked),
    code: Number(code),
    words: String(words),
    same: rabbitmq === "same",
  }),
);

/** The rows of "Taken, and without effect". */
const ignored = [...page.matchAll(/^\| `(x-[a-z-]+)` \| `(.+?)` \|/gm)].map(
  ([, name, value]) => [String(name), /^\d+$/.test(String(value)) ? Number(value) : String(value)] as const,
);

const declaration = { passive: false, durable: true, exclusive: false, autoDelete: false, noWait: false };
const consume = { noLocal: false, noAck: false, exclusive: false, noWait: false, arguments: EMPTY_TABLE };
const immediate = (): Buffer => {
  const [begin, ...content] = publish(1, "", "nobody", Buffer.from("x"));
  // The last bit of the flags that end basic.publish.
  begin![begin!.length - 2]! |= 2;
  return Buffer.concat([begin!, ...content]);
};

/** By the page's words for it. */
const ATTEMPTS: Readonly<Record<string, readonly Buffer[]>> = {
  "a stream: `queue.declare` with `x-queue-type: stream`": [
    method(1, "queue.declare", {
      ...declaration,
      queue: "stream",
      arguments: tableOf({ "x-queue-type": "stream" }),
    }),
  ],
  "`basic.publish` with `immediate`": [immediate()],
  "`basic.qos` with a `prefetch_size`": [
    method(1, "basic.qos", { prefetchSize: 5, prefetchCount: 1, global: false }),
  ],
  "`channel.flow` with `active=false`": [method(1, "channel.flow", { active: false })],
  "`basic.recover` with `requeue=false`": [method(1, "basic.recover", { requeue: false })],
  "`basic.recover-async` with `requeue=false`": [method(1, "basic.recover-async", { requeue: false })],
  "`basic.consume` from a quorum queue `q` on a channel with a global prefetch": [
    method(1, "queue.declare", {
      ...declaration,
      queue: "q",
      arguments: tableOf({ "x-queue-type": "quorum" }),
    }),
    method(1, "basic.qos", { prefetchSize: 0, prefetchCount: 1, global: true }),
    method(1, "basic.consume", { ...consume, queue: "q", consumerTag: "c" }),
  ],
  "an exchange type that a plugin would bring: `x-consistent-hash`": [
    method(1, "exchange.declare", {
      ...declaration,
      internal: false,
      exchange: "hash",
      type: "x-consistent-hash",
      arguments: EMPTY_TABLE,
    }),
  ],
};

it("the page lists what is tried here, and nothing else", () => {
  expect(rows.map(({ asked }) => asked).sort()).toEqual(Object.keys(ATTEMPTS).sort());
});

describe.each(engines)("what is not supported on $name", (engine) => {
  let running: Awaited<ReturnType<typeof engine.start>>;
  beforeAll(async () => {
    running = await engine.start();
  });
  afterAll(() => running.stop());

  it.each(rows.filter(({ same }) => same || engine === embedded))(
    "$asked answers $code",
    async ({ asked, code, words }) => {
      const client = await RawClient.open(running.url);
      client.send(...(ATTEMPTS[asked] as readonly Buffer[]));
      await client.until(10, 50);
      await client.end();
      const vhost = decodeURIComponent(new URL(running.url).pathname.slice(1)) || "/";
      expect([client.farewellCode, client.farewell]).toEqual([
        code,
        words.replace("in vhost '/'", `in vhost '${vhost}'`),
      ]);
    },
  );

  it.each(ignored)("%s is taken and has no effect", async (name, value) => {
    const client = new Client(running.url);
    const channel = await client.confirmChannel();
    const queue = `with ${name}`;
    const quorum = ["x-quorum-initial-group-size", "x-max-in-memory-length", "x-queue-leader-locator"];
    const type = quorum.includes(name) ? "quorum" : "classic";
    await channel.assertQueue(queue, { arguments: { "x-queue-type": type, [name]: value } });
    await send(channel, queue, "as ever");
    await until(async () => (await channel.checkQueue(queue)).messageCount === 1);
    expect(await drain(channel, queue)).toEqual(["as ever"]);
    await client.close();
  });
});

it("a SASL mechanism that is not offered is answered with 503", async () => {
  const running = await embedded.start();
  const client = await RawClient.connect(Number(new URL(running.url).port));
  client.send(PROTOCOL_HEADER);
  await client.until(10, 10);
  client.send(
    method(0, "connection.start-ok", {
      clientProperties: EMPTY_TABLE,
      mechanism: "EXTERNAL",
      response: Buffer.alloc(0),
      locale: "en_US",
    }),
  );
  await client.until(10, 50);
  expect(client.farewellCode).toBe(503);
  await client.end();
  await running.stop();
});
