// A process of its own: a consumer, ours or one of the least that there can be, and a queue in which one event in a hundred is
// weak. A weak one fails at its first attempt, or, with `none`, is handled like the others: the same deliveries.
// retry.mjs ours|nack|copy none|weak|share PORT EVENTS PREFETCH WORK. Prints healthy events handled a second, of a consumer
// that has run for a while: of CPU time of this process, with all that a failure takes up to its second attempt, where WORK,
// the milliseconds that a handler waits for something, is 0; else by the clock, until the last healthy one is handled.
// With `share`, what is left of the rate of the first when the second is measured in the same process: two processes that do
// the same differ by more than what is asked for. In the order none, weak, weak, none, as a process grows quicker.
import { setTimeout as sleep } from "node:timers/promises";
import { Consumer } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { EVENT_TYPE, eventBodyOf } from "./body.mjs";
import { clients } from "./clients.mjs";
import { deleteRetries } from "./retries.mjs";
import { leastConsumer } from "./retry-least.mjs";

const [who, asked, port, events, prefetch, work] = process.argv.slice(2);
const queue = `bench.${process.pid}`;
const exchange = "bench.events";
const bare = await clients["@cloudamqp/amqp-client"](Number(port), queue, {
  exchange,
  routingKey: EVENT_TYPE,
});
const SHARE = 0.01;
/** The first part is not measured: a function is compiled once for a process, and not once for a failure. */
const WARM_UP = Number(work) > 10 ? 5_000 : 20_000;
const WARM_UP_SHARE = 0.1;

/** What is awaited now. Spread evenly: each `every`th is weak. */
const part = { every: 1, healthy: 0, weak: 0, healthyDone() {}, weakDone() {} };
let published = 0;
let failing = asked !== "none";

/** Publishes this many, a share of them weak. */
async function publish(count, share) {
  const every = Math.round(1 / share);
  const numbers = Array.from({ length: count }, () => published++);
  part.every = every;
  part.weak = numbers.filter((n) => n % every === 0).length;
  part.healthy = count - part.weak;
  for (let n = 0; n < numbers.length; n += 1_000)
    await Promise.all(numbers.slice(n, n + 1_000).map((each) => bare.publish(eventBodyOf(each))));
  const healthyDone = new Promise((resolve) => {
    part.healthyDone = resolve;
  });
  const weakDone = new Promise((resolve) => {
    part.weakDone = resolve;
  });
  return { count: part.healthy, healthyDone, allDone: Promise.all([healthyDone, weakDone]) };
}

async function handler({ event_id }, { attempt }) {
  const weak = Number.parseInt(event_id.slice(-8), 16) % part.every === 0;
  if (Number(work) > 0) await sleep(Number(work));
  if (!weak) {
    if (--part.healthy === 0) part.healthyDone();
    return;
  }
  if (failing && attempt === 1) throw new Error("not yet");
  if (--part.weak === 0) part.weakDone();
}

const settings = { prefetch: Number(prefetch), concurrency: Number(work) > 0 ? 100 : 10 };
const ours = () =>
  new Consumer(
    {
      url: `amqp://guest:guest@127.0.0.1:${port}/`,
      exchange,
      catalog: loadCatalog(),
      source: { host: "bench", type: "system", app: "bench" },
    },
    { queue, bindings: [], ...settings },
  ).on(EVENT_TYPE, handler);
const consumer =
  who === "ours"
    ? ours()
    : await leastConsumer(Number(port), queue, {
        move: who,
        exchange,
        routingKey: EVENT_TYPE,
        handler,
        ...settings,
      });

/** Seconds for so many healthy events, and how many these were. */
async function measure() {
  const measured = await publish(Number(events), SHARE);
  const used = process.cpuUsage();
  const started = performance.now();
  await consumer.resume();
  await measured.healthyDone;
  const elapsed = (performance.now() - started) / 1_000;
  // All that failed is handled in the end, or this never ends.
  await measured.allDone;
  const { user, system } = process.cpuUsage(used);
  return { count: measured.count, seconds: Number(work) === 0 ? (user + system) / 1e6 : elapsed };
}

async function share() {
  const seconds = { false: 0, true: 0 };
  for (const weak of [false, true, true, false]) {
    failing = weak;
    seconds[weak] += (await measure()).seconds;
    await consumer.pause();
  }
  return seconds.false / seconds.true;
}

async function rate() {
  const { count, seconds } = await measure();
  return Math.round(count / seconds);
}

const warmUp = await publish(WARM_UP, WARM_UP_SHARE);
await consumer.start();
await warmUp.allDone;
await consumer.pause();

const figure = await (asked === "share" ? share() : rate());
await consumer.close();
await bare.close();
await deleteRetries(port, queue);
console.log(figure);
process.exit(0);
