import { existsSync } from "node:fs";
import { compare } from "./harness.mjs";
import { embeddedBroker, load } from "./subjects.mjs";

const MESSAGES = 200_000;

/** What routing costs: many wildcard bindings and many routing keys that the broker has not seen, against one of each. */
export default async function busTopics({ rounds }) {
  const broker = await embeddedBroker();
  const measure = (how, ...pid) => {
    const publish = (bindings, keys) => () =>
      load("publish-keys.mjs", broker.port, MESSAGES, 4000, bindings, keys, ...pid);
    return compare({
      title: `publish to a topic exchange, cold routes, pre-encoded load, one connection, window 4,000, ${how}`,
      unit: "msg/s",
      subjects: {
        "1 binding, 1 key": publish(1, 1),
        "1,000 wildcard bindings, 10,000 keys": publish(1000, 10_000),
        "1,000 wildcard bindings, no key twice": publish(1000, MESSAGES),
      },
      baseline: "1 binding, 1 key",
      rounds,
      budgets: { "1,000 wildcard bindings, 10,000 keys": 0.8 },
    });
  };
  try {
    const results = [await measure("by the clock")];
    if (existsSync(`/proc/${broker.pid}/task`))
      results.push(await measure("by the processor's time of the broker's main thread", broker.pid));
    return results;
  } finally {
    await broker.stop();
  }
}
