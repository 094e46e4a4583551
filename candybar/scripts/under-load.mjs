// A real platform on free ports in a temporary folder, valid events at a rate, and a real Chromium (TEST_CHROMIUM, or
// /usr/bin/chromium) that shows its live view: what the measurements of the page under load stand on.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium } from "playwright-core";
import { QUIET } from "./chromium.mjs";

const TICK = 20;
const root = path.join(import.meta.dirname, "../..");

const event = (n) =>
  JSON.stringify({
    event_id: randomUUID(),
    event_type: "llm.prompt",
    timestamp: new Date().toISOString(),
    version: "v1",
    source: { host: "soak", type: "system", app: "soak" },
    correlation_ids: [],
    payload: { provider: "anthropic", prompt: `Prompt ${n} ${"of a usual length ".repeat(12)}` },
  });

function startPlatform(home) {
  const data = path.join(home, "data");
  const child = spawn(process.execPath, [path.join(root, "platform/bin/bb.mjs"), "up", "--no-services"], {
    cwd: root,
    env: {
      ...process.env,
      RABBITMQ_URL: "",
      DATABASE_URL: "",
      BLOODBANK_HTTP_PORT: "0",
      BLOODBANK_AMQP_PORT: "0",
      BLOODBANK_MANAGEMENT_PORT: "0",
      BLOODBANK_DATA_DIR: data,
      BLOODBANK_VAULT_DIR: path.join(home, "vault"),
    },
    stdio: "ignore",
  });
  const ended = new Promise((resolve) => child.on("exit", resolve));
  const address = async () => {
    const file = path.join(data, "platform.json");
    while (child.exitCode === null) {
      const http = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")).http : undefined;
      const ready = http && (await fetch(`${http}/health/ready`).catch(() => undefined));
      if (ready?.ok) return http;
      await pause(100);
    }
    throw new Error(`the platform ended with ${child.exitCode}`);
  };
  return {
    address,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Publishes `rate` a second until that time of `performance.now()`; resolves with how many were accepted. */
export async function load(url, rate, until) {
  let sent = 0;
  const began = performance.now();
  while (performance.now() < until) {
    const due = Math.floor(((performance.now() - began) / 1000) * rate) - sent;
    if (due > 0) {
      const body = Array.from({ length: due }, (_, index) => event(sent + index)).join("\n");
      const headers = { "content-type": "application/x-ndjson" };
      const response = await fetch(`${url}/events`, { method: "POST", headers, body });
      if (!response.ok) throw new Error(`POST /events answered ${response.status} ${await response.text()}`);
      sent += due;
    }
    await pause(TICK);
  }
  return sent;
}

/** Calls `work` with the page that shows the stream live; afterwards nothing is left. */
export async function withLivePage(work) {
  const home = mkdtempSync(path.join(tmpdir(), "candybar-load-"));
  const platform = startPlatform(home);
  let browser;
  try {
    const url = await platform.address();
    browser = await chromium.launch({
      executablePath: process.env.TEST_CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      args: QUIET,
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(url);
    await page.locator(".pill.ok", { hasText: "Live" }).waitFor();
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable");
    return await work({ url, page, cdp, complaints });
  } finally {
    await browser?.close();
    await platform.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** Chromium's own counters, by name. */
export async function counters(cdp) {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

/** What was sent last is seen: the page has kept up. */
export const seen = (page, n) => page.locator(".row", { hasText: `Prompt ${n} ` }).waitFor();
