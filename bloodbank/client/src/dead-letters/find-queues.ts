/** Which queues hold dead letters: found from what the broker's management API tells, not from names alone. */
import type { DeadLetterQueue } from "./contract.js";

/** A row of the management API's `/api/queues`, as far as it matters here. */
export interface QueueFacts {
  readonly name: string;
  readonly arguments?: Readonly<Record<string, unknown>>;
  readonly effective_policy_definition?: Readonly<Record<string, unknown>> | null;
  readonly message_stats?: { readonly publish?: number };
}

/** A row of `/api/bindings`. */
export interface BindingFacts {
  readonly source: string;
  readonly destination: string;
  readonly destination_type: string;
  readonly routing_key: string;
}

/** Queues of the retry ladder dead-letter too, back to their own queue: that is not the end of anything. */
const RETRY = /\.retry\.\w+$/;
const CONVENTION = ".dlq";

/**
 * Every queue that others dead-letter into, by argument or policy, directly or through an exchange of theirs, and
 * every `<queue>.dlq`. Sorted by name.
 */
export function findDeadLetterQueues(
  queues: readonly QueueFacts[],
  bindings: readonly BindingFacts[] = [],
): readonly DeadLetterQueue[] {
  const facts = new Map(queues.map((queue) => [queue.name, queue]));
  const origins = new Map<string, Set<string>>();
  const note = (target: string, origin: string | undefined) => {
    if (!facts.has(target)) return;
    const known = origins.get(target) ?? new Set();
    if (origin !== undefined && origin !== target) known.add(origin);
    origins.set(target, known);
  };
  for (const queue of queues) {
    if (RETRY.test(queue.name)) continue;
    if (queue.name.endsWith(CONVENTION)) {
      const origin = queue.name.slice(0, -CONVENTION.length);
      note(queue.name, facts.has(origin) ? origin : undefined);
    }
    const exchange = deadLetterFact(queue, "dead-letter-exchange");
    if (exchange === undefined) continue;
    const key = deadLetterFact(queue, "dead-letter-routing-key");
    if (exchange === "") note(key ?? queue.name, queue.name);
    else
      for (const { source, destination, destination_type, routing_key } of bindings)
        if (
          source === exchange &&
          destination_type === "queue" &&
          (key === undefined || reaches(routing_key, key))
        )
          note(destination, queue.name);
  }
  return [...origins]
    .map(([name, from]) => {
      const arrivals = facts.get(name)?.message_stats?.publish;
      return { name, origins: [...from].sort(), ...(arrivals !== undefined && { arrivals }) };
    })
    .filter(({ name, origins: from }) => from.length > 0 || name.endsWith(CONVENTION))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** An argument wins over the policy, as in RabbitMQ. */
function deadLetterFact(queue: QueueFacts, name: string): string | undefined {
  const value = queue.arguments?.[`x-${name}`] ?? queue.effective_policy_definition?.[name];
  return typeof value === "string" ? value : undefined;
}

/** Generous: a fanout ignores keys, a topic matches patterns, and showing one queue too many does no harm. */
function reaches(bindingKey: string, key: string): boolean {
  return bindingKey === key || bindingKey === "" || /[*#]/.test(bindingKey);
}
