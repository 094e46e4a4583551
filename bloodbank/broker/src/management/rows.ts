/** The broker's rows in RabbitMQ 3.10's JSON. */
import { jsonTable } from "../wire/plain.js";
import { textOf } from "../wire/table.js";
import type {
  BindingRow,
  ChannelRow,
  ConnectionRow,
  ConsumerRow,
  ExchangeRow,
  ManagedBroker,
  QueueRow,
} from "./contract.js";
import { propertiesKey } from "./properties-key.js";
import { keyOf, lengthsOf, type Sampler } from "./sampler.js";

export type Json = Record<string, unknown>;

export interface Renderer {
  readonly broker: ManagedBroker;
  readonly sampler: Sampler;
}

export function queueJson({ broker, sampler }: Renderer, queue: QueueRow): Json {
  const key = keyOf.queue(queue.vhost, queue.name);
  return {
    arguments: jsonTable(queue.arguments),
    auto_delete: queue.autoDelete,
    consumers: queue.consumers,
    durable: queue.durable,
    effective_policy_definition: queue.policy.definition,
    exclusive: queue.exclusive,
    exclusive_consumer_tag: queue.exclusiveConsumerTag ?? null,
    idle_since: timestamp(queue.lastUsed),
    message_bytes_ready: queue.readyBytes,
    ...(queue.type === "quorum" ? { messages_dlx: queue.dying } : {}),
    ...stats(sampler, key, queue.counters),
    ...sampler.withRates(key, lengthsOf(queue) as object),
    name: queue.name,
    node: broker.node.name,
    operator_policy: queue.policy.operatorPolicy ?? null,
    policy: queue.policy.policy ?? null,
    single_active_consumer_tag: queue.singleActiveConsumerTag ?? null,
    state: "running",
    type: queue.type,
    vhost: queue.vhost,
  };
}

export function exchangeJson({ sampler }: Renderer, exchange: ExchangeRow): Json {
  return {
    arguments: jsonTable(exchange.arguments),
    auto_delete: exchange.autoDelete,
    durable: exchange.durable,
    internal: exchange.internal,
    ...stats(sampler, keyOf.exchange(exchange.vhost, exchange.name), exchange.counters),
    name: exchange.name,
    ...(exchange.policy === undefined ? {} : { policy: exchange.policy }),
    type: exchange.type,
    user_who_performed_action: "rmq-internal",
    vhost: exchange.vhost,
  };
}

export function bindingJson(binding: BindingRow): Json {
  return {
    source: binding.source,
    vhost: binding.vhost,
    destination: binding.destination,
    destination_type: binding.destinationType,
    routing_key: binding.routingKey,
    arguments: jsonTable(binding.arguments),
    properties_key: propertiesKey(binding.routingKey, binding.arguments),
  };
}

export function connectionJson({ broker, sampler }: Renderer, connection: ConnectionRow): Json {
  const key = keyOf.connection(connection.name);
  const userProvidedName = textOf(connection.clientProperties.get("connection_name"));
  return {
    auth_mechanism: connection.mechanism,
    channel_max: connection.channelMax,
    channels: connection.channels,
    client_properties: jsonTable(connection.clientProperties),
    connected_at: connection.connectedAt,
    frame_max: connection.frameMax,
    host: connection.host,
    name: connection.name,
    node: broker.node.name,
    peer_host: connection.peerHost,
    peer_port: connection.peerPort,
    port: connection.port,
    protocol: "AMQP 0-9-1",
    ...sampler.withRates(key, {
      recv_oct: connection.bytesReceived,
      send_oct: connection.bytesSent,
    } as object),
    ssl: connection.tls,
    state: connection.state,
    timeout: connection.heartbeat,
    type: "network",
    user: connection.user,
    ...(userProvidedName === undefined ? {} : { user_provided_name: userProvidedName }),
    user_who_performed_action: connection.user,
    vhost: connection.vhost,
  };
}

export function channelName(connection: ConnectionRow, number: number): string {
  return `${connection.name} (${number})`;
}

export function channelJson({ broker, sampler }: Renderer, channel: ChannelRow): Json {
  const { connection, number } = channel;
  return {
    acks_uncommitted: 0,
    confirm: channel.confirm,
    connection_details: {
      name: connection.name,
      peer_host: connection.peerHost,
      peer_port: connection.peerPort,
    },
    consumer_count: channel.consumers,
    global_prefetch_count: channel.globalPrefetch,
    ...stats(sampler, keyOf.channel(connection.name, number), channel.counters),
    messages_unacknowledged: channel.unacked,
    messages_uncommitted: 0,
    messages_unconfirmed: channel.unconfirmed,
    name: channelName(connection, number),
    node: broker.node.name,
    number,
    prefetch_count: channel.prefetch,
    state: "running",
    transactional: channel.transactional,
    user: connection.user,
    user_who_performed_action: connection.user,
    vhost: connection.vhost,
  };
}

export function consumerJson({ broker }: Renderer, consumer: ConsumerRow): Json {
  return {
    arguments: jsonTable(consumer.arguments),
    ack_required: !consumer.noAck,
    active: consumer.active,
    activity_status: consumer.active ? "up" : "waiting",
    ...(consumer.channel === undefined
      ? {}
      : {
          channel_details: {
            connection_name: consumer.channel.connection.name,
            name: channelName(consumer.channel.connection, consumer.channel.number),
            node: broker.node.name,
            number: consumer.channel.number,
            peer_host: consumer.channel.connection.peerHost,
            peer_port: consumer.channel.connection.peerPort,
            user: consumer.channel.connection.user,
          },
        }),
    consumer_tag: consumer.tag,
    exclusive: consumer.exclusive,
    prefetch_count: consumer.prefetch,
    queue: { name: consumer.queue, vhost: consumer.vhost },
  };
}

/** A row that nothing happened to yet has no `message_stats`, as in RabbitMQ. */
export function stats(sampler: Sampler, key: string, counters: QueueRow["counters"]): Json {
  return Object.values(counters).some((count) => count > 0)
    ? { message_stats: sampler.withRates(key, counters) }
    : {};
}

/** `2026-11-24T15:20:12.205+00:00` */
function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace("Z", "+00:00");
}
