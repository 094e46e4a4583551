/** The broker's configuration as a RabbitMQ definitions file: what does not end with a connection, and who may do what. */
import type { ManagedBroker } from "../management/contract.js";
import type { Policy } from "../policy/index.js";
import { jsonTable } from "../wire/plain.js";

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Of one virtual host: its policies, queues, exchanges and bindings, without its name in them. */
export function exportDefinitions(broker: ManagedBroker, vhost?: string): Readonly<Record<string, unknown>> {
  const own = <R extends { readonly vhost: string }>(row: R, rest: object) =>
    vhost === undefined ? { ...rest, vhost: row.vhost } : rest;
  const queues = broker.queues(vhost).filter((queue) => !queue.exclusive);
  const exchanges = broker
    .exchanges(vhost)
    .filter((exchange) => exchange.name !== "" && !exchange.name.startsWith("amq."));
  const topology = {
    parameters: broker.policies.list("operator-policy", vhost).map((policy) =>
      own(policy, {
        component: "operator_policy",
        name: policy.name,
        value: policyValue(policy),
      }),
    ),
    policies: broker.policies
      .list("policy", vhost)
      .map((policy) => own(policy, { name: policy.name, ...policyValue(policy) })),
    queues: queues.map((queue) =>
      own(queue, {
        name: queue.name,
        durable: queue.durable,
        auto_delete: queue.autoDelete,
        arguments: jsonTable(queue.arguments),
      }),
    ),
    exchanges: exchanges.map((exchange) =>
      own(exchange, {
        name: exchange.name,
        type: exchange.type,
        durable: exchange.durable,
        auto_delete: exchange.autoDelete,
        internal: exchange.internal,
        arguments: jsonTable(exchange.arguments),
      }),
    ),
    bindings: sharedBindings(broker, vhost).map((binding) =>
      own(binding, {
        source: binding.source,
        destination: binding.destination,
        destination_type: binding.destinationType,
        routing_key: binding.routingKey,
        arguments: jsonTable(binding.arguments),
      }),
    ),
  };
  return {
    rabbit_version: "3.10.8",
    product_name: "Bloodbank",
    product_version: broker.node.version,
    ...(vhost === undefined ? { ...accessOf(broker), global_parameters: [] } : {}),
    ...topology,
  };
}

function accessOf(broker: ManagedBroker): Readonly<Record<string, Rows>> {
  const { users, permissions } = broker.access;
  return {
    users: [...users].map((user) => ({
      name: user.name,
      password_hash: user.passwordHash,
      hashing_algorithm: user.hashingAlgorithm,
      tags: user.tags,
      limits: {},
    })),
    vhosts: broker.vhosts().map(({ name, description, tags }) => ({
      name,
      metadata: { description, tags },
      limits: [],
    })),
    permissions: [...permissions.permissions].map((permission) => ({ ...permission })),
    topic_permissions: [...permissions.topics].map((permission) => ({ ...permission })),
  };
}

function policyValue({ pattern, applyTo, definition, priority }: Policy) {
  return { pattern, "apply-to": applyTo, definition, priority };
}

/** Bindings of the default exchange come with their queues; those of exclusive queues go with them. */
function sharedBindings(broker: ManagedBroker, vhost: string | undefined) {
  const exclusive = new Set(
    broker
      .queues(vhost)
      .filter((queue) => queue.exclusive)
      .map((queue) => `${queue.vhost}\0${queue.name}`),
  );
  return broker
    .bindings(vhost)
    .filter(
      ({ source, destinationType, destination, vhost: host }) =>
        source !== "" && !(destinationType === "queue" && exclusive.has(`${host}\0${destination}`)),
    );
}
