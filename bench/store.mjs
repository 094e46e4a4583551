import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { table } from "./harness.mjs";
import { load } from "./store-load.mjs";

/**
 * A store of 5 million events (`BENCH_EVENTS` for another number), beside a table written the obvious way, filled some
 * batches each in turns and asked in turns, round by round. Each is filled once: a figure of appends or bytes is one
 * measurement, one of pages and traces the median of rounds. Appends are compared by the processor's time as well, for
 * machines that have other work.
 *
 * With `DATABASE_URL` it is Candystore alone, on PostgreSQL, in a schema that is dropped again; by the clock, as most of the
 * work is the server's.
 *
 * `BENCH_QUESTIONS=none,time`: only these pages, for a short run.
 *
 * `BENCH_IDS=random`: ids of version 4 in place of 7. `BENCH_ANALYZE=1`: the obvious table has statistics.
 */
export default async function store({ log }) {
  const events = Number(process.env.BENCH_EVENTS ?? 5_000_000);
  const folder = await mkdtemp(path.join(tmpdir(), "bloodbank-bench-"));
  try {
    log(`${events.toLocaleString("en")} events in ${folder}`);
    return process.env.DATABASE_URL
      ? onPostgres(await load(events, folder, { script: "store-postgres.mjs" }), events)
      : tables(await load(events, folder), events);
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

const measuredOnce = (title, unit, rows) => ({ title, unit, baseline: rows[0].subject, rounds: 1, rows });

function tables({ append, bytes, bytesWithText, queries, trace, nodes }, events) {
  const of = events.toLocaleString("en");
  const appends = (title, part, clock, budget) =>
    measuredOnce(`append, batches of 1,000, synced, ${title}`, "events/s", [
      row("obvious", append.obvious[part][clock], append.obvious[part][clock]),
      row("candystore", append.candystore[part][clock], append.obvious[part][clock], budget),
      ...(part in append.bare
        ? [row("judged, digested, inserted", append.bare[part][clock], append.obvious[part][clock])]
        : []),
    ]);
  /** In each round, one figure of all that was asked, by subject. */
  const asked = (title, { figures, ...measured }, wanted, budget) => {
    const by = (figure, more) => ({
      unit: "ms",
      baseline: "obvious",
      lowerIsBetter: true,
      budgets: budget && { candystore: budget },
      figures: figures.map(({ obvious, candystore, bodies }) => ({
        obvious: obvious[figure],
        candystore: candystore[figure],
        ...more(bodies),
      })),
      ...measured,
    });
    return [
      table({ title: `${title}, 95th percentile`, ...by("p95", () => ({ "the budget": wanted })) }),
      table({
        title: `${title}, the processor's time, on average`,
        ...by("cpu", (bodies) => bodies && { "its bodies alone": bodies.cpu }),
      }),
    ];
  };
  return [
    appends(`while the store grows to ${of}`, "all", "wall", 2),
    appends(`while the store grows to ${of}, by the processor's time`, "all", "cpu", 2),
    appends("empty, by the processor's time", "empty", "cpu", 2),
    appends(`at ${of}, by the processor's time`, "full", "cpu", 2),
    ...["wall", "cpu"].map((clock) =>
      measuredOnce(
        `append at ${of} against empty${clock === "cpu" ? ", by the processor's time" : ""}`,
        "events/s",
        [
          row("empty", append.candystore.empty[clock], append.candystore.empty[clock]),
          row("full", append.candystore.full[clock], append.candystore.empty[clock], 0.8),
        ],
      ),
    ),
    measuredOnce("bytes on disk against the events' own", "×", [
      row("raw", 1, 1),
      row("candystore", bytes.candystore, 1, 2, true),
      row("with full text", bytesWithText.candystore, 1, 3, true),
      row("obvious", bytes.obvious, 1),
    ]),
    ...Object.entries(queries).flatMap(([name, times]) =>
      asked(`a page of 50 by ${name}`, times, name === "text" ? 200 : 20, 1 / 4),
    ),
    ...asked(`trace of ${nodes} events`, trace, 50),
  ];
}

function onPostgres({ append, indexed, queries, trace, bytes, withText }, events) {
  const of = events.toLocaleString("en");
  const asked = (title, { figures, ...measured }, wanted) =>
    table({
      title: `${title}, PostgreSQL`,
      unit: "ms",
      baseline: "the budget",
      lowerIsBetter: true,
      budgets: { "95th percentile": 1 },
      figures: figures.map(({ p95, median }) => ({ "the budget": wanted, "95th percentile": p95, median })),
      ...measured,
    });
  return [
    measuredOnce(`append, batches of 1,000, to ${of}, PostgreSQL`, "events/s", [
      row("empty", append.empty, append.empty),
      row("full", append.full, append.empty, 0.8),
      row("all", append.all, append.empty),
      row("words indexed", indexed, append.empty),
    ]),
    measuredOnce("bytes on disk against the events' own, PostgreSQL", "×", [
      row("raw", 1, 1),
      row("candystore", bytes, 1, 2, true),
      row("with full text", withText, 1, 3, true),
    ]),
    ...Object.entries(queries).map(([name, times]) =>
      asked(`a page of 50 by ${name}`, times, name === "text" ? 200 : 20),
    ),
    asked("trace of 1,000 events", trace, 50),
  ];
}
