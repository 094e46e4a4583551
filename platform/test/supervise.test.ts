/** Services that crash, hang, do not want to end, or are wrongly configured: handled, and seen. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { ServiceProcess } from "../src/supervise/service-process.js";
import { SourceWatch } from "../src/supervise/source-watch.js";
import { eventually } from "./support/running-platform.js";

let folder: string;
let running: ServiceProcess[];
let stopping: AbortController;
let said: string[];
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bloodbank-supervise-"));
  running = [];
  said = [];
  stopping = new AbortController();
});
afterEach(async () => {
  await Promise.all(running.map((service) => service.stop()));
  rmSync(folder, { recursive: true, force: true });
});

function service(code: string): ServiceProcess {
  const file = path.join(folder, `${running.length}.mjs`);
  writeFileSync(file, code);
  const one = new ServiceProcess(
    { name: "under-test", command: ["node", file], folder, env: process.env },
    {
      log: (_level, message) => said.push(message),
      passOn: () => undefined,
      stopping: stopping.signal,
      limits: { period: 50, patience: 400, memoryMb: 300 },
    },
  );
  running.push(one);
  return one;
}

const CONNECTED = 'process.send({ bloodbank: "state", state: "connected" });';
const alive = (pid: number | undefined) => {
  try {
    process.kill(pid ?? 0, 0);
    return true;
  } catch {
    return false;
  }
};

test("a service is running when it says that it is connected, and not before", async () => {
  const one = service(`setInterval(() => {}, 1000); process.on("message", () => {});
    process.on("SIGUSR2", () => { ${CONNECTED} }); console.log("here");`);
  one.start();
  await eventually(() => one.lines(10).length === 1);
  expect(one.status()).toMatchObject({ state: "starting", restarts: 0 });
  process.kill(one.status().pid ?? 0, "SIGUSR2");
  await eventually(() => one.status().state === "running");
  expect(one.status().memory_mb).toBeGreaterThan(1);
});

test("one that crashes is started again, and the reason is kept", async () => {
  const one = service(`${CONNECTED} setTimeout(() => process.exit(3), 20);`);
  one.start();
  await eventually(() => one.status().restarts >= 2);
  expect(said.join("\n")).toContain("under-test ended with 3; it is started again in 0.5 s");
  expect(said.join("\n")).toContain("started again in 1 s");
});

test("one that is killed from outside comes back with another process", async () => {
  const one = service(`setInterval(() => {}, 1000); ${CONNECTED}`);
  one.start();
  await eventually(() => one.status().state === "running");
  const { pid } = one.status();
  process.kill(pid ?? 0, "SIGKILL");
  await eventually(() => one.status().state === "running" && one.status().pid !== pid);
  expect(said.join("\n")).toContain("ended by SIGKILL");
});

test("one that ends with 78 is wrongly configured: it is not started again, and says why", async () => {
  const one = service(
    `process.stderr.write("error: THEBOARD_URL: is no address\\n"); process.exitCode = 78;`,
  );
  one.start();
  await eventually(() => one.status().state === "failed");
  expect(one.status()).toMatchObject({ reason: "error: THEBOARD_URL: is no address", restarts: 0 });
});

test("one that cannot be started is told, and tried again", async () => {
  const one = new ServiceProcess(
    { name: "nothing", command: ["no-such-program"], folder, env: process.env },
    { log: (_level, message) => said.push(message), passOn: () => undefined, stopping: stopping.signal },
  );
  running.push(one);
  one.start();
  await eventually(() => one.status().state === "waiting");
  expect(one.status().reason).toContain("ENOENT");
});

test("stopping waits for the drain, and a stopped one stays stopped until it is started", async () => {
  const one = service(`setInterval(() => {}, 1000);
    process.on("SIGTERM", () => setTimeout(() => { console.log("drained"); process.exit(0); }, 200)); ${CONNECTED}`);
  one.start();
  await eventually(() => one.status().state === "running");
  const { pid } = one.status();
  await one.stop();
  expect(one.lines(1)[0]?.line).toBe("drained");
  expect(alive(pid)).toBe(false);
  expect(one.status()).toMatchObject({ state: "stopped", restarts: 0, pid: undefined });
  await one.restart();
  await eventually(() => one.status().state === "running");
});

test("one that is stopped while it is being restarted stays stopped, and so does one whose platform ends meanwhile", async () => {
  const draining = `setInterval(() => {}, 1000);
    process.on("SIGTERM", () => setTimeout(() => process.exit(0), 200)); ${CONNECTED}`;
  const one = service(draining);
  one.start();
  await eventually(() => one.status().state === "running");
  await Promise.all([one.restart(), one.stop()]);
  expect(one.status()).toMatchObject({ state: "stopped", pid: undefined });
  const other = service(draining);
  other.start();
  await eventually(() => other.status().state === "running");
  const restarted = other.restart();
  stopping.abort();
  await restarted;
  expect(other.status()).toMatchObject({ state: "stopped", pid: undefined });
});

test("two restarts at once are one", async () => {
  const one = service(`setInterval(() => {}, 1000); ${CONNECTED}`);
  one.start();
  await eventually(() => one.status().state === "running");
  const { pid } = one.status();
  await Promise.all([one.restart(), one.restart()]);
  await eventually(() => one.status().state === "running");
  expect(one.status().pid).not.toBe(pid);
});

test("one that ignores SIGTERM is killed when its time is over", async () => {
  const one = service(`setInterval(() => {}, 1000); process.on("SIGTERM", () => {}); ${CONNECTED}`);
  one.start();
  await eventually(() => one.status().state === "running");
  const { pid } = one.status();
  await one.stop();
  expect(alive(pid)).toBe(false);
  expect(said.join("\n")).toContain("did not end within 12 s and is killed");
});

test("once the platform ends, one that ended first is not started again", async () => {
  const one = service(`setInterval(() => {}, 1000); ${CONNECTED}`);
  one.start();
  await eventually(() => one.status().state === "running");
  stopping.abort();
  process.kill(one.status().pid ?? 0, "SIGTERM");
  await eventually(() => one.status().state === "stopped");
  expect(one.status().restarts).toBe(0);
});

test("whoever follows its lines gets each further one", async () => {
  const lines: string[] = [];
  const one = service(`let n = 0; setInterval(() => console.log(++n), 10); ${CONNECTED}`);
  one.follow(({ line }) => lines.push(line));
  one.start();
  await eventually(() => lines.length >= 3);
  expect(lines.slice(0, 3)).toEqual(["1", "2", "3"]);
  expect(one.lines(2)).toHaveLength(2);
});

test("a line that does not end comes in pieces, and signs stay whole", async () => {
  const one = service(`process.stdout.write("é".repeat(200_000)); setInterval(() => {}, 1000);`);
  one.start();
  await eventually(() => one.lines(1_000).reduce((sum, { line }) => sum + line.length, 0) > 100_000);
  for (const { line } of one.lines(1_000)) {
    expect(line).toMatch(/^é+$/);
    expect(line.length).toBeLessThanOrEqual(64 * 1024);
  }
});

test("a service whose sources cannot be watched is told of, and nothing else", async () => {
  writeFileSync(path.join(folder, "src"), "a file");
  const watch = new SourceWatch({
    name: "under-test",
    folder,
    language: "python",
    log: (_level, message) => said.push(message),
    restart: async () => undefined,
  });
  await watch.close();
  expect(said.join()).toMatch(/under-test is not started anew when its sources change: .*ENOTDIR/);
});

const ANSWERS =
  'process.on("message", ({ bloodbank }) => bloodbank === "ping" && process.send({ bloodbank: "pong" }));';

test("one that answers no more is killed and started again", async () => {
  const one = service(
    `process.once("message", () => process.send({ bloodbank: "pong" }, () => { for (;;); })); ${CONNECTED}`,
  );
  one.start();
  await eventually(() => one.status().restarts > 0);
  expect(said.join("\n")).toContain("under-test did not answer for 0 s; it is started again");
});

test("one that never knew of pings is left alone, and so is one that answers, also where the platform itself was held up", async () => {
  const silent = service(`setInterval(() => {}, 1000); ${CONNECTED}`);
  const talkative = service(`setInterval(() => {}, 1000); ${ANSWERS} ${CONNECTED}`);
  silent.start();
  talkative.start();
  await eventually(() => talkative.status().state === "running" && silent.status().state === "running");
  // Two times its patience.
  const heldUp = Date.now() + 800;
  while (Date.now() < heldUp);
  const until = Date.now() + 1_200;
  await eventually(() => Date.now() > until);
  expect([silent.status().restarts, talkative.status().restarts]).toEqual([0, 0]);
});

test.skipIf(process.platform !== "linux")(
  "one whose memory grows without end is killed and started again",
  async () => {
    const one = service(
      `const kept = []; ${CONNECTED} setInterval(() => kept.push(Buffer.alloc(40e6, 1)), 20);`,
    );
    one.start();
    await eventually(() => one.status().restarts > 0);
    expect(said.join("\n")).toMatch(/under-test used \d+ MB of memory/);
  },
);
