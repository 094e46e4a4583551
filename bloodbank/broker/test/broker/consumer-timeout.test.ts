/** A delivery that is not acknowledged for too long ends its channel, and goes to whoever is next. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { RunningBroker } from "../../src/broker.js";
import { type Broker, type Clock, startBroker } from "../../src/index.js";
import { Client, drain, Inbox, send, until } from "../conformance/client.js";
import { FrailFiles } from "../disk/frail-files.js";

const MINUTE = 60_000;

describe("a consumer that acknowledges nothing", () => {
  let dataDir: string;
  let broker: Broker;
  let client: Client;
  let now = 1_700_000_000_000;
  const clock: Clock = { now: () => now, after: () => () => undefined };
  beforeEach(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), "bloodbank-timeout-"));
    broker = await startBroker({ dataDir, port: 0, clock });
    client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
  });
  afterEach(async () => {
    await client.close();
    await broker.close();
    rmSync(dataDir, { recursive: true });
  });

  /** A consumer with one delivery, and what its channel is closed with. */
  async function holding(queue: string) {
    const channel = await client.channel();
    const closed = new Promise<Error>((resolve) => channel.on("error", resolve));
    const inbox = await Inbox.of(channel, queue);
    await inbox.next();
    return { channel, closed };
  }

  it("loses its channel after half an hour, or after what the queue says, and another gets the message", async () => {
    const publisher = await client.confirmChannel();
    await publisher.assertQueue("patient");
    await publisher.assertQueue("strict", { arguments: { "x-consumer-timeout": 5 * MINUTE } });
    for (const queue of ["patient", "strict"]) await send(publisher, queue, "held");
    const patient = await holding("patient");
    const strict = await holding("strict");

    now += 6 * MINUTE;
    expect((await strict.closed).message).toContain(
      `PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: ${5 * MINUTE} ms.`,
    );
    const next = await Inbox.of(publisher, "strict", { noAck: true });
    expect((await next.next()).fields.redelivered).toBe(true);
    expect((await patient.channel.checkQueue("patient")).messageCount).toBe(0);

    // A message that was got, and not delivered, is one like any other.
    await publisher.cancel(next.tag);
    const getter = await client.channel();
    await send(publisher, "strict", "got");
    const gone = new Promise<Error>((resolve) => getter.on("error", resolve));
    await getter.get("strict");
    now += 6 * MINUTE;
    expect((await gone).message).toContain(`Timeout value used: ${5 * MINUTE} ms.`);

    now += 19 * MINUTE;
    expect((await patient.closed).message).toContain(`Timeout value used: ${30 * MINUTE} ms.`);
    expect(await drain(publisher, "patient")).toEqual(["held"]);
  });
});

describe("a consumer at work while the machine sleeps, or its clock is set", () => {
  it("keeps its channel: only time counts that passes for both", async () => {
    let seconds = 0;
    const memory = (): number => {
      seconds++;
      return 0;
    };
    const broker = new RunningBroker({ dataDir: "/data", port: 0 }, new FrailFiles(), memory);
    await broker.listen();
    const client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
    const channel = await client.confirmChannel();
    await channel.assertQueue("q");
    await send(channel, "q", "held");
    const inbox = await Inbox.of(channel, "q");
    const message = await inbox.next();
    const now = Date.now;
    const clock = vi.spyOn(Date, "now").mockImplementation(() => now() + 60 * MINUTE);
    const before = seconds;
    await until(() => seconds > before + 1);
    channel.ack(message);
    await until(() => broker.stats().messagesUnacked === 0);
    expect((await channel.checkQueue("q")).messageCount).toBe(0);
    clock.mockRestore();
    await client.close();
    await broker.close();
  });
});
