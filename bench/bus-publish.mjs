import { compare } from "./harness.mjs";
import { clients } from "./load/clients.mjs";
import { embeddedBroker, floorBroker, load, rabbitmq } from "./subjects.mjs";

/** Confirmed persistent publishing of a 537-byte event into a durable queue, one connection. */
export default async function busPublish({ rounds, log }) {
  const embedded = await embeddedBroker();
  const floor = await floorBroker();
  const rabbit = await rabbitmq();
  if (!rabbit) log("no RabbitMQ here: the embedded broker is measured alone, there is no ratio");
  if (!floor) log("the floor is not at hand: set BENCH_FLOOR to a script that confirms whatever it gets");
  const brokers = { RabbitMQ: rabbit, embedded, floor };
  const subjects = (run) =>
    Object.fromEntries(
      Object.entries(brokers)
        .filter(([, broker]) => broker)
        .map(([name, broker]) => [name, () => run(broker.port, name)]),
    );
  const baseline = rabbit ? "RabbitMQ" : "embedded";
  const results = [];
  try {
    results.push(
      await compare({
        title: "publish, pre-encoded load, one connection, window 4,000",
        unit: "msg/s",
        subjects: subjects((port, name) =>
          load("publish.mjs", port, name === "RabbitMQ" ? 60_000 : 300_000, 4000),
        ),
        baseline,
        rounds,
        budgets: { embedded: 10 },
      }),
    );
    for (const client of Object.keys(clients)) {
      const result = await compare({
        title: `publish by ${client}, window 1,000`,
        unit: "msg/s",
        subjects: subjects((port) => load("client-publish.mjs", client, port, 40_000, 1000)),
        baseline,
        rounds,
        budgets: { embedded: 3 },
      });
      results.push(result);
      const row = (subject) => result.rows.find((r) => r.subject === subject);
      if (floor)
        log(
          `${client}: embedded ÷ floor = ${(row("embedded").median / row("floor").median).toFixed(2)} (budget 0.85)`,
        );
    }
  } finally {
    await embedded.stop();
    await floor?.stop();
  }
  return results;
}
