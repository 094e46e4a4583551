import net from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { RunningBroker } from "../../src/broker.js";
import { Client, drain, Inbox, refusal, send, until } from "../conformance/client.js";
import { FrailFiles } from "../disk/frail-files.js";
import { method, publish, RawClient } from "../hostile/raw-client.js";

describe("a broker short of disk", () => {
  let files: FrailFiles;
  let broker: RunningBroker;
  let client: Client;
  beforeEach(async () => {
    files = new FrailFiles();
    broker = new RunningBroker({ dataDir: "/data", port: 0 }, files);
    await broker.listen();
    client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
  });
  afterEach(async () => {
    await client.close();
    await broker.close();
  });

  it("blocks publishers before it is full, says why, and lets them go when there is room", async () => {
    const connection = await client.connect();
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue("q");
    await send(channel, "q", "before");
    const blocked = new Promise((resolve) => connection.once("blocked", resolve));
    const unblocked = new Promise<void>((resolve) => connection.once("unblocked", () => resolve()));
    files.room = 1_000_000;
    expect(await blocked).toBe("low on disk");
    expect(broker.stats().alarm).toBe("low on disk");
    let confirmed = false;
    const waiting = send(channel, "q", "meanwhile").then(() => {
      confirmed = true;
    });
    const other = await client.confirmChannel();
    expect((await other.checkQueue("q")).messageCount).toBe(1);
    expect(confirmed).toBe(false);
    files.room = 2 ** 40;
    await unblocked;
    await waiting;
    expect(broker.stats().alarm).toBeNull();
  });

  it("tells those who begin to publish while publishers are blocked", async () => {
    files.room = 0;
    await until(() => broker.stats().alarm !== null);
    const connection = await client.connect();
    const blocked = new Promise((resolve) => connection.once("blocked", resolve));
    const channel = await connection.createChannel();
    channel.sendToQueue("nowhere", Buffer.from("x"));
    expect(await blocked).toBe("low on disk");
    files.room = 2 ** 40;
  });
});

describe("a broker short of memory", () => {
  const LIMIT = 1_000_000;
  let used: number;
  let broker: RunningBroker;
  let client: Client;
  beforeEach(async () => {
    used = LIMIT / 2;
    const options = { dataDir: "/data", port: 0, memoryLimit: LIMIT };
    broker = new RunningBroker(options, new FrailFiles(), () => used);
    await broker.listen();
    client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
  });
  afterEach(async () => {
    await client.close();
    await broker.close();
  });

  it("blocks publishers at its limit, says why, and lets them go when there is room", async () => {
    const connection = await client.connect();
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue("q");
    await send(channel, "q", "before");
    const blocked = new Promise((resolve) => connection.once("blocked", resolve));
    const unblocked = new Promise<void>((resolve) => connection.once("unblocked", () => resolve()));
    used = LIMIT + 1;
    expect(await blocked).toBe("low on memory");
    expect(broker.stats().alarm).toBe("low on memory");
    let confirmed = false;
    const waiting = send(channel, "q", "meanwhile").then(() => {
      confirmed = true;
    });
    const other = await client.channel();
    expect((await other.checkQueue("q")).messageCount).toBe(1);
    expect(confirmed).toBe(false);
    used = LIMIT / 2;
    await unblocked;
    await waiting;
    expect((await other.checkQueue("q")).messageCount).toBe(2);
    expect(broker.stats().alarm).toBeNull();
  });

  it("serves consumers meanwhile: they are what makes room", async () => {
    const publisher = await client.confirmChannel();
    await publisher.assertQueue("q");
    for (const body of ["one", "two"]) await send(publisher, "q", body);
    used = LIMIT + 1;
    await until(() => broker.stats().alarm !== null);
    const consumer = await client.channel();
    const inbox = await Inbox.of(consumer, "q");
    for (const body of ["one", "two"]) {
      const message = await inbox.next();
      expect(message.content.toString()).toBe(body);
      consumer.ack(message);
    }
    await until(() => broker.stats().messagesUnacked === 0);
    expect(broker.stats().alarm).toBe("low on memory");
  });
});

describe("a broker that can open no more files", () => {
  it("lives on without knowing its size, and without the connections that it cannot take", async () => {
    const reported: string[] = [];
    let asked = 0;
    const tooMany = (): Error => Object.assign(new Error("EMFILE: too many open files"), { code: "EMFILE" });
    const memory = (): number => {
      asked++;
      throw tooMany();
    };
    const log = (_level: string, message: string) => void reported.push(message);
    const options = { dataDir: "/data", port: 0, managementPort: 0, log };
    const before = new Set(listening());
    const broker = new RunningBroker(options, new FrailFiles(), memory);
    await broker.listen();
    await until(() => asked > 1);
    expect(broker.stats().alarm).toBeNull();
    // As Node does when the system gives it no descriptor for a connection.
    for (const server of listening()) if (!before.has(server)) server.emit("error", tooMany());
    expect(reported).toEqual([
      "a connection could not be accepted: EMFILE: too many open files",
      "management: a connection could not be accepted: EMFILE: too many open files",
    ]);
    const client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
    await (await client.channel()).assertQueue("q");
    await client.close();
    await broker.close();
  });
});

function listening(): readonly net.Server[] {
  const { _getActiveHandles } = process as unknown as { _getActiveHandles(): unknown[] };
  return _getActiveHandles.call(process).filter((handle) => handle instanceof net.Server);
}

describe("a broker whose disk failed", () => {
  it("refuses persistent publishes and says why, and goes on serving what it has", async () => {
    const files = new FrailFiles();
    const broker = new RunningBroker({ dataDir: "/data", port: 0 }, files);
    await broker.listen();
    const client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
    const channel = await client.confirmChannel();
    await channel.assertQueue("q");
    await send(channel, "q", "safe");
    files.failSync = new Error("EIO: i/o error");
    await expect(send(channel, "q", "lost")).rejects.toThrow();
    files.failSync = undefined;
    await expect(send(channel, "q", "refused")).rejects.toThrow();
    expect(broker.stats().alarm).toMatch(/fdatasync .* failed \(EIO/);
    const got = await channel.get("q", { noAck: true });
    expect((got || undefined)?.content.toString()).toBe("safe");
    await send(channel, "q", "transient", { persistent: false });
    await client.close();
    await broker.close();
  });

  it("says nothing more of what was published to a channel that is closed", async () => {
    const files = new FrailFiles();
    const broker = new RunningBroker({ dataDir: "/data", port: 0 }, files);
    await broker.listen();
    const client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
    await (await client.channel()).assertQueue("q");
    const raw = await RawClient.open(broker.port);
    raw.send(method(1, "confirm.select", { noWait: true }));
    files.failSync = new Error("EIO: i/o error");
    raw.send(
      ...publish(1, "", "q", Buffer.from("x"), { deliveryMode: 2 }),
      method(1, "channel.close", { replyCode: 200, replyText: "", classId: 0, methodId: 0 }),
    );
    await raw.until(20, 41);
    await until(() => broker.stats().alarm !== null);
    raw.send(method(2, "channel.open", {}), method(2, "confirm.select", { noWait: false }));
    await raw.until(85, 11);
    expect(raw.count(60, 120)).toBe(0);
    await raw.end();
    await client.close();
    await broker.close();
  });

  it("keeps what it cannot delete for good, refuses what it cannot write down, and lives on", async () => {
    const files = new FrailFiles();
    const reported: string[] = [];
    const log = (_level: string, message: string) => void reported.push(message);
    let now = 1_700_000_000_000;
    const timers: (() => void)[] = [];
    const clock = {
      now: () => now,
      after: (_ms: number, callback: () => void) => {
        timers.push(callback);
        return () => void timers.splice(timers.indexOf(callback), 1);
      },
    };
    const broker = new RunningBroker({ dataDir: "/data", port: 0, log, clock }, files);
    await broker.listen();
    const url = `amqp://guest:guest@127.0.0.1:${broker.port}`;
    const client = new Client(url);
    const leaving = new Client(url);
    const channel = await client.confirmChannel();
    await channel.assertQueue("q");
    await channel.assertQueue("expiring", { expires: 60_000 });
    await channel.assertExchange("x", "topic");
    const theirs = await leaving.channel();
    await theirs.assertQueue("shared", { autoDelete: true });
    await Inbox.of(theirs, "shared");
    await send(channel, "q", "safe");
    // Not synced yet: the next message needs it to be.
    await channel.assertQueue("late");
    files.failSync = new Error("EIO: i/o error");
    await expect(send(channel, "q", "lost")).rejects.toThrow();

    const kept = (queue: string) =>
      reported.some((line) => line.startsWith(`queue '${queue}' in vhost '/' could not be deleted: `));
    await leaving.close();
    await until(() => kept("shared"));
    now += 60_000;
    for (const callback of timers.splice(0)) callback();
    expect(kept("expiring")).toBe(true);

    for (const _ of ["once", "again"])
      expect(await refusal((c) => c.bindQueue("q", "x", "#"), client)).toMatch(/^RESOURCE_ERROR - /);
    expect(await refusal((c) => c.deleteQueue("q"), client)).toMatch(/^RESOURCE_ERROR - /);
    expect(await drain(channel, "q")).toContain("safe");
    await client.close();
    await broker.close();
  });

  it("keeps a dead letter that cannot be moved where it was, and lives on", async () => {
    const files = new FrailFiles();
    const reported: string[] = [];
    const options = {
      dataDir: "/data",
      port: 0,
      log: (_level: string, message: string) => {
        reported.push(message);
      },
    };
    const broker = new RunningBroker(options, files);
    await broker.listen();
    const client = new Client(`amqp://guest:guest@127.0.0.1:${broker.port}`);
    const channel = await client.confirmChannel();
    await channel.assertQueue("dead");
    await channel.assertQueue("q", { deadLetterExchange: "", deadLetterRoutingKey: "dead" });
    await send(channel, "q", "rejected");
    const got = await channel.get("q");
    files.failSync = new Error("EIO: i/o error");
    await expect(send(channel, "q", "lost")).rejects.toThrow();
    if (got) channel.reject(got, false);
    await until(() => reported.some((message) => message.startsWith("a dead letter of queue 'q'")));
    expect((await channel.checkQueue("dead")).messageCount).toBe(0);
    await client.close();
    await broker.close();
    const again = new RunningBroker({ dataDir: "/data", port: 0 }, files.killProcess());
    await again.listen();
    const after = new Client(`amqp://guest:guest@127.0.0.1:${again.port}`);
    const back = await (await after.channel()).get("q", { noAck: true });
    expect((back || undefined)?.content.toString()).toBe("rejected");
    await after.close();
    await again.close();
  });
});
