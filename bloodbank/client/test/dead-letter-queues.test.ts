import { expect, test } from "vitest";
import { findDeadLetterQueues } from "../src/index.js";

test("dead-letter queues are found by name, argument, policy and through an exchange; retry queues are not", () => {
  const toQueue = (exchange: string, key?: string) => ({
    "dead-letter-exchange": exchange,
    ...(key !== undefined && { "dead-letter-routing-key": key }),
  });
  const asArguments = (facts: Record<string, string>) =>
    Object.fromEntries(Object.entries(facts).map(([name, value]) => [`x-${name}`, value]));
  const found = findDeadLetterQueues(
    [
      { name: "services.a.b" },
      { name: "services.a.b.dlq", message_stats: { publish: 7 } },
      { name: "services.a.b.retry.1s", arguments: asArguments(toQueue("", "services.a.b")) },
      { name: "mine", arguments: asArguments(toQueue("", "my_dlq")) },
      { name: "my_dlq" },
      { name: "ruled", effective_policy_definition: toQueue("", "graves") },
      { name: "graves" },
      { name: "dlx", arguments: asArguments(toQueue("dead")) },
      { name: "fan", effective_policy_definition: toQueue("dead", "k") },
      { name: "corpses" },
      { name: "lost", arguments: asArguments(toQueue("", "nowhere")) },
      { name: "plain", effective_policy_definition: null },
    ],
    [
      { source: "dead", destination: "corpses", destination_type: "queue", routing_key: "k" },
      { source: "dead", destination: "plain", destination_type: "exchange", routing_key: "k" },
    ],
  );
  expect(found).toEqual([
    { name: "corpses", origins: ["dlx", "fan"] },
    { name: "graves", origins: ["ruled"] },
    { name: "my_dlq", origins: ["mine"] },
    { name: "services.a.b.dlq", origins: ["services.a.b"], arrivals: 7 },
  ]);
});
