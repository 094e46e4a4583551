import { compare } from "./harness.mjs";
import { embeddedBroker, load, rabbitmq } from "./subjects.mjs";

/** `Publisher.publish` (enveloped, validated, confirmed) against the bare client library, on each broker. */
export default async function publisher({ rounds, log }) {
  const embedded = await embeddedBroker();
  const rabbit = await rabbitmq();
  if (!rabbit) log("no RabbitMQ here: only the embedded broker is measured");
  const results = [];
  try {
    for (const [name, broker] of Object.entries({ "the embedded broker": embedded, RabbitMQ: rabbit })) {
      if (!broker) continue;
      const run = (who) => () => load("publisher.mjs", who, broker.port, 40_000, 1000);
      results.push(
        await compare({
          title: `publish to ${name}, window 1,000: ours (envelope, contract, confirm) and the bare client library sending the same message`,
          unit: "events/s",
          subjects: { "bare client": run("bare"), Publisher: run("ours") },
          baseline: "bare client",
          rounds,
          budgets: { Publisher: 0.8 },
        }),
      );
    }
  } finally {
    await embedded.stop();
  }
  return results;
}
