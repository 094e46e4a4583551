// A process of its own: `Consumer` (contract checked, typed, acked) against the bare client library under it, which
// parses the JSON and acks. consumer.mjs ours|bare PORT EVENTS PREFETCH [cpu]. Prints events handled a second, of CPU time
// of this process with `cpu`.

import { Consumer } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { EVENT_TYPE, eventBodyOf } from "./body.mjs";
import { clients } from "./clients.mjs";
import { deleteRetries } from "./retries.mjs";

const [who, port, events, window, clock] = process.argv.slice(2);
const total = Number(events);
const prefetch = Number(window);
const queue = `bench.${process.pid}`;
const exchange = "bench.events";
const ours = who === "ours";
const bare = await clients["@cloudamqp/amqp-client"](Number(port), queue, {
  exchange,
  routingKey: EVENT_TYPE,
});
for (let n = 0; n < total; n += 1_000)
  await Promise.all(
    Array.from({ length: Math.min(1_000, total - n) }, (_, i) => bare.publish(eventBodyOf(n + i))),
  );

let got = 0;
let done;
const all = new Promise((resolve) => {
  done = resolve;
});
const handle = () => {
  if (++got === total) done();
};
const consumer = new Consumer(
  {
    url: `amqp://guest:guest@127.0.0.1:${port}/`,
    exchange,
    catalog: loadCatalog(),
    source: { host: "bench", type: "system", app: "bench" },
  },
  { queue, bindings: [], prefetch },
).on(EVENT_TYPE, handle);
const used = process.cpuUsage();
const started = performance.now();
if (ours) await consumer.start();
else
  await bare.consume(prefetch, (body) => {
    JSON.parse(body);
    handle();
  });
await all;
const { user, system } = process.cpuUsage(used);
const seconds = clock === "cpu" ? (user + system) / 1e6 : (performance.now() - started) / 1000;
if (ours) await consumer.close();
await bare.close();
if (ours) await deleteRetries(port, queue);
console.log(Math.round(total / seconds));
process.exit(0);
