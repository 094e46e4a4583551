import { compare } from "./harness.mjs";
import { clients } from "./load/clients.mjs";
import { embeddedBroker, load, rabbitmq } from "./subjects.mjs";

/** Consuming a filled durable queue of 537-byte persistent events with acks, prefetch 500. */
export default async function busConsume({ rounds, log }) {
  const embedded = await embeddedBroker();
  const rabbit = await rabbitmq();
  if (!rabbit) log("no RabbitMQ here: the embedded broker is measured alone, there is no ratio");
  const brokers = { RabbitMQ: rabbit, embedded };
  const subjects = (run) =>
    Object.fromEntries(
      Object.entries(brokers)
        .filter(([, broker]) => broker)
        .map(([name, broker]) => [name, () => run(broker.port)]),
    );
  const baseline = rabbit ? "RabbitMQ" : "embedded";
  const results = [];
  try {
    results.push(
      await compare({
        title: "consume and ack, raw, prefetch 500, ack of 100 at a time",
        unit: "msg/s",
        subjects: subjects((port) => load("consume.mjs", port, 100_000, 500)),
        baseline,
        rounds,
        budgets: { embedded: 4 },
      }),
    );
    for (const client of Object.keys(clients)) {
      results.push(
        await compare({
          title: `consume and ack each by ${client}, prefetch 500`,
          unit: "msg/s",
          subjects: subjects((port) => load("client-consume.mjs", client, port, 40_000, 500)),
          baseline,
          rounds,
          budgets: { embedded: 3 },
        }),
      );
    }
  } finally {
    await embedded.stop();
  }
  return results;
}
