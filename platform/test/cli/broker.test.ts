/** `bb broker`: the bus alone, as a process. */
import { mkdtempSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import amqplib from "amqplib";
import { afterEach, expect, test } from "vitest";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { bb, start } from "./support/bb.js";

const folders: string[] = [];
afterEach(() => {
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
