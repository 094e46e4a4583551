// A process of its own: a `Consumer` whose handler fails at the first attempt of some events.
// retry.mjs SHARE PORT EVENTS PREFETCH WORK. Prints healthy events handled a second: of CPU time of this process where WORK,
// the milliseconds that a handler waits for something, is 0; else by the clock.
import { setTimeout as sleep } from "node:timers/promises";
import { Consumer } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { EVENT_TYPE, eventBodyOf } from "./body.mjs";
import { clients } from "./clients.mjs";
import { deleteRetries } from "./retries.mjs";

const [share, port, events, prefetch, work] = process.argv.slice(2);
const healthy = Number(events);
const failing = Math.round(healthy * Number(share));
const total = healthy + failing;
const queue = `bench.${process.pid}`;
const exchange = "bench.events";
const bare = await clients["@cloudamqp/amqp-client"](Number(port), queue, {
  exchange,
  routingKey: EVENT_TYPE,
});
for (let n = 0; n < total; n += 1_000)
  await Promise.all(
    Array.from({ length: Math.min(1_000, total - n) }, (_, i) => bare.publish(eventBodyOf(n + i))),
  );

/** Spread evenly. Asked for each event in either run: only what follows may make the difference. */
const every = Math.round(healthy / Math.max(failing, 1));
const chosen = (id) => Number.parseInt(id.slice(-8), 16) % every === every - 1;
const expected =
  failing === 0
    ? 0
    : Array.from({ length: total }, (_, n) => n).filter((n) => n % every === every - 1).length;
let handled = 0;
let retried = 0;
let healthyDone;
let allDone;
const firstAttempts = new Promise((resolve) => {
  healthyDone = resolve;
});
const secondAttempts = new Promise((resolve) => {
  allDone = resolve;
});
const consumer = new Consumer(
  {
    url: `amqp://guest:guest@127.0.0.1:${port}/`,
    exchange,
    catalog: loadCatalog(),
    source: { host: "bench", type: "system", app: "bench" },
  },
  { queue, bindings: [], prefetch: Number(prefetch), concurrency: Number(work) > 0 ? 100 : 10 },
).on(EVENT_TYPE, async ({ event_id }, { attempt }) => {
  const fails = chosen(event_id) && failing > 0;
  if (Number(work) > 0) await sleep(Number(work));
  if (!fails) {
    if (++handled === total - expected) healthyDone();
    return;
  }
  if (attempt === 1) throw new Error("not yet");
  if (++retried === expected) allDone();
});
const used = process.cpuUsage();
const started = performance.now();
await consumer.start();
await firstAttempts;
const { user, system } = process.cpuUsage(used);
const seconds = Number(work) === 0 ? (user + system) / 1e6 : (performance.now() - started) / 1000;
// All that failed is handled in the end, or this never ends.
if (expected > 0) await secondAttempts;
await consumer.close();
await bare.close();
await deleteRetries(port, queue);
console.log(Math.round((total - expected) / seconds));
process.exit(0);
