import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { load } from "./store-load.mjs";

/**
 * What an append costs in a store of 5 million events (`BENCH_EVENTS` for another number) against an empty one, by the
 * processor's time: with ids of version 7, as our publishers send them, and of version 4. Each store is filled once.
 */
export default async function storeIds({ log }) {
  const events = Number(process.env.BENCH_EVENTS ?? 5_000_000);
  const tables = [];
  for (const ids of ["ordered", "random"]) {
    const folder = await mkdtemp(path.join(tmpdir(), "bloodbank-bench-"));
    try {
      log(`${events.toLocaleString("en")} events with ${ids} ids in ${folder}`);
      const found = await load(events, folder, { script: "store-ids.mjs", env: { BENCH_IDS: ids } });
      log(
        `longest batch ${Math.round(found.longest)} ms, opened in ${Math.round(found.opened)} ms, ${found.rss >> 20} MB`,
      );
      tables.push(table(`append with ${ids} ids, at ${events.toLocaleString("en")} against empty`, found));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return tables;
}

function table(title, { empty, full }) {
  const row = (subject, figure) => ({
    subject,
    median: figure,
    min: figure,
    max: figure,
    ratio: figure / empty,
    ratioMin: figure / empty,
    ratioMax: figure / empty,
  });
  const asked = { ...row("full", full), budget: 0.8, kept: full / empty >= 0.8 };
  return { title, unit: "events/s", baseline: "empty", rounds: 1, rows: [row("empty", empty), asked] };
}
