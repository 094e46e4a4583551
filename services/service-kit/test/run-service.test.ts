/** Services as processes: what they do at a start, at the end, and when the world around them is not there. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { engines } from "../../../bloodbank/client/test/support/engines.js";
import { eventually } from "../../../bloodbank/client/test/support/eventually.js";
import { runningPlatform } from "../src/running-platform.js";

const home = fileURLToPath(new URL("../../", import.meta.url));
const SERVICES = [
  "fireflies-webhook",
  "fireflies-transcript-processor",
  "fireflies-transcript-notifier",
  "theboard-meeting-trigger",
  "agent-feedback-router",
];

interface Run {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly messages: readonly unknown[];
  readonly ended: Promise<number | null>;
}

const runs: Run[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const { child, ended } of runs.splice(0)) {
    child.kill("SIGKILL");
    await ended;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function temporary(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "bb-service-"));
  folders.push(folder);
  return folder;
}

function start(service: string, env: Record<string, string>): Run {
  const child = spawn(process.execPath, [path.join(home, service, "dist/main.js")], {
    cwd: temporary(),
    env: { PATH: process.env.PATH, ...env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (part) => (text += part));
  const messages: unknown[] = [];
  child.on("message", (message) => messages.push(message));
  // "close" does not come where the parent closed the IPC channel.
  const ended = Promise.all([
    new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code))),
    ...[child.stdout, child.stderr].map((stream) => new Promise((resolve) => stream?.once("end", resolve))),
  ]).then(([code]) => code);
  const run = { child, out: () => text, messages, ended };
  runs.push(run);
  return run;
}

const connected = (run: Run) =>
  eventually(() => {
    if (run.child.exitCode !== null) throw new Error(run.out());
    return run.out().includes('"msg":"connected"');
  }, "the connection");

for (const engine of engines)
  describe.skipIf(!engine.available)(`on ${engine.name}`, () => {
    test.each(SERVICES)("%s connects, says so, and drains on SIGTERM", async (service) => {
      const bus = await engine.open();
      try {
        const run = start(service, { RABBITMQ_URL: bus.url, BLOODBANK_VAULT_DIR: temporary() });
        await connected(run);
        // The log comes by one pipe, what a supervisor is told by another.
        await eventually(() => JSON.stringify(run.messages).includes('"connected"'), "the message");
        expect(run.messages).toContainEqual({ bloodbank: "state", state: "connected" });
        run.child.kill("SIGTERM");
        expect(await run.ended, run.out()).toBe(0);
        for (const line of run.out().trim().split("\n")) expect(JSON.parse(line).name).toBe(service);
        expect(run.out()).not.toContain("guest:guest");
      } finally {
        await bus.close();
      }
    });

    test("a service ends when the process that supervises it is gone", async () => {
      const bus = await engine.open();
      try {
        const run = start("fireflies-transcript-notifier", { RABBITMQ_URL: bus.url });
        await connected(run);
        run.child.disconnect();
        expect(await run.ended).toBe(0);
        expect(run.out()).toContain("its supervisor is gone");
      } finally {
        await bus.close();
      }
    });

    test("a service whose supervisor is gone before it could listen ends as well", async () => {
      const bus = await engine.open();
      try {
        const run = start("fireflies-transcript-notifier", { RABBITMQ_URL: bus.url });
        run.child.disconnect();
        expect(await run.ended).toBe(0);
        expect(run.out()).toContain("its supervisor is gone");
      } finally {
        await bus.close();
      }
    });

    test("a service finds the platform of this machine by its file, and tells its health", async () => {
      const bus = await engine.open();
      const dataDir = temporary();
      const addresses = { pid: process.pid, http: "http://127.0.0.1:1", amqp: bus.url };
      writeFileSync(path.join(dataDir, "platform.json"), JSON.stringify(addresses));
      try {
        const run = start("theboard-meeting-trigger", {
          BLOODBANK_DATA_DIR: dataDir,
          SERVICE_HTTP_PORT: "0",
        });
        await connected(run);
        const base = /health at (http:\S+)\/health\/ready/.exec(run.out())?.[1];
        expect((await fetch(`${base}/health/ready`)).status).toBe(200);
        expect(await (await fetch(`${base}/metrics`)).text()).toContain(
          'bloodbank_service_connected{service="theboard-meeting-trigger"} 1',
        );
        expect((await fetch(`${base}/nothing`)).status).toBe(404);
        expect((await fetch(`${base}/health`, { method: "POST" })).status).toBe(405);
      } finally {
        await bus.close();
      }
    });
  });

const rabbit = process.env.TEST_RABBITMQ_URL;
test.skipIf(rabbit === undefined)(
  "a service that RabbitMQ does not let in says so and ends, instead of asking again",
  async () => {
    const wrong = new URL(rabbit ?? "");
    wrong.password = "wrong";
    const elsewhere = new URL(rabbit ?? "");
    elsewhere.pathname = "/nowhere";
    for (const { href } of [wrong, elsewhere]) {
      const run = start("theboard-meeting-trigger", { RABBITMQ_URL: href });
      expect(await run.ended, run.out()).toBe(77);
      expect(run.out()).toContain("does not let this user in");
      expect(run.out()).not.toContain("wrong@");
    }
  },
);

test("a service waits for a broker that is not there yet, and can be ended while it waits", async () => {
  const run = start("agent-feedback-router", { RABBITMQ_URL: "amqp://guest:guest@127.0.0.1:1/" });
  await eventually(() => run.out().includes("no connection yet"), "a first attempt");
  run.child.kill("SIGINT");
  expect(await run.ended, run.out()).toBe(0);
});

test.each([
  ["fireflies-webhook", { RABBITMQ_URL: "http://somewhere" }, /RABBITMQ_URL: "http:\/\/somewhere"/],
  ["fireflies-webhook", { FIREFLIES_API_URL: "nowhere" }, /FIREFLIES_API_URL: "nowhere"/],
  ["fireflies-webhook", { FIREFLIES_TIMEOUT_MS: "soon" }, /FIREFLIES_TIMEOUT_MS: "soon"/],
  ["fireflies-transcript-notifier", { NOTIFY_WEBHOOK_URL: "x" }, /NOTIFY_WEBHOOK_URL: "x"/],
  ["theboard-meeting-trigger", { THEBOARD_URL: "ftp://x" }, /THEBOARD_URL: "ftp:\/\/x"/],
  ["agent-feedback-router", { AGENTFORGE_URL: "x" }, /AGENTFORGE_URL: "x"/],
  ["agent-feedback-router", { BLOODBANK_QUEUE_TYPE: "stream" }, /BLOODBANK_QUEUE_TYPE: "stream" is none/],
  ["agent-feedback-router", { LOG_LEVEL: "loud" }, /LOG_LEVEL: "loud"/],
])("%s ends with 78 and one line for a wrong variable: %j", async (service, env, line) => {
  const run = start(service, env);
  expect(await run.ended).toBe(78);
  expect(run.out()).toMatch(line);
  expect(run.out().trim().split("\n")).toHaveLength(1);
});

describe("the running platform", () => {
  const write = (folder: string, content: string) => {
    mkdirSync(path.join(folder, ".bloodbank"), { recursive: true });
    writeFileSync(path.join(folder, ".bloodbank", "platform.json"), content);
  };
  const alive = { pid: process.pid, http: "http://127.0.0.1:8682", amqp: "amqp://127.0.0.1:5672" };

  test("is found from any folder below", () => {
    const folder = temporary();
    write(folder, JSON.stringify(alive));
    const below = path.join(folder, "a/b");
    mkdirSync(below, { recursive: true });
    expect(runningPlatform({}, below)).toMatchObject(alive);
    expect(runningPlatform({ BLOODBANK_DATA_DIR: "elsewhere" }, below)).toBeUndefined();
  });

  test.each([
    ["a process that is gone", JSON.stringify({ ...alive, pid: 2 ** 22 + 1 })],
    ["a platform that ended", JSON.stringify({ ...alive, pid: null })],
    ["half a file", '{"pid":'],
    ["something else", "[]"],
  ])("is not there for %s", (_, content) => {
    const folder = temporary();
    write(folder, content);
    expect(runningPlatform({}, folder)).toBeUndefined();
  });
});
