import { AMQPClient } from "@cloudamqp/amqp-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DeadLetters, Publisher, type Quarantined, type QuarantineRequest } from "../../src/index.js";
import { eventually } from "../support/eventually.js";
import { startFrameProxy } from "../support/frame-proxy.js";
import { onEachEngine } from "../support/on-each-engine.js";

onEachEngine("the quarantine", (fixture) => {
  let publisher: Publisher;
  let queues = 0;
  const opened: DeadLetters[] = [];

  beforeAll(async () => {
    publisher = new Publisher(fixture().options);
    await publisher.start();
  });
  afterAll(async () => {
    for (const viewer of opened) await viewer.close();
    await publisher?.close();
  });

  /** A queue as the embedded broker's admission would have left it, and who looks into it. */
  async function quarantine() {
    const queue = `letters.quarantine.${queues++}`;
    const viewer = new DeadLetters(fixture().options, {
      publisher,
      queues: () => [],
      quarantine: () => ({ name: queue, origins: [] }),
    });
    await viewer.start();
    opened.push(viewer);
    const refuse = (n: number | string, refusedAt = `2026-11-24T15:00:00.${String(n).padStart(3, "0")}Z`) =>
      publisher.sendToQueue(queue, `{"event_type":"artifact.craeted","n":"${n}"}`, {
        messageId: `q${n}`,
        headers: {
          "x-reason": "unknown event type artifact.craeted",
          "x-client": "guest@127.0.0.1",
          "x-exchange": "bloodbank.events.v1",
          "x-routing-key": "artifact.craeted",
          "x-refused-at": refusedAt,
        },
      });
    /** Loses its oldest message, as a full quarantine does. */
    const drop = async () => {
      const connection = await new AMQPClient(fixture().bus.url).connect();
      const channel = await connection.channel();
      await eventually(() => channel.basicGet(queue, { noAck: true }), "the oldest message");
      await connection.close();
    };
    const holds = (count: number) =>
      eventually(async () => (await viewer.quarantined({ limit: 1 })).total === count, `${count} messages`);
    return { viewer, queue, refuse, drop, holds };
  }

  const numbers = (found: readonly Quarantined[]) =>
    found.map(({ event }) => (event as { readonly n: string }).n);

  test("what lies in it is shown with who sent it and why", async () => {
    const { viewer, refuse, holds } = await quarantine();
    expect(await viewer.quarantined()).toEqual({ quarantined: [], total: 0 });
    await refuse(1);
    await holds(1);
    const page = await viewer.quarantined();
    expect(page).toEqual({
      total: 1,
      quarantined: [
        expect.objectContaining({
          reason: "unknown event type artifact.craeted",
          client: "guest@127.0.0.1",
          routing_key: "artifact.craeted",
          refused_at: "2026-11-24T15:00:00.001Z",
          event: { event_type: "artifact.craeted", n: "1" },
        }),
      ],
    });
  });

  test("is read once while nothing came, and again when something did, though it is full", async () => {
    const { queue, refuse, drop, holds } = await quarantine();
    for (const n of [1, 2, 3]) await refuse(n);
    await holds(3);
    const proxy = await startFrameProxy(fixture().bus.url);
    let arrivals = 3;
    const viewer = new DeadLetters(fixture().with({ url: proxy.url }), {
      publisher,
      queues: () => [],
      quarantine: () => ({ name: queue, origins: [], arrivals }),
    });
    await viewer.start();
    opened.push(viewer);
    const seen = async (request: QuarantineRequest = {}) => {
      const before = proxy.passed.broker;
      const { quarantined } = await viewer.quarantined(request);
      return { found: numbers(quarantined), frames: proxy.passed.broker - before };
    };
    const first = await seen();
    const again = await seen();
    expect(again.found).toEqual(first.found);
    // Three frames a message.
    expect(again.frames).toBeLessThanOrEqual(first.frames - 9);
    expect((await seen({ order: "oldest" })).found).toEqual(["1", "2", "3"]);
    await drop();
    await refuse(4);
    arrivals++;
    await eventually(async () => (await seen()).found.join() === "4,3,2");
    await proxy.close();
  });

  test("a message that nests deeper than anybody could write it again is shown as its bytes", async () => {
    const { viewer, queue, holds } = await quarantine();
    const body = "[".repeat(50_000) + "]".repeat(50_000);
    await publisher.sendToQueue(queue, body, { messageId: "deep" });
    await holds(1);
    const { quarantined } = await viewer.quarantined();
    expect(JSON.parse(JSON.stringify(quarantined))).toMatchObject([
      { event: { raw_base64: Buffer.from(body).toString("base64") } },
    ]);
  });

  test.each<[order: QuarantineRequest["order"], expected: readonly string[]]>([
    [undefined, ["7", "6", "5", "4", "3", "2", "1"]],
    ["newest", ["7", "6", "5", "4", "3", "2", "1"]],
    ["oldest", ["1", "2", "3", "4", "5", "6", "7"]],
  ])("its pages in the order %s hold everything once, and how many there are", async (order, expected) => {
    const { viewer, refuse, holds } = await quarantine();
    for (let n = 1; n <= 7; n++) await refuse(n);
    await holds(7);
    const found: Quarantined[] = [];
    let cursor: string | undefined;
    do {
      const page = await viewer.quarantined({ limit: 3, ...(order && { order }), ...(cursor && { cursor }) });
      expect(page.total).toBe(7);
      found.push(...page.quarantined);
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    expect(numbers(found)).toEqual(expected);
    // Nothing was taken by looking, and a page that holds all is the last one.
    expect(await viewer.quarantined({ limit: 7 })).toMatchObject({ total: 7 });
    expect(await viewer.quarantined({ limit: 7 })).not.toHaveProperty("next_cursor");
  });

  test("a page goes on where the one before it ended, while messages come and the oldest go", async () => {
    const { viewer, refuse, drop, holds } = await quarantine();
    for (let n = 1; n <= 6; n++) await refuse(n);
    await holds(6);
    const newest = await viewer.quarantined({ limit: 2 });
    const oldest = await viewer.quarantined({ limit: 2, order: "oldest" });
    expect([numbers(newest.quarantined), numbers(oldest.quarantined)]).toEqual([
      ["6", "5"],
      ["1", "2"],
    ]);
    await refuse(7);
    await drop();
    await holds(6);
    const before = await viewer.quarantined({ limit: 2, cursor: newest.next_cursor ?? "" });
    expect(numbers(before.quarantined)).toEqual(["4", "3"]);
    // The message that the other one ended with goes as well: what lies behind it is all that is left.
    await drop();
    await drop();
    const behind = await viewer.quarantined({
      limit: 2,
      order: "oldest",
      cursor: oldest.next_cursor ?? "",
    });
    expect(behind).toMatchObject({ total: 4 });
    expect(numbers(behind.quarantined)).toEqual(["4", "5"]);
    // And here nothing is left before it.
    await drop();
    const last = await viewer.quarantined({ limit: 2, cursor: before.next_cursor ?? "" });
    expect(last).toEqual({ quarantined: [], total: 3 });
  });

  test("messages that are alike in every byte and in their moment are told apart", async () => {
    const { viewer, refuse, holds } = await quarantine();
    for (let n = 1; n <= 4; n++) await refuse("same", "2026-11-24T15:00:00.000Z");
    await holds(4);
    const first = await viewer.quarantined({ limit: 3 });
    const second = await viewer.quarantined({ limit: 3, cursor: first.next_cursor ?? "" });
    const ids = [...first.quarantined, ...second.quarantined].map(({ id }) => id);
    expect([ids.length, new Set(ids).size]).toEqual([4, 4]);
    expect(second).not.toHaveProperty("next_cursor");
  });

  test("a cursor that is none, or of the other order, is refused with the value", async () => {
    const { viewer, refuse, holds } = await quarantine();
    await refuse(1);
    await refuse(2);
    await holds(2);
    const { next_cursor = "" } = await viewer.quarantined({ limit: 1 });
    for (const request of [{ cursor: "%%%" }, { cursor: next_cursor, order: "oldest" as const }])
      await expect(viewer.quarantined(request)).rejects.toMatchObject({
        code: "INVALID_CURSOR",
        message: expect.stringContaining(request.cursor),
      });
  });
});
