/** What a scrape reads: whole numbers, also for two scrapes at once, and nothing where nothing could be read. */
import { expect, test } from "vitest";
import { Metrics } from "../src/metrics/metrics.js";

const lines = async (metrics: Metrics) =>
  (await metrics.text()).split("\n").filter((line) => line.startsWith("probe_"));

test("two scrapes at once read the same numbers, and a reader that fails is left out and not 0", async () => {
  const metrics = new Metrics();
  let away = false;
  metrics.gauges(async () => {
    if (away) throw new Error("away");
    return [
      { name: "probe_depth", help: "A gauge.", value: 3 },
      { name: "probe_seen_total", help: "A counter.", labels: { queue: "a" }, value: 5 },
    ];
  });
  const seen = ["probe_depth 3", 'probe_seen_total{queue="a"} 5'];
  expect(await Promise.all([lines(metrics), lines(metrics)])).toEqual([seen, seen]);
  expect(await metrics.text()).toContain("# TYPE probe_seen_total counter");
  away = true;
  expect(await lines(metrics)).toEqual([]);
  away = false;
  expect(await lines(metrics)).toEqual(seen);
});

test("what may alarm somebody is there from the start, with 0", async () => {
  const text = await new Metrics().text();
  expect(text).toContain('bloodbank_publish_seconds_count{outcome="failed"} 0');
  expect(text).toContain('bloodbank_admission_refused_total{code="CONTRACT_VIOLATION"} 0');
});

test("the first scrape tells of Node itself too, which nobody measured before", async () => {
  const metrics = new Metrics();
  for (const text of await Promise.all([metrics.text(), metrics.text()]))
    for (const name of [
      "process_cpu_seconds_total",
      "nodejs_eventloop_lag_p99_seconds",
      "nodejs_gc_duration_seconds",
    ])
      expect(text.split(`# TYPE ${name} `), name).toHaveLength(2);
});
