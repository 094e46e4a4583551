import { compare } from "./harness.mjs";
import { embeddedBroker, load, rabbitmq } from "./subjects.mjs";

const MEASURES = [
  ["transient", 50, "(budget 1 ms)"],
  ["transient", 99, ""],
  ["durable", 50, ""],
  ["durable", 99, "(budget 10 ms)"],
];

/** From publish to delivery at 1,000 messages a second: median and 99th percentile, without and with durability. */
export default async function busLatency({ rounds, log }) {
  const embedded = await embeddedBroker();
  const rabbit = await rabbitmq();
  if (!rabbit) log("no RabbitMQ here: the embedded broker is measured alone, there is no ratio");
  const results = [];
  try {
    for (const [kind, percentile, budget] of MEASURES) {
      const run = (port) => () => load("latency.mjs", port, 1000, 3, kind, percentile);
      results.push(
        await compare({
          title: `publish to delivery, ${kind}, 1,000 messages/s, p${percentile} ${budget}`.trim(),
          unit: "ms",
          subjects: { ...(rabbit && { RabbitMQ: run(rabbit.port) }), embedded: run(embedded.port) },
          baseline: rabbit ? "RabbitMQ" : "embedded",
          rounds,
          lowerIsBetter: true,
        }),
      );
    }
  } finally {
    await embedded.stop();
  }
  return results;
}
