/** What breaks the protocol itself ends the connection, with RabbitMQ's code and words. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FRAME_BODY, FRAME_HEADER, FRAME_HEARTBEAT, FRAME_METHOD } from "../../src/wire/index.js";
import { frame, method, publish, RawClient } from "../hostile/raw-client.js";
import { engines } from "./engine.js";

const EMPTY = Buffer.alloc(0);
const [begin] = publish(1, "", "nobody", Buffer.from("x")) as [Buffer];
const qos = method(1, "basic.qos", { prefetchSize: 0, prefetchCount: 1, global: false });

const FAULTS: readonly (readonly [string, Buffer, string])[] = [
  [
    "a method cut short",
    frame(FRAME_METHOD, 1, Buffer.from([0, 60, 0, 10, 0])),
    "FRAME_ERROR - cannot decode <<0>>",
  ],
  [
    "a method that only servers send",
    method(1, "basic.get-empty", {}),
    "COMMAND_INVALID - unimplemented method",
  ],
  [
    "a header that no publish came before",
    frame(FRAME_HEADER, 1, Buffer.from([0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])),
    "UNEXPECTED_FRAME - expected method frame, got non method frame instead",
  ],
  [
    "a method in the middle of a publish",
    Buffer.concat([begin, qos]),
    "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead",
  ],
  [
    "a body before its header",
    Buffer.concat([begin, frame(FRAME_BODY, 1, Buffer.from("x"))]),
    "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead",
  ],
  [
    "a channel that is not open",
    method(5, "basic.qos", { prefetchSize: 0, prefetchCount: 1, global: false }),
    "CHANNEL_ERROR - expected 'channel.open'",
  ],
  ["a channel opened twice", method(1, "channel.open", {}), "CHANNEL_ERROR - second 'channel.open' seen"],
  [
    "a channel's method on channel 0",
    method(0, "basic.qos", { prefetchSize: 0, prefetchCount: 1, global: false }),
    "CHANNEL_ERROR - unexpected method in connection state running",
  ],
  [
    "a prefetch by size",
    method(1, "basic.qos", { prefetchSize: 5, prefetchCount: 1, global: false }),
    "NOT_IMPLEMENTED - prefetch_size!=0 (5)",
  ],
  ["stopping the flow", method(1, "channel.flow", { active: false }), "NOT_IMPLEMENTED - active=false"],
  [
    "recovering without requeue",
    method(1, "basic.recover", { requeue: false }),
    "NOT_IMPLEMENTED - requeue=false",
  ],
  [
    "a heartbeat on a channel",
    frame(FRAME_HEARTBEAT, 1, EMPTY),
    "UNEXPECTED_FRAME - type 8, all octets = <<>>",
  ],
  [
    "a heartbeat on a channel that is not open",
    frame(FRAME_HEARTBEAT, 7, EMPTY),
    "UNEXPECTED_FRAME - type 8, all octets = <<>>",
  ],
  [
    "a name that is no text",
    frame(FRAME_METHOD, 1, Buffer.from([0, 50, 0, 10, 0, 0, 2, 0xff, 0xfe, 2, 0, 0, 0, 0])),
    "FRAME_ERROR - Malformed UTF-8 in shortstr",
  ],
];

describe.each(engines)("a breach of the protocol on $name", (engine) => {
  let running: Awaited<ReturnType<typeof engine.start>>;
  beforeAll(async () => {
    running = await engine.start();
  });
  afterAll(() => running.stop());

  it.each(FAULTS)("%s: %#", async (_what, bytes, words) => {
    const client = await RawClient.open(running.url);
    client.send(bytes);
    await client.until(10, 50);
    await client.end();
    expect(client.farewell).toBe(words);
  });
});
