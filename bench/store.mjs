import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { load } from "./store-load.mjs";

/**
 * A store of 5 million events (`BENCH_EVENTS` for another number), beside a table written the obvious way. Each is
 * filled once, a process of its own after the other: a figure here is one measurement, not a median of rounds.
 */
export default async function store({ log }) {
  const events = Number(process.env.BENCH_EVENTS ?? 5_000_000);
  const folder = await mkdtemp(path.join(tmpdir(), "bloodbank-bench-"));
  try {
    const figures = {};
    for (const subject of ["obvious", "candystore"]) {
      log(`${subject}: ${events.toLocaleString("en")} events in ${folder}`);
      figures[subject] = await load(subject, events, folder);
    }
    return tables(figures, events);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const row = (subject, figure, base, budget, lowerIsBetter) => {
  const ratio = figure / base;
  return {
    subject,
    median: figure,
    min: figure,
    max: figure,
    ratio,
    ratioMin: ratio,
    ratioMax: ratio,
    ...(budget === undefined ? {} : { budget, kept: lowerIsBetter ? ratio <= budget : ratio >= budget }),
  };
};

function tables({ obvious, candystore }, events) {
  const table = (title, unit, rows) => ({ title, unit, baseline: rows[0].subject, rounds: 1, rows });
  const of = events.toLocaleString("en");
  return [
    table(`append, batches of 1,000, synced, while the store grows to ${of}`, "events/s", [
      row("obvious", obvious.appendAll, obvious.appendAll),
      row("candystore", candystore.appendAll, obvious.appendAll, 2),
    ]),
    table(`append at ${of} against empty`, "events/s", [
      row("empty", candystore.appendEmpty, candystore.appendEmpty),
      row("full", candystore.appendFull, candystore.appendEmpty, 0.8),
    ]),
    table("bytes on disk against the events' own", "×", [
      row("raw", 1, 1),
      row("candystore", candystore.bytes, 1, 2, true),
      row("with full text", candystore.bytesWithText, 1, 3, true),
      row("obvious", obvious.bytes, 1),
    ]),
    ...Object.entries(candystore.queries).map(([name, times]) =>
      table(`a page of 50 by ${name}, 95th percentile`, "ms", [
        row("obvious", obvious.queries[name].p95, obvious.queries[name].p95),
        row("candystore", times.p95, obvious.queries[name].p95, 1 / 4, true),
        row("the budget", name === "text" ? 200 : 20, obvious.queries[name].p95),
      ]),
    ),
    table(`trace of ${candystore.trace.nodes} events, 95th percentile`, "ms", [
      row("obvious", obvious.trace.p95, obvious.trace.p95),
      row("candystore", candystore.trace.p95, obvious.trace.p95),
      row("the budget", 50, obvious.trace.p95),
    ]),
  ];
}
