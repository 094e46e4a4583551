/**
 * Twenty services of a registry of their own, as processes of the platform, some of which behave badly: the platform is
 * ready before them, and shows each as it is.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { withDerivedSections } from "@33god/registry";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../bloodbank/client/test/support/eventually.js";
import { api } from "./support/http.js";
import { type RunningPlatform, root, runPlatform } from "./support/running-platform.js";

// Twenty processes on a machine that may be busy.
const PATIENCE = 120_000;

const CONNECTED = 'process.send({ bloodbank: "state", state: "connected" });';
const LIVES = "setInterval(() => {}, 1000);";
const GOOD = `${CONNECTED} ${LIVES}`;
const BAD: Readonly<Record<string, string>> = {
  "bad-crasher": `${CONNECTED} setTimeout(() => process.exit(3), 50);`,
  "bad-stubborn": `process.on("SIGTERM", () => {}); ${GOOD}`,
  "bad-configured": 'console.error("error: FUTURE: is not set"); process.exitCode = 78;',
  "bad-silent": LIVES,
};

let folder: string;
let platform: RunningPlatform | undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bloodbank-many-"));
});
afterEach(async () => {
  await platform?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** `services/registry.yaml` with these programs, each the main file of a service. */
function writeServices(programs: Readonly<Record<string, string>>): void {
  const home = path.join(folder, "services");
  const services = Object.entries(programs).map(([name, program], index) => {
    mkdirSync(path.join(home, name), { recursive: true });
    writeFileSync(path.join(home, name, "main.mjs"), program);
    const entry = {
      name,
      description: "One of many.",
      type: "event-consumer",
      layer: "processors",
      queue_name: `services.many.s${index}`,
      routing_keys: ["artifact.created"],
      status: "active",
      owner: "test",
      run: { folder: name, command: ["node", "main.mjs"] },
    };
    return [name, entry];
  });
  const registry = {
    version: "1.0",
    exchange: "bloodbank.events.v1",
    services: Object.fromEntries(services),
    event_subscriptions: {},
    topology: {},
  };
  writeFileSync(path.join(home, "registry.yaml"), withDerivedSections(JSON.stringify(registry)));
  copyFileSync(path.join(root, "services/registry.schema.json"), path.join(home, "registry.schema.json"));
}

test("the platform is ready before the services take the machine, and all of them run then", async () => {
  writeServices(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`good-${n}`, GOOD])));
  platform = await runPlatform({ cwd: folder });
  const { checks } = (await api(platform.http).get("/health/ready")).body;
  expect(checks.services.of).toBe(20);
  const { http } = platform;
  await eventually(
    async () => {
      const { body } = await api(http).get("/health/ready");
      return body.checks.services.running === 20;
    },
    "all of them",
    PATIENCE,
  );
  expect((await api(http).get("/metrics")).text.match(/^bloodbank_service_up\{.*\} 1$/gm)).toHaveLength(20);
});

test("those that crash, wait, or are wrongly configured keep no other from running, and are seen", async () => {
  const good = Array.from({ length: 16 }, (_, n) => [`good-${n}`, GOOD] as const);
  writeServices({ ...BAD, ...Object.fromEntries(good) });
  platform = await runPlatform({ cwd: folder });
  const client = api(platform.http);
  const states = async () => {
    const { body } = await client.get("/api/v1/services");
    const entries: { name: string; process: { state: string; restarts: number; reason?: string } }[] =
      body.services;
    return new Map(entries.map(({ name, process }) => [name, process]));
  };
  await eventually(
    async () => {
      const now = await states();
      const running = [...good.map(([name]) => name), "bad-stubborn"].every(
        (name) => now.get(name)?.state === "running",
      );
      const ended = (now.get("bad-crasher")?.restarts ?? 0) > 0;
      return running && ended && now.get("bad-configured")?.state === "failed";
    },
    "the good ones, and the ends of others",
    PATIENCE,
  );
  const now = await states();
  expect(now.get("bad-stubborn")).toMatchObject({ state: "running" });
  expect(now.get("bad-silent")).toMatchObject({ state: "starting" });
  expect(now.get("bad-configured")).toMatchObject({ state: "failed", reason: "error: FUTURE: is not set" });
  const { status, body } = await client.get("/health/ready");
  expect(status).toBe(200);
  expect(body.checks.services).toMatchObject({ status: "degraded" });
  expect(body.checks.services.message).toContain("bad-configured is failed: error: FUTURE: is not set");
  const { text } = await client.get("/metrics");
  expect(text).toMatch(/bloodbank_service_restarts_total\{service="bad-crasher"\} [1-9]/);
  expect(text).toContain('bloodbank_service_up{service="bad-configured"} 0');
  // The one that does not want to end is killed, and the platform ends as if it had.
  const stopped = await platform.stop();
  expect(stopped).toBe(0);
  expect(platform.output()).toContain("bad-stubborn did not end within 12 s and is killed");
  platform = undefined;
});
