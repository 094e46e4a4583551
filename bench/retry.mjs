import { compare } from "./harness.mjs";
import { embeddedBroker, load, rabbitmq } from "./subjects.mjs";

/**
 * What the events that fail cost those that do not: the same number of events handled at their first attempt, alone, and
 * with one in a hundred more that fail and take the retry ladder's first step. Each event of the second run that fails
 * is work of its own (a copy confirmed, a message more through the broker), which 1 % of the events may well make felt.
 */
export default async function retry({ rounds, log }) {
  const embedded = await embeddedBroker();
  const rabbit = await rabbitmq();
  if (!rabbit) log("no RabbitMQ here: only the embedded broker is measured");
  const results = [];
  try {
    for (const [name, broker] of Object.entries({ "the embedded broker": embedded, RabbitMQ: rabbit })) {
      if (!broker) continue;
      const run = (share, work) => () => load("retry.mjs", share, broker.port, 40_000, 500, work);
      const from = `healthy events handled from ${name}: alone, and with 1 % more that fail once`;
      results.push(
        await compare({
          title: `${from}; each waits 2 ms for something, 100 at a time`,
          unit: "events/s",
          subjects: { "none fails": run(0, 2), "1 % fails": run(0.01, 2) },
          baseline: "none fails",
          rounds,
          budgets: { "1 % fails": 0.95 },
        }),
        await compare({
          title: `${from}; the handler does nothing: what a failure costs in CPU time`,
          unit: "events/s",
          subjects: { "none fails": run(0, 0), "1 % fails": run(0.01, 0) },
          baseline: "none fails",
          rounds,
        }),
      );
    }
  } finally {
    await embedded.stop();
  }
  return results;
}
