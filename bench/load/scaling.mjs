// A process of its own: events by the Publisher into one durable queue, then out of it by a Consumer that checks them.
// scaling.mjs TYPE EVENTS WINDOW URL... Prints events a second, confirmed, while the consumer handles them as they come.
import { randomUUID } from "node:crypto";
import { Consumer, Publisher, RETRY_LADDER } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import amqplib from "amqplib";
import { EVENT_TYPE, payload } from "./body.mjs";

const [type, events, window, ...urls] = process.argv.slice(2);
const total = Number(events);
const name = `bench-${randomUUID()}`;
const exchange = `${name}.events`;
const bus = {
  url: urls,
  exchange,
  catalog: loadCatalog(),
  source: { host: "bench", type: "system", app: "bench" },
  queueType: type,
};
let handled = 0;
let all;
const done = new Promise((resolve) => {
  all = resolve;
});
const consumer = new Consumer(bus, { queue: name, prefetch: 500 }).on(EVENT_TYPE, () => {
  if (++handled === total) all();
});
await consumer.start();
const publisher = new Publisher(bus);
await publisher.start();
const started = performance.now();
let sent = 0;
await Promise.all(
  Array.from({ length: Number(window) }, async () => {
    while (sent < total) {
      sent += 1;
      await publisher.publish(EVENT_TYPE, payload);
    }
  }),
);
const seconds = (performance.now() - started) / 1_000;
await done;
await publisher.close();
await consumer.close();
// Queues and exchange go; a RabbitMQ that others use is left as it was.
const connection = await amqplib.connect(urls[0]);
const channel = await connection.createChannel();
for (const suffix of ["", ".dlq", ".suspects", ...RETRY_LADDER.map((rung) => `.retry.${rung.suffix}`)])
  await channel.deleteQueue(`${name}${suffix}`);
await channel.deleteExchange(exchange);
await connection.close();
console.log(Math.round(total / seconds));
process.exit(0);
