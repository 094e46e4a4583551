// A process of its own: fills a store of EVENTS events in FOLDER and prints, as JSON, how many a second of this process's
// time it appends when it is empty and when it is full, the longest batch, and the time to open it, in milliseconds.
// store-ids.mjs EVENTS FOLDER
import path from "node:path";
import { draftOf, shapeJudge } from "../../candystore/dist/record/draft.js";
import { SqliteWriter } from "../../candystore/dist/sqlite/writer.js";
import { deliveries } from "./store-events.mjs";

const [eventsText, folder] = process.argv.slice(2);
const events = Number(eventsText);
const BATCH = 1_000;

// The processor's time is measured: waiting for the disk is left out as far as it can be.
const writer = new SqliteWriter(path.join(folder, "candystore.sqlite"), { synchronous: "normal" });
const spent = [];
let longest = 0;
for (let n = 0; n < events; n += BATCH) {
  const batch = deliveries(n, BATCH);
  const cpu = process.cpuUsage();
  const began = performance.now();
  writer.append(batch.map((delivery) => draftOf(delivery, shapeJudge)));
  longest = Math.max(longest, performance.now() - began);
  const { user, system } = process.cpuUsage(cpu);
  spent.push(user + system);
}
const rate = (batches) => (batches.length * BATCH * 1e6) / batches.reduce((sum, time) => sum + time, 0);
const edge = Math.min(100, Math.floor(spent.length / 4));
const rss = process.memoryUsage().rss;
writer.close();

const began = performance.now();
new SqliteWriter(path.join(folder, "candystore.sqlite")).append([]);
const opened = performance.now() - began;
console.log(
  JSON.stringify({ empty: rate(spent.slice(0, edge)), full: rate(spent.slice(-edge)), longest, rss, opened }),
);
process.exit(0);
