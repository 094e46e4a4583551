/** The registry against a running broker: every queue is there, and is bound with its routing keys and no others. */
import type { Finding } from "../finding.js";
import { queuesOf, type Registry } from "../registry.js";

/** One binding of the events exchange, as the broker's management API tells it. */
export interface Binding {
  readonly queue: string;
  readonly routingKey: string;
}

/**
 * @param queues names of all queues there are
 * @param bindings those of the registry's exchange
 * @param names what a queue that is named by a variable is called now
 */
export function checkBindings(
  registry: Registry,
  queues: readonly string[],
  bindings: readonly Binding[],
  names: Readonly<Record<string, string | undefined>> = {},
): readonly Finding[] {
  const known = new Set(queues);
  const registered = new Set<string>();
  const found: Finding[] = [];
  for (const [service, entry] of Object.entries(registry.services)) {
    const { queue_variable = "", status, external = false } = entry;
    const finding = (rule: Finding["rule"], severity: Finding["severity"], message: string) =>
      found.push({ rule, severity, pointer: `/services/${service}`, message, service });
    for (const { queue: written, routingKeys } of queuesOf(entry)) {
      const queue = names[queue_variable] ?? written;
      registered.add(queue);
      if (!known.has(queue)) {
        if (status === "active" && !external)
          finding("LIVE_QUEUE", "error", `${service} is active, and the broker has no queue ${queue}`);
        continue;
      }
      const bound = bindings.filter((binding) => binding.queue === queue).map(({ routingKey }) => routingKey);
      for (const key of routingKeys)
        if (!bound.includes(key)) finding("LIVE_BINDING", "error", `${queue} is not bound with ${key}`);
      for (const key of bound)
        if (!routingKeys.includes(key))
          finding("LIVE_BINDING", "error", `${queue} is bound with ${key}, which its entry does not say`);
    }
  }
  for (const queue of new Set(bindings.map((binding) => binding.queue)))
    if (!registered.has(queue))
      found.push({
        rule: "LIVE_UNREGISTERED",
        severity: "warning",
        pointer: "/services",
        message: `${queue} gets events and belongs to no service of the registry`,
      });
  return found;
}
