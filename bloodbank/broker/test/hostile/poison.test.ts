/** Headers that nobody can read: the broker does so where a quorum queue counts deliveries, with no client to tell. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Broker, startBroker } from "../../src/index.js";
import { CLASS_BASIC, FRAME_BODY, FRAME_HEADER } from "../../src/wire/index.js";
import { EMPTY_TABLE } from "../../src/wire/table.js";
import { Client, until } from "../conformance/client.js";
import { frame, method, RawClient } from "./raw-client.js";

const FLAG_HEADERS = 0x2000;
const LOOK = { count: 5, ackmode: "ack_requeue_true", encoding: "auto" };
const CONSUME = {
  consumerTag: "",
  noLocal: false,
  noAck: false,
  exclusive: false,
  noWait: false,
  arguments: EMPTY_TABLE,
};

/** A publish of a body whose headers are these bytes. */
function unreadable(routingKey: string, headers: Buffer): readonly Buffer[] {
  const body = Buffer.from("poison");
  const header = Buffer.alloc(18 + headers.length);
  header.writeUInt16BE(CLASS_BASIC, 0);
  header.writeUInt32BE(body.length, 8);
  header.writeUInt16BE(FLAG_HEADERS, 12);
  header.writeUInt32BE(headers.length, 14);
  headers.copy(header, 18);
  return [
    method(1, "basic.publish", { exchange: "", routingKey, mandatory: false, immediate: false }),
    frame(FRAME_HEADER, 1, header),
    frame(FRAME_BODY, 1, body),
  ];
}

describe("a message whose headers are no table", () => {
  let dataDir: string;
  let broker: Broker;
  let url: string;
  let client: Client;
  beforeAll(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), "bloodbank-poison-"));
    broker = await startBroker({ dataDir, port: 0, managementPort: 0 });
    url = `amqp://guest:guest@127.0.0.1:${broker.port}`;
  });
  afterAll(async () => {
    await broker.close();
    rmSync(dataDir, { recursive: true });
  });
  beforeEach(() => {
    client = new Client(url);
  });
  afterEach(() => client.close());

  it.each([
    ["quorum", "of an unknown type", Buffer.from("\u0001aZ")],
    ["quorum", "cut short", Buffer.from("\u0005ab")],
    ["classic", "of an unknown type", Buffer.from("\u0001aZ")],
  ])("in a %s queue, %s, harms nobody else", async (type, what, headers) => {
    const channel = await client.channel();
    const queue = `${type} ${what}`;
    await channel.assertQueue(queue, { durable: true, arguments: { "x-queue-type": type } });
    const raw = await RawClient.open(url);
    raw.send(...unreadable(queue, headers));
    await until(async () => (await channel.checkQueue(queue)).messageCount === 1);
    await raw.end();
    // Each of them leaves without an ack, so that the next one gets it again, with the count of a quorum queue.
    for (let round = 0; round < 3; round++) {
      const taker = await RawClient.open(url);
      taker.send(method(1, "basic.consume", { ...CONSUME, queue }));
      await taker.until(60, 60);
      expect(taker.count(60, 60)).toBe(1);
      await taker.end();
    }
    await until(async () => (await channel.checkQueue(queue)).messageCount === 1);
    const seen = await broker.manage("POST", `/queues/%2F/${encodeURIComponent(queue)}/get`, LOOK);
    expect(JSON.parse(seen.text)).toMatchObject([{ payload: "poison", properties: {} }]);
    const getter = await RawClient.open(url);
    getter.send(method(1, "basic.get", { queue, noAck: true }));
    await getter.until(60, 71);
    expect(getter.count(60, 71)).toBe(1);
    await getter.end();
    expect((await channel.checkQueue(queue)).messageCount).toBe(0);
  });
});
