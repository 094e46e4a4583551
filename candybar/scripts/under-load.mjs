// A real platform on free ports in a temporary folder, valid events at a rate, and a real Chromium (TEST_CHROMIUM, or
// /usr/bin/chromium) that shows its live view: what the measurements of the page under load stand on.
import { randomUUID } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { withPlatform } from "./real-platform.mjs";

const TICK = 20;

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
export const withLivePage = (work) =>
  withPlatform({ args: ["--no-services"] }, async ({ url, browser }) => {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const complaints = [];
    page.on("pageerror", (error) => complaints.push(String(error)));
    await page.goto(url);
    await page.locator(".pill.ok", { hasText: "Live" }).waitFor();
    const cdp = await page.context().newCDPSession(page);
    await cdp.send("Performance.enable");
    return work({ url, page, cdp, complaints });
  });

/** Chromium's own counters, by name. */
export async function counters(cdp) {
  const { metrics } = await cdp.send("Performance.getMetrics");
  return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
}

/** What was sent last is seen: the page has kept up. */
export const seen = (page, n) => page.locator(".row", { hasText: `Prompt ${n} ` }).waitFor();
