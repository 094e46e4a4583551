/** The registry's entries with what is seen of them: queues, consumers, connections, processes. */
import { deadLetterQueue } from "@33god/bloodbank";
import { queuesOf, type Registry, type ServiceEntry } from "@33god/registry/entries";
import type { ServiceProcessStatus } from "../supervise/contract.js";
import type { BrokerFacts } from "./broker-view.js";

export interface ObservedService {
  readonly connected?: boolean;
  readonly consumers?: number;
  readonly depth?: number;
  readonly unacked?: number;
  /** Messages a second that it takes. */
  readonly rate?: number;
  /** Messages of it that were given up. */
  readonly failures?: number;
}

export type ServiceAnswer = Omit<ServiceEntry, "queue_name" | "run"> & {
  readonly queue_names: readonly string[];
  readonly observed: ObservedService;
  /** `null` where the platform does not run it. */
  readonly process: ServiceProcessStatus | null;
};

export interface ServiceFacts {
  readonly broker: BrokerFacts | undefined;
  readonly processes: ReadonlyMap<string, ServiceProcessStatus>;
  /** What queues that are named by a variable are called now. */
  readonly names: Readonly<Record<string, string | undefined>>;
  /** Dead-letter queues that are not called by the rule. */
  readonly deadLetterQueues: ReadonlyMap<string, string>;
  /** Connected parts of the platform itself, by the name that they have in the registry. */
  readonly own: ReadonlyMap<string, boolean>;
}

export function observedServices(registry: Registry, facts: ServiceFacts): readonly ServiceAnswer[] {
  return Object.values(registry.services).map((entry) => {
    const { queue_name: _queue, run: _run, ...rest } = entry;
    const queues = queueNames(entry, facts.names);
    return {
      ...rest,
      queue_names: queues,
      observed: observe(entry, queues, facts),
      process: facts.processes.get(entry.name) ?? null,
    };
  });
}

/** Its queues as they are called now. */
export function queueNames(entry: ServiceEntry, names: ServiceFacts["names"]): readonly string[] {
  const renamed = entry.queue_variable === undefined ? undefined : names[entry.queue_variable];
  return renamed === undefined ? queuesOf(entry).map(({ queue }) => queue) : [renamed];
}

function observe(entry: ServiceEntry, queues: readonly string[], facts: ServiceFacts): ObservedService {
  const { broker } = facts;
  const own = facts.own.get(entry.name);
  const process = facts.processes.get(entry.name);
  if (broker === undefined) {
    const connected = own ?? (process && process.state === "running");
    return connected === undefined ? {} : { connected };
  }
  const found = queues.map((name) => broker.queues.get(name)).filter((queue) => queue !== undefined);
  const sum = (numbers: readonly (number | undefined)[]) => numbers.reduce<number>((a, b) => a + (b ?? 0), 0);
  const consumers = sum(found.map((queue) => queue.consumers));
  const dead = queues.map(
    (name) => broker.queues.get(facts.deadLetterQueues.get(name) ?? deadLetterQueue(name))?.messages,
  );
  return {
    connected: own ?? (queues.length > 0 ? consumers > 0 : isConnected(entry.name, broker)),
    consumers,
    ...(found.length > 0 && {
      depth: sum(found.map((queue) => queue.messages_ready)),
      unacked: sum(found.map((queue) => queue.messages_unacknowledged)),
      rate: sum(found.map((queue) => queue.message_stats?.deliver_get_details?.rate)),
    }),
    failures: sum(dead),
  };
}

/** A producer without a queue is known by the name of its connection, which our client gives it. */
function isConnected(name: string, { connections }: BrokerFacts): boolean {
  return connections.some((connection) => {
    const given = connection.user_provided_name ?? connection.client_properties?.connection_name;
    return typeof given === "string" && (given === name || given.startsWith(`${name} `));
  });
}
