import { compare } from "./harness.mjs";
import { embeddedBroker, load } from "./subjects.mjs";

/** What routing costs: many wildcard bindings and many routing keys that the broker has not seen, against one of each. */
export default async function busTopics({ rounds }) {
  const broker = await embeddedBroker();
  const publish = (bindings, keys) => () =>
    load("publish-keys.mjs", broker.port, 200_000, 4000, bindings, keys);
  try {
    return [
      await compare({
        title: "publish to a topic exchange, cold routes, pre-encoded load, one connection, window 4,000",
        unit: "msg/s",
        subjects: {
          "1 binding, 1 key": publish(1, 1),
          "1,000 wildcard bindings, 10,000 keys": publish(1000, 10_000),
          "1,000 wildcard bindings, no key twice": publish(1000, 200_000),
        },
        baseline: "1 binding, 1 key",
        rounds,
        budgets: { "1,000 wildcard bindings, 10,000 keys": 0.8 },
      }),
    ];
  } finally {
    await broker.stop();
  }
}
