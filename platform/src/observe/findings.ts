/** Where declared and observed differ, each with what it means and what to do. */
import { topicMatcher } from "@33god/bloodbank";
import type { TopologyFacts } from "./topology.js";
import { boundQueues, queuesAsNamed } from "./topology.js";

export const FINDING_CODES = {
  NOT_CONNECTED: "A service is declared as active and is not connected.",
  QUEUE_MISSING: "A declared queue does not exist.",
  BINDING_MISSING: "A declared binding does not exist.",
  BINDING_UNDECLARED: "A queue has a binding that its entry does not say.",
  UNDECLARED_QUEUE: "A queue gets events and belongs to no service.",
  UNDECLARED_PRODUCER: "Somebody publishes who is not in the registry.",
  NOBODY_PRODUCES: "An event was published that no service declares to produce.",
  NOBODY_CONSUMES: "An event was published that no service consumes.",
  BACKLOG: "Messages wait and nobody takes them.",
  DEAD_LETTERS: "Messages were given up.",
  NOT_OBSERVED: "The broker's management API does not answer.",
} as const;

export interface TopologyFinding {
  readonly code: keyof typeof FINDING_CODES;
  readonly severity: "error" | "warning" | "info";
  /** A node's id. */
  readonly subject: string;
  readonly message: string;
  readonly hint?: string;
}

const number = (count: number): string => count.toLocaleString("en");

export function findings(
  facts: TopologyFacts,
  declaredQueues: ReadonlySet<string>,
): readonly TopologyFinding[] {
  const { broker } = facts;
  if (broker === undefined)
    return [
      {
        code: "NOT_OBSERVED",
        severity: "warning",
        subject: facts.exchange,
        message: "The broker's management API does not answer: everything is shown as it is declared.",
        hint: "Set RABBITMQ_MANAGEMENT_URL, or enable the plugin rabbitmq_management.",
      },
    ];
  return [...ofServices(facts), ...ofQueues(facts, declaredQueues), ...ofTraffic(facts)];
}

function* ofServices(facts: TopologyFacts): Generator<TopologyFinding> {
  const { broker, exchange, registry, services } = facts;
  for (const { name, observed, status, external, process } of services) {
    const entry = registry.services[name];
    if (entry === undefined || status !== "active" || external === true) continue;
    const subject = `consumer:${name}`;
    for (const { queue, routingKeys } of queuesAsNamed(entry, facts)) {
      const found = broker?.queues.get(queue);
      if (found === undefined) {
        yield {
          code: "QUEUE_MISSING",
          severity: "error",
          subject: `queue:${queue}`,
          message: `${name} is active, and its queue ${queue} does not exist.`,
          hint: "It is declared when the service connects, or when the platform starts.",
        };
        continue;
      }
      const bound = (broker?.bindings ?? [])
        .filter(({ source, destination }) => source === exchange && destination === queue)
        .map(({ routing_key }) => routing_key);
      for (const key of routingKeys)
        if (!bound.includes(key))
          yield {
            code: "BINDING_MISSING",
            severity: "error",
            subject: `queue:${queue}`,
            message: `${queue} is not bound with ${key}: it gets none of these events.`,
            hint: `Restart ${name}, or bind it: rabbitmqadmin declare binding source=${exchange} destination=${queue} routing_key='${key}'`,
          };
      for (const key of bound)
        if (!routingKeys.includes(key))
          yield {
            code: "BINDING_UNDECLARED",
            severity: "warning",
            subject: `queue:${queue}`,
            message: `${queue} is bound with ${key}, which ${name}'s entry does not say.`,
            hint: "Remove the binding, or add the key to services/registry.yaml.",
          };
    }
    if (observed.connected === false)
      yield {
        code: "NOT_CONNECTED",
        severity: (observed.depth ?? 0) > 0 ? "error" : "warning",
        subject: (entry.produces?.length ?? 0) > 0 && !entry.routing_keys ? `service:${name}` : subject,
        message: `${name} is declared and not connected${observed.depth ? `; waiting: ${number(observed.depth)}` : ""}.`,
        hint:
          process === null
            ? "Start it, or set its status to planned."
            : `The platform runs it (${process.state}${process.reason ? `: ${process.reason}` : ""}): bb service logs ${name}`,
      };
  }
}

function* ofQueues(facts: TopologyFacts, declared: ReadonlySet<string>): Generator<TopologyFinding> {
  for (const queue of boundQueues(facts)) {
    if (declared.has(queue)) continue;
    const found = facts.broker?.queues.get(queue);
    const idle = (found?.consumers ?? 0) === 0;
    yield {
      code: "UNDECLARED_QUEUE",
      severity: idle && (found?.messages ?? 0) > 0 ? "error" : "warning",
      subject: `queue:${queue}`,
      message: `The queue ${queue} gets events and belongs to no service${idle ? ", and nobody consumes it" : ""}.`,
      hint: "Add it to services/registry.yaml, or delete it.",
    };
  }
  for (const queue of declared) {
    const found = facts.broker?.queues.get(queue);
    const dead = facts.broker?.queues.get(facts.deadLetterQueues.get(queue) ?? `${queue}.dlq`)?.messages ?? 0;
    if (dead > 0)
      yield {
        code: "DEAD_LETTERS",
        severity: "warning",
        subject: `queue:${queue}`,
        message: `Messages of ${queue} that were given up: ${number(dead)}.`,
        hint: "The dead letters say why: bb dlq list",
      };
    if (found && (found.messages_ready ?? 0) > 1_000 && (found.consumers ?? 0) === 0)
      yield {
        code: "BACKLOG",
        severity: "warning",
        subject: `queue:${queue}`,
        message: `Messages that wait in ${queue}, and nobody takes them: ${number(found.messages_ready ?? 0)}.`,
      };
  }
}

function* ofTraffic({ registry, traffic, exchange }: TopologyFacts): Generator<TopologyFinding> {
  const services = Object.values(registry.services);
  // Whoever takes everything takes nothing in particular.
  const consumed = services
    .flatMap(({ routing_keys = [] }) => routing_keys)
    .filter((key) => key !== "#")
    .map((key) => topicMatcher(key));
  for (const [type, count] of traffic.types)
    if (!type.startsWith("bloodbank.") && !consumed.some((matches) => matches(type)))
      yield {
        code: "NOBODY_CONSUMES",
        severity: "info",
        subject: exchange,
        message: `${type} was published lately (${number(count)} ×), and no service consumes it.`,
      };
  const produced = services.flatMap(({ produces = [] }) => produces).map((key) => topicMatcher(key));
  for (const [type, count] of traffic.types)
    if (!produced.some((matches) => matches(type)))
      yield {
        code: "NOBODY_PRODUCES",
        severity: "info",
        subject: exchange,
        message: `${type} was published lately (${number(count)} ×), and no service declares to produce it.`,
        hint: "Add it to `produces` of whoever publishes it, in services/registry.yaml.",
      };
  const known = new Set(services.map(({ name }) => name));
  for (const [source, count] of traffic.sources)
    if (!known.has(source) && source !== "http" && source !== "candybar" && source !== "bb")
      yield {
        code: "UNDECLARED_PRODUCER",
        severity: "info",
        subject: exchange,
        message: `${source} is not in the registry and published events lately: ${number(count)}.`,
        hint: "Add it to services/registry.yaml as a producer.",
      };
}
