/** Messages whose headers leave little or no room for what is written on them when they fail. */
import { Buffer } from "node:buffer";
import { expect, test } from "vitest";
import { deadLetterQueue, HEADERS, RawPublisher, WorkConsumer } from "../../src/index.js";
import { encodePublish, type Outgoing, sizeOf } from "../../src/link/encode.js";
import { WireClient } from "../../src/link/wire-client.js";
import { rabbitmq } from "../support/engines.js";
import { eventually } from "../support/eventually.js";
import { onEachEngine } from "../support/on-each-engine.js";

/** The most that a content header may have in the frames that are agreed on here. */
const FRAME = 131_072 - 8;

onEachEngine("crowded headers", (fixture) => {
  /** A worker that fails once, or always; each message's attempts by its id. */
  async function failing(queue: string, always: boolean) {
    const attempts = new Map<string | undefined, number[]>();
    const states: string[] = [];
    const worker = new WorkConsumer(fixture().with({ onState: (state) => states.push(state) }), {
      queue,
      breaker: false,
      handler: ({ properties, headers }, { attempt }) => {
        const those = attempts.get(properties.messageId) ?? [];
        attempts.set(properties.messageId, [...those, attempt]);
        if (always || attempt === 1) throw new Error(`no ${String(headers.note ?? "").length}`);
      },
    });
    await worker.start();
    return { worker, attempts, states };
  }

  test("a message that has room for little more is tried again, with all of them", async () => {
    const queue = "services.crowded.retried";
    const { worker, attempts, states } = await failing(queue, false);
    const raw = new RawPublisher(fixture().options);
    await raw.start();
    // With the last one, what the broker writes on it makes it longer than a frame.
    const lengths = [100_000, 120_000, 130_000, 130_700];
    for (const length of lengths)
      await raw.send({
        exchange: "",
        routingKey: queue,
        body: Buffer.from("work"),
        properties: { messageId: `${length}` },
        headers: { note: "x".repeat(length) },
      });
    await eventually(() => [...attempts.values()].every(({ length }) => length === 2) && attempts.size === 4);
    await worker.close();
    await raw.close();
    for (const length of lengths) expect(attempts.get(`${length}`)).toEqual([1, 2]);
    expect(states).toEqual(["up"]);
  });

  test("one with more is a dead letter that says so, and what it lacks; the others are handled", async () => {
    const queue = "services.crowded.dead";
    const { worker, attempts, states } = await failing(queue, false);
    const raw = new RawPublisher(fixture().options);
    await raw.start();
    const send = (messageId: string, headers: Record<string, unknown>) =>
      raw.send({
        exchange: "",
        routingKey: queue,
        body: Buffer.from("work"),
        properties: { messageId },
        headers,
      });
    const lengths = Array.from({ length: 10 }, (_, n) => FRAME - 74 - n * 20);
    for (const length of lengths) await send(`${length}`, { tenant: "acme", note: "x".repeat(length) });
    await send("small", { tenant: "acme" });
    await eventually(() => attempts.get("small")?.length === 2);
    const letters = await fixture().drain(deadLetterQueue(queue), lengths.length);
    await worker.close();
    await raw.close();
    expect(letters.map(({ properties }) => properties.messageId).sort()).toEqual(lengths.map(String).sort());
    for (const length of lengths) expect(attempts.get(`${length}`)).toEqual([1]);
    for (const { headers, body } of letters) {
      expect(headers.tenant).toBe("acme");
      expect(headers[HEADERS.code]).toBe("HANDLER_FAILED");
      expect(headers[HEADERS.reason]).toMatch(
        /^no 1\d+\nNot tried again, but set aside .*: the headers make 1\d+ bytes, .*\. It lacks its headers note\.$/,
      );
      expect(Buffer.from(body).toString()).toBe("work");
    }
    expect(states).toEqual(["up"]);
  });

  test("a dead letter has its stack where there is room for it, and its foreign headers first", async () => {
    const queue = "services.crowded.stack";
    const worker = new WorkConsumer(fixture().options, {
      queue,
      handler: () => {
        throw Object.assign(new Error("never"), { stack: "s".repeat(4_000) });
      },
    });
    await worker.start();
    const raw = new RawPublisher(fixture().options);
    await raw.start();
    for (const length of [1_000, 127_200])
      await raw.send({
        exchange: "",
        routingKey: queue,
        body: Buffer.from("work"),
        headers: { [HEADERS.attempt]: 6, note: "x".repeat(length) },
      });
    const letters = await fixture().drain(deadLetterQueue(queue), 2);
    await worker.close();
    await raw.close();
    const of = (length: number) => letters.find(({ headers }) => String(headers.note).length === length);
    expect(of(1_000)?.headers[HEADERS.stack]).toHaveLength(4_000);
    expect(of(127_200)?.headers).toMatchObject({
      [HEADERS.attempt]: 6,
      [HEADERS.reason]: expect.stringMatching(/^never\n/),
    });
    expect(of(127_200)?.headers[HEADERS.stack]).toBeUndefined();
  });

  /** Publishes a message after something was done to its bytes. */
  async function sendAltered(
    queue: string,
    properties: Outgoing["properties"],
    headers: Buffer | undefined,
    alter: (frames: Buffer) => Uint8Array,
  ): Promise<void> {
    const message = {
      exchange: "",
      routingKey: queue,
      mandatory: false,
      properties,
      body: Buffer.from("work"),
    };
    const client = new WireClient({ url: fixture().bus.url, name: "foreigner" });
    await client.connect();
    const channel = await client.channel();
    const frames = Buffer.alloc(sizeOf(message, headers, client.frameMax));
    const end = encodePublish(frames, 0, channel.id, message, headers, client.frameMax);
    client.send(alter(frames.subarray(0, end)));
    await client.close();
  }

  test("so is one whose properties were no text, and are longer when they are read as one", async () => {
    const queue = "services.crowded.bytes";
    const { worker, attempts } = await failing(queue, true);
    const properties = { deliveryMode: 2, messageId: "bytes", correlationId: "A".repeat(200) };
    // Each is read as U+FFFD, of which UTF-8 takes three bytes.
    await sendAltered(queue, properties, undefined, (frames) =>
      frames.map((byte) => (byte === 0x41 ? 0x80 : byte)),
    );
    const [letter] = await fixture().drain(deadLetterQueue(queue), 1);
    await worker.close();
    expect(letter?.properties).toMatchObject({ messageId: "bytes" });
    expect(letter?.properties.correlationId).toBeUndefined();
    expect(letter?.headers[HEADERS.reason]).toMatch(/^no 0\nNot tried again, but set aside .*255 bytes/);
    expect(attempts.get("bytes")).toEqual([1]);
  });

  test("one whose headers are nested too deep to be read is handled, and keeps nobody from reading on", async () => {
    // The embedded broker does not take it.
    if (fixture().engine !== rabbitmq) return;
    const queue = "services.crowded.deep";
    const { worker, attempts, states } = await failing(queue, true);
    // One list in the other, up to the end.
    const levels = 24_000;
    const headers = Buffer.alloc(6 + levels * 5);
    headers.writeUInt32BE(headers.length - 4, 0);
    headers.set([1, 0x61], 4);
    for (let at = 6; at < headers.length; at += 5) {
      headers[at] = 0x41;
      headers.writeUInt32BE(headers.length - at - 5, at + 1);
    }
    await sendAltered(queue, { deliveryMode: 2, messageId: "deep" }, headers, (frames) => frames);
    await eventually(() => attempts.get("deep")?.length === 2);
    await worker.close();
    expect(states).toEqual(["up"]);
  });
});
