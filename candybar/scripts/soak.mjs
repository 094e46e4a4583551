// Holds the live view open under load and measures whether its memory stays flat:
//   npm run soak -w candybar -- [--minutes 10] [--rate 500] [--json]
// The real platform on free ports in a temporary folder, a real Chromium (TEST_CHROMIUM, or /usr/bin/chromium), and
// valid events at that rate. Heap, DOM nodes and listeners after forced collections, at 20, 50 and 100 % of the time,
// but not before the list is as long as it gets. Ends with 1 where one of them is more than a tenth above what it was
// first, where events did not arrive, or where fewer than 95 % of what was asked for were sent: that is another soak.
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { counters, load, seen, withLivePage } from "./under-load.mjs";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    rate: { type: "string", default: "500" },
    json: { type: "boolean", default: false },
  },
});
const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
if (!(minutes > 0 && rate > 0)) throw new Error("--minutes and --rate are numbers above 0");
/** Rows that the page keeps at most: before they are there the heap must grow. */
const KEPT = 10_000;
const say = (line) => values.json || console.log(line);

async function measure(cdp, page, began) {
  // The first frees what is unreachable, the second what only finalizers and weak references still held.
  for (let n = 0; n < 2; n++) await cdp.send("HeapProfiler.collectGarbage");
  const { JSHeapUsedSize: heap, Nodes: nodes, JSEventListeners: listeners } = await counters(cdp);
  const shown = await page.evaluate(() => ({
    kept: Math.round((document.querySelector(".rows ol")?.clientHeight ?? 0) / 34),
    rows: document.querySelectorAll(".row").length,
    live: document.querySelector(".pill.ok")?.textContent,
    rate: document.querySelector(".pulse strong")?.textContent,
  }));
  return {
    minute: Math.round(((performance.now() - began) / 60_000) * 10) / 10,
    heap_mb: Math.round(heap / 1e4) / 100,
    dom_nodes: nodes,
    listeners,
    ...shown,
  };
}

await withLivePage(async ({ url, page, cdp, complaints }) => {
  await cdp.send("HeapProfiler.enable");

  const began = performance.now();
  const span = minutes * 60_000;
  say(`${rate} events a second for ${minutes} min, ${url}`);
  const loading = load(url, rate, began + span);
  const measures = [];
  const full = ((1.2 * KEPT) / rate) * 1000;
  for (const at of [Math.max(span * 0.2, full), Math.max(span * 0.5, full), span]) {
    await Promise.race([pause(began + at - performance.now()), loading.then(() => undefined)]);
    measures.push(await measure(cdp, page, began));
    say(JSON.stringify(measures.at(-1)));
  }
  const sent = await loading;
  await seen(page, sent - 1);
  const achieved = Math.round(sent / (span / 1000));
  const growth = Object.fromEntries(
    ["heap_mb", "dom_nodes", "listeners"].map((name) => [
      name,
      Math.round((measures.at(-1)[name] / measures[0][name]) * 100) / 100,
    ]),
  );
  const flat =
    Object.values(growth).every((factor) => factor <= 1.1) &&
    measures.every(({ live, kept }) => live === "Live" && kept === KEPT) &&
    achieved >= 0.95 * rate &&
    complaints.length === 0;
  const result = {
    minutes,
    rate,
    sent,
    achieved,
    growth,
    flat,
    measures,
    complaints,
  };
  if (values.json) console.log(JSON.stringify(result));
  else
    console.log(
      `${sent} events sent (${achieved}/s); at the end ${growth.heap_mb} × the heap, ${growth.dom_nodes} × the DOM nodes and ${growth.listeners} × the listeners of minute ${measures[0].minute}: ${flat ? "flat" : "NOT flat"}`,
    );
  for (const complaint of complaints) say(complaint);
  process.exitCode = flat ? 0 : 1;
});
