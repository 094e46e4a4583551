import path from "node:path";
import { root } from "../scripts/bootstrap.mjs";
import { freePort } from "../scripts/free-port.mjs";
import { compare } from "./harness.mjs";
import { clients } from "./load/clients.mjs";
import { embeddedBroker, listening, load, rabbitmq, start } from "./subjects.mjs";

/** Answers and sends, and does nothing else: what a client can take at most; see ADR 0011. */
async function ceiling() {
  const port = await freePort();
  const process_ = await start([path.join(root, "bench/load/ceiling-broker.mjs"), String(port)]);
  await listening(port);
  return { port, stop: process_.stop };
}

/** Consuming a filled durable queue of 537-byte persistent events with acks, prefetch 500. */
export default async function busConsume({ rounds, log }) {
  const embedded = await embeddedBroker();
  const most = await ceiling();
  const rabbit = await rabbitmq();
  if (!rabbit) log("no RabbitMQ here: the embedded broker is measured alone, there is no ratio");
  const brokers = { ...(rabbit && { RabbitMQ: rabbit }), embedded };
  const subjects = (measured, run) =>
    Object.fromEntries(Object.entries(measured).map(([name, broker]) => [name, () => run(broker.port)]));
  const baseline = rabbit ? "RabbitMQ" : "embedded";
  const results = [];
  try {
    results.push(
      await compare({
        title: "consume and ack, raw, prefetch 500, ack of 100 at a time",
        unit: "msg/s",
        subjects: subjects(brokers, (port) => load("consume.mjs", port, 100_000, 500)),
        baseline,
        rounds,
        budgets: { embedded: 4 },
      }),
    );
    for (const client of Object.keys(clients)) {
      const consume = (...clock) =>
        subjects({ ...brokers, "the client's ceiling": most }, (port) =>
          load("client-consume.mjs", client, port, 40_000, 500, ...clock),
        );
      results.push(
        await compare({
          title: `consume and ack each by ${client}, prefetch 500`,
          unit: "msg/s",
          subjects: consume(),
          baseline,
          rounds,
          // What rabbitmq-client can take at most is less than 3 × what it takes from RabbitMQ: ADR 0011.
          budgets: client === "rabbitmq-client" ? {} : { embedded: 3 },
        }),
        await compare({
          title: `consume and ack each by ${client}, prefetch 500, by CPU time of the client`,
          unit: "msg/s",
          subjects: consume("cpu"),
          baseline: "the client's ceiling",
          rounds,
          budgets: { embedded: 0.9 },
        }),
      );
    }
  } finally {
    await embedded.stop();
    await most.stop();
  }
  return results;
}
