import type { Publisher } from "@33god/bloodbank";
import { type BusOptions, DeadLetters, deadLetterQueue, findDeadLetterQueues } from "@33god/bloodbank";
import { queuesOf, type Registry } from "@33god/registry/entries";
import type { Config } from "../config/contract.js";
import type { ManagementClient } from "../management/client.js";
import { QUARANTINE_QUEUE } from "../start/bus.js";

export interface DeadLetterParts {
  readonly config: Config;
  readonly registry: Registry;
  readonly bus: BusOptions;
  readonly publisher: Publisher;
  readonly management: ManagementClient | undefined;
}

/** Not started yet. Where the broker does not tell its queues, those of the registry's services are looked at. */
export function openDeadLetters({
  config,
  registry,
  bus,
  publisher,
  management,
}: DeadLetterParts): DeadLetters {
  const registered = () => [
    { name: config.storeDeadLetterQueue, origins: [config.storeQueue] },
    ...Object.values(registry.services)
      .filter(({ queue_variable }) => queue_variable === undefined)
      .flatMap((entry) => queuesOf(entry))
      .map(({ queue }) => ({ name: deadLetterQueue(queue), origins: [queue] })),
  ];
  return new DeadLetters(bus, {
    publisher,
    async quarantine() {
      const queues = (await management?.queues().catch(() => undefined)) ?? [];
      const facts = queues.find(({ name }) => name === QUARANTINE_QUEUE);
      return {
        name: QUARANTINE_QUEUE,
        origins: [],
        ...(facts && { arrivals: facts.message_stats?.publish ?? 0 }),
      };
    },
    async queues() {
      if (management === undefined) return registered();
      try {
        const [queues, bindings] = await Promise.all([management.queues(), management.bindings()]);
        return findDeadLetterQueues(queues, bindings);
      } catch {
        return registered();
      }
    },
  });
}
