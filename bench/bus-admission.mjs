import { setTimeout as sleep } from "node:timers/promises";
import { EVENTS_EXCHANGE } from "@33god/bloodbank";
import { compare } from "./harness.mjs";
import { admittingBroker, embeddedBroker, load, platform, rabbitmq } from "./subjects.mjs";

const EVENTS = 60_000;
const MANAGER = { headers: { authorization: `Basic ${Buffer.from("guest:guest").toString("base64")}` } };

/** Nothing is left to record, which would take its time from whoever is measured next. */
async function rest({ management }) {
  for (;;) {
    const queues = await (await fetch(`http://127.0.0.1:${management}/api/queues`, MANAGER)).json();
    if (queues.every((queue) => queue.messages === 0)) return;
    await sleep(50);
  }
}

/**
 * Confirmed persistent publishing of known 537-byte events while admission checks each of them: to the broker, and to the
 * whole platform as it is by default, which records them as well, on the same processors.
 */
export default async function busAdmission({ rounds, log }) {
  const rabbit = await rabbitmq();
  if (!rabbit) log("no RabbitMQ here: the embedded broker is measured alone, there is no ratio");
  const embedded = await embeddedBroker();
  const admitting = await admittingBroker();
  const whole = await platform();
  const publish = (port, ...exchange) => load("publish-events.mjs", port, EVENTS, 4000, ...exchange);
  try {
    return [
      await compare({
        title: "publish events of a known type, pre-encoded load, one connection, window 4,000",
        unit: "events/s",
        subjects: {
          ...(rabbit && { RabbitMQ: () => publish(rabbit.port) }),
          "embedded, no admission": () => publish(embedded.port),
          "embedded, admission enforced": () => publish(admitting.port, EVENTS_EXCHANGE),
          "bb up: admission enforced, recorded": async () => {
            const figure = await publish(whole.port, EVENTS_EXCHANGE);
            await rest(whole);
            return figure;
          },
        },
        baseline: rabbit ? "RabbitMQ" : "embedded, no admission",
        rounds,
        budgets: rabbit
          ? { "embedded, admission enforced": 5, "bb up: admission enforced, recorded": 5 }
          : {},
      }),
    ];
  } finally {
    await whole.stop();
    await admitting.stop();
    await embedded.stop();
  }
}
