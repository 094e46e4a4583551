// A process of its own: `Publisher.publish` against the bare client library under it, sending the same bytes.
// publisher.mjs ours|bare PORT EVENTS WINDOW. Prints confirmed events a second.
import { createEnvelope, Publisher } from "@33god/bloodbank";
import { loadCatalog } from "@33god/holyfields";
import { EVENT_TYPE, payload } from "./body.mjs";
import { clients } from "./clients.mjs";

const [who, port, events, window] = process.argv.slice(2);
const total = Number(events);
const source = { host: "bench", type: "system", app: "bench" };
const queue = `bench.${process.pid}`;
const exchange = "bench.events";

const example = createEnvelope(EVENT_TYPE, payload, { source });
// Both publish the same message, mandatory and with all its AMQP properties, to one exchange with one durable queue
// bound to it; the bare client opens that queue for both.
const bare = await clients["@cloudamqp/amqp-client"](
  Number(port),
  queue,
  { exchange, routingKey: EVENT_TYPE },
  {
    mandatory: true,
    properties: {
      messageId: example.event_id,
      correlationId: example.event_id,
      type: EVENT_TYPE,
      appId: source.app,
      timestamp: new Date(),
    },
  },
);
let publish = bare.publish;
let publisher;
if (who === "ours") {
  publisher = new Publisher({
    url: `amqp://guest:guest@127.0.0.1:${port}/`,
    exchange,
    catalog: loadCatalog(),
    source,
  });
  await publisher.start();
  publish = () => publisher.publish(EVENT_TYPE, payload);
}
const body = Buffer.from(JSON.stringify(example));
const started = performance.now();
await new Promise((resolve, reject) => {
  let sent = 0;
  let confirmed = 0;
  const next = () => {
    if (sent >= total) return;
    sent += 1;
    publish(body).then(() => {
      confirmed += 1;
      if (confirmed === total) resolve();
      else next();
    }, reject);
  };
  for (let i = 0; i < Number(window); i += 1) next();
});
const seconds = (performance.now() - started) / 1000;
await publisher?.close();
await bare.close();
console.log(Math.round(total / seconds));
process.exit(0);
