/** What client and server agree on when they connect, and that both keep to it. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { method, publish, RawClient } from "../hostile/raw-client.js";
import { embedded, engines } from "./engine.js";

type Running = Awaited<ReturnType<typeof embedded.start>>;
const OPEN_OK = [10, 41] as const;
const CLOSE = [10, 50] as const;
const CHANNEL_OPEN_OK = [20, 11] as const;

describe.each(engines)("a connection to $name", (engine) => {
  let running: Running;
  beforeAll(async () => {
    running = await engine.start();
  });
  afterAll(() => running.stop());

  // The frame's own eight bytes are not counted: neither does RabbitMQ, for the sake of old clients.
  it("ends with a frame that is larger than was agreed on", async () => {
    const client = await RawClient.tuned(running.url, { channelMax: 5, frameMax: 4096, heartbeat: 0 });
    client.send(method(1, "channel.open", {}), ...publish(1, "", "nobody", Buffer.alloc(4096)));
    await client.until(...CHANNEL_OPEN_OK);
    client.send(...publish(1, "", "nobody", Buffer.alloc(4097)));
    await client.until(...CLOSE);
    expect(client.farewellCode).toBe(501);
    expect(client.farewell).toMatch(/^FRAME_ERROR - type 3, /);
    await client.end();
  });

  it("ends when the client is not heard for two heartbeats, and is told of the server's until then", async () => {
    const client = await RawClient.tuned(running.url, { channelMax: 5, frameMax: 4096, heartbeat: 1 });
    await client.until(...OPEN_OK);
    const opened = client.bytes;
    await client.closed;
    expect(client.bytes).toBeGreaterThan(opened);
    expect(client.farewellCode).toBe(0);
  });
});

describe("a connection to the embedded broker", () => {
  let running: Running;
  beforeAll(async () => {
    running = await embedded.start();
  });
  afterAll(() => running.stop());

  it("has the server's own limits where the client names none", async () => {
    const client = await RawClient.tuned(running.url, { channelMax: 0, frameMax: 0, heartbeat: 0 });
    await client.until(...OPEN_OK);
    client.send(method(2047, "channel.open", {}));
    await client.until(...CHANNEL_OPEN_OK);
    expect(client.count(...CHANNEL_OPEN_OK)).toBe(1);
    await client.end();
  });

  it.each([
    [
      { frameMax: 100 },
      "NOT_ALLOWED - negotiated frame_max = 100 is lower than the minimum allowed value (4096)",
    ],
    [
      { frameMax: 131_073 },
      "NOT_ALLOWED - negotiated frame_max = 131073 is higher than the maximum allowed value (131072)",
    ],
    [
      { channelMax: 2048 },
      "NOT_ALLOWED - negotiated channel_max = 2048 is higher than the maximum allowed value (2047)",
    ],
  ])("is refused where the client asks for more than it was offered: %j", async (asked, words) => {
    const client = await RawClient.tuned(running.url, {
      channelMax: 2047,
      frameMax: 131_072,
      heartbeat: 0,
      ...asked,
    });
    await client.until(...CLOSE);
    expect([client.farewellCode, client.farewell]).toEqual([530, words]);
    await client.end();
  });

  it("ends with a channel whose number is beyond what was agreed on", async () => {
    const client = await RawClient.tuned(running.url, { channelMax: 5, frameMax: 0, heartbeat: 0 });
    client.send(method(5, "channel.open", {}));
    await client.until(...CHANNEL_OPEN_OK);
    client.send(method(6, "channel.open", {}));
    await client.until(...CLOSE);
    expect(client.farewellCode).toBe(530);
    expect(client.farewell).toContain("channel_max (5)");
    await client.end();
  });
});
