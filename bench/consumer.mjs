import { compare } from "./harness.mjs";
import { embeddedBroker, load, rabbitmq } from "./subjects.mjs";

/** `Consumer` (contract checked, typed, acked) against the bare client library that parses and acks, on each broker. */
export default async function consumer({ rounds, log }) {
  const embedded = await embeddedBroker();
  const rabbit = await rabbitmq();
  if (!rabbit) log("no RabbitMQ here: only the embedded broker is measured");
  const results = [];
  try {
    for (const [name, broker] of Object.entries({ "the embedded broker": embedded, RabbitMQ: rabbit })) {
      if (!broker) continue;
      for (const clock of ["wall", "cpu"]) {
        const run = (who) => () => load("consumer.mjs", who, broker.port, 40_000, 500, clock);
        results.push(
          await compare({
            title: `consume from ${name}, prefetch 500, ack each${clock === "cpu" ? ", by CPU time of the consumer" : ""}: ours (contract, typed event) and the bare client library with JSON.parse`,
            unit: "events/s",
            subjects: { "bare client": run("bare"), Consumer: run("ours") },
            baseline: "bare client",
            rounds,
            budgets: { Consumer: 0.8 },
          }),
        );
      }
    }
  } finally {
    await embedded.stop();
  }
  return results;
}
