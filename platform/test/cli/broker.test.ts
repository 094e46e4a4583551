/** `bb broker`: the bus alone, as a process. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { startBroker } from "@33god/bloodbank-broker";
import amqplib from "amqplib";
import { afterEach, expect, test } from "vitest";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { runPlatform } from "../support/running-platform.js";
import { bb, start } from "./support/bb.js";

const folders: string[] = [];
const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanUp.splice(0).reverse()) await clean();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
function dataDir(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "bb-broker-"));
  folders.push(folder);
  return folder;
}

async function running(folder: string) {
  const args = ["broker", "--port", "0", "--management-port", "0", "--data-dir", folder, "--json"];
  const child = start(args);
  cleanUp.push(() => child.kill("SIGKILL"));
  let out = "";
  child.stdout?.on("data", (text) => {
    out += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const facts = await eventually(() => {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    return out.endsWith("}\n") && (JSON.parse(out) as { amqp: string; management: string; pid: number });
  }, "the broker");
  return { child, ended, ...facts };
}

test("what was confirmed is there after it ended, however it ended", async () => {
  const folder = dataDir();
  for (const signal of ["SIGTERM", "SIGKILL", "SIGINT"] as const) {
    const broker = await running(folder);
    expect(broker.pid).toBe(broker.child.pid);
    const overview = await fetch(`${broker.management}/api/overview`, {
      headers: { authorization: `Basic ${btoa("guest:guest")}` },
    });
    expect(overview.status).toBe(200);
    const connection = await amqplib.connect(broker.amqp);
    connection.on("error", () => undefined);
    const channel = await connection.createConfirmChannel();
    await channel.assertQueue("q", { durable: true });
    channel.sendToQueue("q", Buffer.from(signal), { persistent: true });
    await channel.waitForConfirms();
    broker.child.kill(signal);
    expect(await broker.ended).toBe(signal === "SIGKILL" ? null : 0);
  }
  const broker = await running(folder);
  const connection = await amqplib.connect(broker.amqp);
  const channel = await connection.createChannel();
  expect(await channel.checkQueue("q")).toMatchObject({ messageCount: 3 });
  await connection.close();
  broker.child.kill("SIGTERM");
  expect(await broker.ended).toBe(0);
});

test("a port or a folder that is taken ends with 69 and says what to do", async () => {
  const folder = dataDir();
  const broker = await running(folder);
  const folderTaken = await bb(["broker", "--port", "0", "--data-dir", folder]);
  broker.child.kill("SIGTERM");
  await broker.ended;
  expect(folderTaken.err).toMatch(/error: .*\n(.*\n)?hint: .*--data-dir/);
  expect([69, 73]).toContain(folderTaken.code);
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  const portTaken = await bb(["broker", "--port", String(port), "--data-dir", dataDir()]);
  await new Promise((resolve) => server.close(resolve));
  expect(portTaken.code).toBe(69);
  expect(portTaken.err).toContain(String(port));
  expect(portTaken.err).toMatch(/hint: --port/);
});

async function platformIn(folder: string) {
  const platform = await runPlatform({ args: ["--no-services"], folder });
  cleanUp.push(() => platform.stop({ keep: true }));
  return platform;
}

async function waiting(amqp: string): Promise<number> {
  const connection = await amqplib.connect(amqp);
  const channel = await connection.createChannel();
  const { messageCount } = await channel.checkQueue("kept");
  await connection.close();
  return messageCount;
}

async function keepOne(amqp: string): Promise<void> {
  const connection = await amqplib.connect(amqp);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue("kept", { durable: true });
  channel.sendToQueue("kept", Buffer.from("x"), { persistent: true });
  await channel.waitForConfirms();
  await connection.close();
}

test("on the data directory of a platform it has that one's messages, and the other way round", async () => {
  const home = dataDir();
  const data = path.join(home, "data");
  const before = await platformIn(home);
  await keepOne(before.amqp);
  expect(await before.stop({ keep: true })).toBe(0);
  const broker = await running(data);
  expect(await waiting(broker.amqp)).toBe(1);
  await keepOne(broker.amqp);
  broker.child.kill("SIGTERM");
  expect(await broker.ended).toBe(0);
  const after = await platformIn(home);
  expect(await waiting(after.amqp)).toBe(2);
  expect(await after.stop({ keep: true })).toBe(0);
});

test("a log that an earlier version wrote into the data directory itself is gone on with, by a platform too", async () => {
  const home = dataDir();
  const data = path.join(home, "data");
  const earlier = await startBroker({ dataDir: data, host: "127.0.0.1", port: 0 });
  await keepOne(`amqp://guest:guest@127.0.0.1:${earlier.port}/`);
  await earlier.close();
  const broker = await running(data);
  expect(await waiting(broker.amqp)).toBe(1);
  broker.child.kill("SIGTERM");
  expect(await broker.ended).toBe(0);
  const platform = await platformIn(home);
  expect(await waiting(platform.amqp)).toBe(1);
  expect(await platform.stop({ keep: true })).toBe(0);
});

test("where there are two logs it tells of the one that it leaves alone", async () => {
  const data = dataDir();
  for (const folder of [data, path.join(data, "broker")]) {
    const earlier = await startBroker({ dataDir: folder, host: "127.0.0.1", port: 0 });
    await earlier.close();
  }
  const child = start(["broker", "--port", "0", "--data-dir", data]);
  cleanUp.push(() => child.kill("SIGKILL"));
  let [out, err] = ["", ""];
  child.stdout?.on("data", (text) => {
    out += text;
  });
  child.stderr?.on("data", (text) => {
    err += text;
  });
  await eventually(() => child.exitCode !== null || out.includes("data in"), "the broker");
  child.kill("SIGTERM");
  await new Promise((resolve) => child.once("close", resolve));
  expect(err).toContain(
    `${data} holds a broker's log of its own beside the one in ${path.join(data, "broker")}`,
  );
  expect(out).toContain(`data in ${path.join(data, "broker")}\n`);
});

test("an address or a folder that cannot be used ends with a code, and says what to do", async () => {
  const file = path.join(dataDir(), "a-file");
  writeFileSync(file, "");
  for (const [args, code, said] of [
    [["--host", "203.0.113.1"], 69, /203\.0\.113\.1.*\(LISTEN_FAILED\)\nhint: --host/],
    [["--data-dir", file], 73, /\(DATA_DIR_UNUSABLE\)\nhint: --data-dir/],
  ] as const) {
    const ended = await bb(["broker", "--port", "0", "--data-dir", dataDir(), ...args]);
    expect([ended.code, ended.err]).toEqual([code, expect.stringMatching(said)]);
  }
});
