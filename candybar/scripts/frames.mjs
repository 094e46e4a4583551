// Counts the frames that the live view drops under load, and how busy its main thread is:
//   npm run frames -w candybar -- [--seconds 60] [--rate 1000] [--json]
// The real platform, a real Chromium and valid events at that rate; first for a quarter of the time without any. A
// frame is dropped where the next one comes later than 1.5 times the usual interval. On a busy machine frames and long
// tasks come from others too: the processor time of the main thread tells what the page has to do with it. Ends with 1
// where events did not arrive, or where that is more than a quarter of the time.
import { parseArgs } from "node:util";
import { counters, load, seen, withLivePage } from "./under-load.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    rate: { type: "string", default: "1000" },
    json: { type: "boolean", default: false },
  },
});
const [seconds, rate] = [Number(values.seconds), Number(values.rate)];
if (!(seconds > 0 && rate > 0)) throw new Error("--seconds and --rate are numbers above 0");

/** In the page: the times between frames, and tasks of more than 50 ms. */
const watch = (ms) =>
  new Promise((resolve) => {
    const [frames, long] = [[], []];
    const observer = new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) long.push(Math.round(duration));
    });
    observer.observe({ type: "longtask" });
    const began = performance.now();
    let last = began;
    const frame = (now) => {
      frames.push(now - last);
      last = now;
      if (now - began < ms) requestAnimationFrame(frame);
      else {
        observer.disconnect();
        resolve({ frames: frames.slice(1), long });
      }
    };
    requestAnimationFrame(frame);
  });

async function measure({ page, cdp }, ms) {
  const before = await counters(cdp);
  const began = performance.now();
  const { frames, long } = await page.evaluate(watch, ms);
  const after = await counters(cdp);
  const passed = (performance.now() - began) / 1000;
  const share = (name) => Math.round(((after[name] - before[name]) / passed) * 1000) / 10;
  const sorted = frames.toSorted((a, b) => a - b);
  const interval = sorted[sorted.length >> 1];
  return {
    frames: frames.length,
    interval_ms: Math.round(interval * 10) / 10,
    dropped: frames.filter((each) => each > 1.5 * interval).length,
    p99_ms: Math.round(sorted[Math.floor(sorted.length * 0.99)] * 10) / 10,
    longest_ms: Math.round(sorted.at(-1)),
    long_tasks: long.length,
    longest_task_ms: Math.max(0, ...long),
    cpu_percent: share("TaskDuration"),
    script_percent: share("ScriptDuration"),
    style_and_layout_percent: Math.round((share("RecalcStyleDuration") + share("LayoutDuration")) * 10) / 10,
  };
}

await withLivePage(async (live) => {
  // Counted in processor time of the thread, not by the clock.
  await live.cdp.send("Performance.disable");
  await live.cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const idle = await measure(live, seconds * 250);
  const loading = load(live.url, rate, performance.now() + seconds * 1000 + 1000);
  const loaded = await measure(live, seconds * 1000);
  const sent = await loading;
  await seen(live.page, sent - 1);
  const smooth = loaded.cpu_percent < 25 && live.complaints.length === 0;
  const achieved = Math.round(sent / (seconds + 1));
  const result = { seconds, rate, sent, achieved, smooth, idle, loaded, complaints: live.complaints };
  if (values.json) console.log(JSON.stringify(result));
  else {
    console.table({ "no events": idle, [`${achieved} events/s`]: loaded });
    console.log(`${sent} events sent, the last one seen: ${smooth ? "smooth" : "NOT smooth"}`);
  }
  process.exitCode = smooth ? 0 : 1;
});
