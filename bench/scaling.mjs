import { Cluster, serverScript } from "../faults/cluster/nodes.mjs";
import { compare } from "./harness.mjs";
import { embeddedBroker, load, rabbitmq } from "./subjects.mjs";

const EVENTS = 20_000;

/** What each step costs: the embedded broker, one RabbitMQ, three of them with quorum queues; all on this machine. */
export default async function scaling({ rounds, log }) {
  const rabbit = await rabbitmq();
  if (!rabbit) log("no RabbitMQ listens here: it is left out");
  if (!serverScript()) log("no rabbitmq-server is installed here: the cluster is left out");
  const embedded = await embeddedBroker();
  const cluster = serverScript() && (await Cluster.start());
  const at = (port) => `amqp://guest:guest@127.0.0.1:${port}/`;
  const run =
    (type, ...urls) =>
    () =>
      load("scaling.mjs", type, EVENTS, 1_000, ...urls);
  try {
    return [
      await compare({
        title:
          "events published, confirmed, checked and handled, one publisher and one consumer in a process, window 1,000",
        unit: "events/s confirmed",
        subjects: {
          "the embedded broker": run("classic", at(embedded.port)),
          ...(rabbit && {
            "one RabbitMQ, classic queue": run("classic", at(rabbit.port)),
            "one RabbitMQ, quorum queue": run("quorum", at(rabbit.port)),
          }),
          ...(cluster && { "three RabbitMQ, quorum queue": run("quorum", ...cluster.urls) }),
        },
        baseline: "the embedded broker",
        rounds,
      }),
    ];
  } finally {
    await embedded.stop();
    await cluster?.stop();
  }
}
