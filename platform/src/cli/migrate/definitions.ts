/** What of a broker's definitions goes along, and how queues change with their type. */
import { RETRY_LADDER } from "@33god/bloodbank";
import type { Definitions, QueueDefinition } from "./management.js";

export type QueueType = "classic" | "quorum";

/** What quorum queues do not have. RabbitMQ would refuse the queue for it. */
const CLASSIC_ONLY = ["x-max-priority", "x-queue-mode", "x-queue-version", "x-queue-master-locator"];
const RETRY = new RegExp(`\\.retry\\.(${RETRY_LADDER.map(({ suffix }) => suffix).join("|")})$`);

/** What lives longer than a connection; with the type that queues are to have there. */
export function wanted(definitions: Definitions, type: QueueType | undefined): Definitions {
  const { exchanges = [], queues = [], bindings = [], policies = [] } = definitions;
  return {
    exchanges,
    queues: queues
      .filter(({ durable, auto_delete }) => durable !== false && auto_delete !== true)
      .map((queue) => (type === undefined ? queue : ofType(queue, type))),
    bindings,
    policies,
  };
}

function ofType(queue: QueueDefinition, type: QueueType): QueueDefinition {
  const { "x-queue-type": was, ...rest } = queue.arguments ?? {};
  if (was === "stream") return queue;
  if (type === "classic") return { ...queue, arguments: { ...rest, "x-queue-type": type } };
  const kept = Object.fromEntries(Object.entries(rest).filter(([name]) => !CLASSIC_ONLY.includes(name)));
  // As the client declares a rung of the ladder where queues are quorum queues.
  const atLeastOnce = RETRY.test(queue.name) && {
    "x-dead-letter-strategy": "at-least-once",
    "x-overflow": "reject-publish",
  };
  return { ...queue, arguments: { ...kept, ...atLeastOnce, "x-queue-type": type } };
}
