/**
 * What dies in a queue before the keeper has seen it. A queue's own policy names its dead-letter queue and can be made
 * only when the queue is known; this one is there beforehand, and holds by the convention of names until that one does.
 *
 * It names no routing key: a queue with a dead-letter exchange of its own would inherit it, and its letters would go
 * astray. So the letters go through an exchange into one queue for all; in which queue they died their `x-death` tells.
 * It says nothing of overflow or strategy either, as it may hold for queues whose owner has others in mind: what dies in
 * these first seconds is dead-lettered at most once.
 */
import type { BindingInfo, Policy, QueueInfo } from "../management/answers.js";
import type { ManagementClient } from "../management/client.js";
import type { WantedPolicy } from "./plan.js";

const EXCHANGE = "bloodbank.dead-letters";
const QUEUE = "bloodbank.dlq";
export const NEW_QUEUES_POLICY: WantedPolicy = {
  name: "bloodbank-new-queues",
  // Queues by the convention, without those that belong to another one.
  pattern: "^services\\.(?!.*\\.(dlq|suspects|retry\\.[0-9]+[smh])$)",
  "apply-to": "queues",
  // Any other policy is somebody's wish.
  priority: -1_000_000,
  definition: { "dead-letter-exchange": EXCHANGE },
};

/** Makes what is missing: the policy last, as a policy whose exchange is missing drops what dies. */
export async function keepNewQueues(
  management: ManagementClient,
  state: {
    readonly queues: readonly QueueInfo[];
    readonly bindings: readonly BindingInfo[];
    readonly policies: readonly Policy[];
  },
  queueArguments: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { queues, bindings, policies } = state;
  if (!queues.some(({ name }) => name === QUEUE)) await management.declareQueue(QUEUE, queueArguments);
  if (!bindings.some(({ source, destination }) => source === EXCHANGE && destination === QUEUE)) {
    await management.declareExchange(EXCHANGE, "fanout");
    await management.bindQueue(EXCHANGE, QUEUE);
  }
  if (
    !policies.some(
      ({ name, pattern }) => name === NEW_QUEUES_POLICY.name && pattern === NEW_QUEUES_POLICY.pattern,
    )
  )
    await management.putPolicy(NEW_QUEUES_POLICY);
}
