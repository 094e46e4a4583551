/**
 * Who is connected to whom: the registry's declarations laid over what the broker has. Pure: facts in, a graph out.
 *
 *   service:<name> ──produces──▶ <exchange> ──binding──▶ queue:<name> ──consumes──▶ consumer:<name>
 *
 * A service that both produces and consumes stands on both sides, so that the graph flows one way.
 */
import { LAYERS, queuesOf, type Registry, type ServiceEntry } from "@33god/registry/entries";
import type { BrokerFacts } from "./broker-view.js";
import { findings, type TopologyFinding } from "./findings.js";
import { isAuxiliary } from "./queue-kinds.js";
import { queueNames, type ServiceAnswer, type ServiceFacts } from "./services.js";

export interface TopologyNode {
  readonly id: string;
  readonly kind: "service" | "exchange" | "queue";
  readonly label: string;
  readonly layer?: string | null;
  readonly declared: boolean;
  readonly observed: boolean;
  readonly status?: string;
  readonly external?: boolean;
  readonly depth?: number;
  readonly unacked?: number;
  readonly consumers?: number;
  readonly failures?: number;
  readonly rate?: number;
  readonly note?: string;
}

export interface TopologyEdge {
  readonly from: string;
  readonly to: string;
  readonly kind: "produces" | "binding" | "consumes";
  readonly label?: string;
  readonly declared: boolean;
  readonly observed: boolean;
  readonly rate?: number;
}

export interface Topology {
  readonly exchange: string;
  readonly layers: readonly string[];
  readonly nodes: readonly TopologyNode[];
  readonly edges: readonly TopologyEdge[];
  readonly findings: readonly TopologyFinding[];
  /** False when the broker could not be asked: then everything is shown as declared, and nothing as missing. */
  readonly observed: boolean;
}

/** What was recorded lately, by type and by source: who publishes what nobody declared. */
export interface Traffic {
  readonly types: ReadonlyMap<string, number>;
  readonly sources: ReadonlyMap<string, number>;
  /** Events a second, by source. */
  readonly rates: ReadonlyMap<string, number>;
}

/** An outgoing webhook: a queue with an address at its end. */
export interface WebhookFacts {
  readonly id: string;
  readonly url: string;
  readonly queue: string;
  readonly types: readonly string[];
  readonly state: string;
}

export interface TopologyFacts extends ServiceFacts {
  readonly webhooks: readonly WebhookFacts[];
  readonly exchange: string;
  readonly registry: Registry;
  readonly services: readonly ServiceAnswer[];
  readonly traffic: Traffic;
}

export function topologyOf(facts: TopologyFacts): Topology {
  const { broker, exchange, registry, services } = facts;
  const nodes: TopologyNode[] = [exchangeNode(exchange, broker)];
  const edges: TopologyEdge[] = [];
  const declaredQueues = new Set<string>();

  for (const service of services) {
    const entry = registry.services[service.name];
    if (entry === undefined) continue;
    const observed = service.observed.connected === true || broker === undefined;
    const consumes = service.queue_names.length > 0 || (entry.routing_keys?.length ?? 0) > 0;
    const node = (side: "service" | "consumer"): TopologyNode => ({
      id: `${side}:${entry.name}`,
      kind: "service",
      label: entry.name,
      layer: entry.layer,
      declared: true,
      observed,
      status: entry.status,
      external: entry.external === true,
    });
    if ((entry.produces?.length ?? 0) > 0 || !consumes) {
      nodes.push(node("service"));
      const rate = facts.traffic.rates.get(entry.name);
      edges.push({
        from: `service:${entry.name}`,
        to: exchange,
        kind: "produces",
        label: (entry.produces ?? []).join(", "),
        declared: true,
        observed,
        ...(rate !== undefined && { rate }),
      });
    }
    if (!consumes) continue;
    nodes.push(node("consumer"));
    for (const { queue, routingKeys } of queuesAsNamed(entry, facts)) {
      declaredQueues.add(queue);
      nodes.push(queueNode(queue, true, facts));
      edges.push(
        ...bindingEdges(queue, routingKeys, facts),
        consumeEdge(queue, `consumer:${entry.name}`, facts),
      );
    }
    if (service.queue_names.length === 0)
      edges.push({
        from: exchange,
        to: `consumer:${entry.name}`,
        kind: "binding",
        label: (entry.routing_keys ?? []).join(", "),
        declared: true,
        observed: false,
      });
  }
  for (const { id, url, queue, types, state } of facts.webhooks) {
    declaredQueues.add(queue);
    nodes.push(queueNode(queue, true, facts), {
      id: `consumer:${id}`,
      kind: "service",
      label: new URL(url).host,
      layer: "notifiers",
      declared: true,
      observed: state === "active",
      status: state,
      external: true,
      note: `webhook ${id}`,
    });
    edges.push(...bindingEdges(queue, types, facts), consumeEdge(queue, `consumer:${id}`, facts));
  }
  for (const queue of boundQueues(facts)) {
    if (declaredQueues.has(queue)) continue;
    nodes.push(queueNode(queue, false, facts));
    edges.push(...bindingEdges(queue, [], facts));
  }
  return {
    exchange,
    layers: LAYERS,
    nodes,
    edges,
    findings: findings(facts, declaredQueues),
    observed: broker !== undefined,
  };
}

/** Queues that the events exchange feeds; retries and dead letters belong to their queue. */
export function boundQueues({
  broker,
  exchange,
}: Pick<TopologyFacts, "broker" | "exchange">): ReadonlySet<string> {
  const bound = (broker?.bindings ?? []).filter(
    ({ source, destination_type }) => source === exchange && destination_type === "queue",
  );
  return new Set(bound.map(({ destination }) => destination).filter((queue) => !isAuxiliary(queue)));
}

export function queuesAsNamed(entry: ServiceEntry, facts: Pick<ServiceFacts, "names">) {
  const names = queueNames(entry, facts.names);
  return queuesOf(entry).map(({ routingKeys }, index) => ({ queue: names[index] ?? "", routingKeys }));
}

function exchangeNode(exchange: string, broker: BrokerFacts | undefined): TopologyNode {
  const found = broker?.exchanges.find(({ name }) => name === exchange);
  const rate = found?.message_stats?.publish_in_details?.rate;
  return {
    id: exchange,
    kind: "exchange",
    label: exchange,
    declared: true,
    observed: broker === undefined || found !== undefined,
    ...(rate !== undefined && { rate }),
  };
}

function queueNode(queue: string, declared: boolean, facts: TopologyFacts): TopologyNode {
  const found = facts.broker?.queues.get(queue);
  const failures = facts.broker?.queues.get(facts.deadLetterQueues.get(queue) ?? `${queue}.dlq`)?.messages;
  return {
    id: `queue:${queue}`,
    kind: "queue",
    label: queue,
    declared,
    observed: found !== undefined || facts.broker === undefined,
    ...(found && {
      depth: found.messages_ready ?? 0,
      unacked: found.messages_unacknowledged ?? 0,
      consumers: found.consumers ?? 0,
    }),
    ...(failures !== undefined && { failures, ...(failures > 0 && { note: `${failures} dead letters` }) }),
  };
}

function bindingEdges(
  queue: string,
  routingKeys: readonly string[],
  facts: TopologyFacts,
): readonly TopologyEdge[] {
  const bound = (facts.broker?.bindings ?? [])
    .filter(({ source, destination }) => source === facts.exchange && destination === queue)
    .map(({ routing_key }) => routing_key);
  const rate = facts.broker?.queues.get(queue)?.message_stats?.publish_details?.rate;
  return [...new Set([...routingKeys, ...bound])].map((key, index) => ({
    from: facts.exchange,
    to: `queue:${queue}`,
    kind: "binding",
    label: key,
    declared: routingKeys.includes(key),
    observed: bound.includes(key) || facts.broker === undefined,
    // The broker counts for the queue, not for each binding.
    ...(index === 0 && rate !== undefined && { rate }),
  }));
}

function consumeEdge(queue: string, to: string, facts: TopologyFacts): TopologyEdge {
  const found = facts.broker?.queues.get(queue);
  const rate = found?.message_stats?.deliver_get_details?.rate;
  return {
    from: `queue:${queue}`,
    to,
    kind: "consumes",
    declared: true,
    observed: (found?.consumers ?? 0) > 0 || facts.broker === undefined,
    ...(rate !== undefined && { rate }),
  };
}
