// Holds the live view open under load and measures whether its memory stays flat:
//   npm run soak -w candybar -- [--minutes 10] [--rate 500] [--json]
// The real platform on free ports in a temporary folder, a real Chromium (TEST_CHROMIUM, or /usr/bin/chromium), and
// valid events at that rate. Heap, DOM nodes and listeners after a forced collection, at 20, 50 and 100 % of the time.
// Ends with 1 where the heap at the end is more than a tenth above that at 20 %, or where events did not arrive.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    rate: { type: "string", default: "500" },
    json: { type: "boolean", default: false },
  },
});
const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
if (!(minutes > 0 && rate > 0)) throw new Error("--minutes and --rate are numbers above 0");
const TICK = 100;
const root = path.join(import.meta.dirname, "../..");
const home = mkdtempSync(path.join(tmpdir(), "candybar-soak-"));
const say = (line) => values.json || console.log(line);

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

function startPlatform() {
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

/** Publishes until the time is over; resolves with how many were accepted. */
async function load(url, until) {
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

async function measure(cdp, page, began) {
  await cdp.send("HeapProfiler.collectGarbage");
  const { metrics } = await cdp.send("Performance.getMetrics");
  const of = (name) => metrics.find((metric) => metric.name === name)?.value ?? 0;
  const shown = await page.evaluate(() => ({
    kept: Math.round((document.querySelector(".rows ol")?.clientHeight ?? 0) / 34),
    rows: document.querySelectorAll(".row").length,
    live: document.querySelector(".pill.ok")?.textContent,
    rate: document.querySelector(".pulse strong")?.textContent,
  }));
  return {
    minute: Math.round(((performance.now() - began) / 60_000) * 10) / 10,
    heap_mb: Math.round(of("JSHeapUsedSize") / 1e4) / 100,
    dom_nodes: of("Nodes"),
    listeners: of("JSEventListeners"),
    ...shown,
  };
}

const platform = startPlatform();
let browser;
try {
  const url = await platform.address();
  browser = await chromium.launch({
    executablePath: process.env.TEST_CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
    ],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  await page.locator(".pill.ok", { hasText: "Live" }).waitFor();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable");
  await cdp.send("HeapProfiler.enable");

  const began = performance.now();
  const span = minutes * 60_000;
  say(`${rate} events a second for ${minutes} min, ${url}`);
  const loading = load(url, began + span);
  const measures = [];
  for (const part of [0.2, 0.5, 1]) {
    await Promise.race([pause(began + span * part - performance.now()), loading.then(() => undefined)]);
    measures.push(await measure(cdp, page, began));
    say(JSON.stringify(measures.at(-1)));
  }
  const sent = await loading;
  // What was sent last is seen: the page has kept up.
  await page.locator(".row", { hasText: `Prompt ${sent - 1} ` }).waitFor();
  const achieved = Math.round(sent / (span / 1000));
  const growth = measures.at(-1).heap_mb / measures[0].heap_mb;
  const flat = growth <= 1.1 && measures.every(({ live }) => live === "Live") && complaints.length === 0;
  const result = {
    minutes,
    rate,
    sent,
    achieved,
    growth: Math.round(growth * 100) / 100,
    flat,
    measures,
    complaints,
  };
  if (values.json) console.log(JSON.stringify(result));
  else
    console.log(
      `${sent} events sent (${achieved}/s); heap at the end ${result.growth} × that at ${measures[0].minute} min: ${flat ? "flat" : "NOT flat"}`,
    );
  for (const complaint of complaints) say(complaint);
  process.exitCode = flat ? 0 : 1;
} finally {
  await browser?.close();
  await platform.stop();
  rmSync(home, { recursive: true, force: true });
}
