/** The running broker as the management API sees it: rows made on demand from what the parts hold, and acts passed on. */
import { Buffer } from "node:buffer";
import type { Access } from "../access/index.js";
import {
  assertNotDefaultExchange,
  type ExchangeDeclaration,
  type QueueDeclaration,
} from "../arguments/index.js";
import { ChannelConsumer } from "../channel/channel-consumer.js";
import type { Connection } from "../connection/connection.js";
import { AmqpError } from "../errors.js";
import type { Exchange } from "../exchange/exchange.js";
import { exchangeOf, routingKeyOf, type StoredMessage } from "../log/record.js";
import type { Policies } from "../policy/index.js";
import { Queue } from "../queue/queue.js";
import type { Core } from "../vhost/core.js";
import { VirtualHost } from "../vhost/virtual-host.js";
import { type ContentProperties, decodeProperties } from "../wire/properties.js";
import { EMPTY_TABLE } from "../wire/table.js";
import type * as managed from "./contract.js";
import { publishManaged } from "./publish.js";

export class CoreView implements managed.ManagedBroker {
  readonly node: managed.NodeFacts;
  readonly #core: Core;

  constructor(core: Core, node: managed.NodeFacts) {
    this.#core = core;
    this.node = node;
  }

  get access(): Access {
    return this.#core.access;
  }

  get policies(): Policies {
    return this.#core.policies;
  }

  vhosts(): readonly managed.VhostRow[] {
    const rows: managed.VhostRow[] = [];
    for (const [name, facts] of this.#core.metadata.entries<Partial<managed.VhostFacts>>("vhost/"))
      rows.push({ name, description: facts.description ?? "", tags: facts.tags ?? [] });
    return rows;
  }

  queues(vhost?: string): readonly managed.QueueRow[] {
    return this.#in(vhost).flatMap((host) =>
      [...host.queues.values()].map((queue) => this.#queueRow(host, queue)),
    );
  }

  exchanges(vhost?: string): readonly managed.ExchangeRow[] {
    return this.#in(vhost).flatMap((host) => [
      { ...DEFAULT_EXCHANGE, vhost: host.name },
      ...[...host.exchanges.values()].map((exchange) => this.#exchangeRow(exchange)),
    ]);
  }

  bindings(vhost?: string): readonly managed.BindingRow[] {
    const rows: managed.BindingRow[] = [];
    for (const host of this.#in(vhost)) {
      for (const { name } of host.queues.values())
        rows.push({
          vhost: host.name,
          source: "",
          destination: name,
          destinationType: "queue",
          routingKey: name,
          arguments: EMPTY_TABLE,
        });
      for (const exchange of host.exchanges.values()) {
        for (const { key, arguments: args, destination } of exchange.router.bindings())
          rows.push({
            vhost: host.name,
            source: exchange.name,
            destination: destination.name,
            destinationType: destination instanceof Queue ? "queue" : "exchange",
            routingKey: key,
            arguments: args,
          });
      }
    }
    return rows;
  }

  connections(): readonly managed.ConnectionRow[] {
    return this.#open().map(connectionRow);
  }

  channels(): readonly managed.ChannelRow[] {
    return this.#open().flatMap((connection) => {
      const row = connectionRow(connection);
      return [...connection.channels.values()].map((channel) => ({
        connection: row,
        number: channel.number,
        confirm: channel.confirms !== undefined,
        transactional: channel.transaction !== undefined,
        prefetch: channel.prefetch,
        globalPrefetch: channel.globalPrefetch,
        consumers: channel.consumers.size,
        unacked: channel.unsettled.size,
        unconfirmed: channel.confirms?.unanswered ?? 0,
        counters: {
          publish: channel.counts.published,
          deliver: channel.deliveries,
          deliver_get: channel.deliveries,
          ack: channel.counts.acked,
        },
      }));
    });
  }

  consumers(vhost?: string): readonly managed.ConsumerRow[] {
    return this.#in(vhost).flatMap((host) =>
      [...host.queues.values()].flatMap((queue) =>
        queue.consumers.all().map((consumer) => ({
          vhost: host.name,
          queue: queue.name,
          tag: consumer.tag,
          noAck: consumer.noAck,
          exclusive: consumer.exclusive,
          active: queue.consumers.isActive(consumer),
          prefetch: consumer instanceof ChannelConsumer ? consumer.prefetch : 0,
          arguments: consumer.arguments,
          channel:
            consumer instanceof ChannelConsumer
              ? { connection: connectionRow(consumer.channel.connection), number: consumer.channel.number }
              : undefined,
        })),
      ),
    );
  }

  totals(): managed.Counters {
    const { counts } = this.#core;
    return {
      publish: counts.published,
      confirm: counts.confirmed,
      return_unroutable: counts.returned,
      drop_unroutable: counts.unroutable,
      deliver: counts.delivered,
      deliver_get: counts.delivered,
      ack: counts.acked,
    };
  }

  gauges(): managed.NodeGauges {
    const { alarms, store } = this.#core;
    return {
      memoryAlarm: alarms.has("memory"),
      diskAlarm: alarms.has("disk"),
      alarm: alarms.alarm,
      logBytes: store.log.bytes,
    };
  }

  putVhost(name: string, { description, tags }: managed.VhostFacts): void {
    const { metadata, vhosts } = this.#core;
    metadata.put(`vhost/${name}`, { description, tags });
    if (!vhosts.has(name)) vhosts.set(name, new VirtualHost(this.#core, name));
  }

  deleteVhost(name: string): void {
    const { metadata, vhosts, connections, access, policies } = this.#core;
    const host = this.#vhost(name);
    for (const connection of [...connections])
      if (connection.vhost === host) close(connection, `vhost '${name}' is deleted`);
    host.destroy();
    host.stop();
    vhosts.delete(name);
    policies.forgetVhost(name);
    access.permissions.forgetVhost(name);
    metadata.delete(`vhost/${name}`);
  }

  deleteUser(name: string): void {
    const { connections, access } = this.#core;
    access.deleteUser(name);
    for (const connection of [...connections])
      if (connection.user === name) close(connection, `user '${name}' is deleted`);
  }

  declareQueue(declaration: QueueDeclaration): void {
    this.#vhost(declaration.vhost).declareQueue(declaration, undefined);
  }

  deleteQueue(
    vhost: string,
    name: string,
    conditions: { readonly ifUnused: boolean; readonly ifEmpty: boolean },
  ): void {
    const host = this.#vhost(vhost);
    host.deleteQueue(host.queue(name, NOBODY), conditions);
  }

  purgeQueue(vhost: string, name: string): number {
    return this.#vhost(vhost).queue(name, NOBODY).purge();
  }

  declareExchange(declaration: ExchangeDeclaration): void {
    this.#vhost(declaration.vhost).declareExchange(declaration);
  }

  deleteExchange(vhost: string, name: string, ifUnused: boolean): void {
    this.#vhost(vhost).deleteExchange(name, ifUnused);
  }

  bind(binding: managed.BindingKey): void {
    const { host, source, destination } = this.#ends(binding);
    host.bind(source, destination, binding.routingKey, binding.arguments);
  }

  unbind(binding: managed.BindingKey): void {
    const { host, source, destination } = this.#ends(binding);
    host.unbind(source, destination, binding.routingKey, binding.arguments);
  }

  publish(message: managed.ManagedPublish): Promise<managed.PublishOutcome> {
    return publishManaged(this.#core, this.#vhost(message.vhost), message);
  }

  get(vhost: string, name: string, count: number, settle: managed.Settle): readonly managed.GotMessage[] {
    const queue = this.#vhost(vhost).queue(name, NOBODY);
    const messages: managed.GotMessage[] = [];
    const handles: number[] = [];
    while (messages.length < count) {
      const found = queue.get(false, ({ handle, message, redelivered, remaining }) => {
        handles.push(handle);
        messages.push({ ...copyOf(message), redelivered, remaining });
      });
      if (!found) break;
    }
    // Last first, so that what goes back does so in one piece.
    for (const handle of handles.reverse()) {
      if (settle === "ack") queue.settle(handle);
      else if (settle === "reject") queue.reject(handle);
      else queue.requeue(handle);
    }
    return messages;
  }

  closeConnection(name: string, reason: string): boolean {
    const connection = this.#open().find((candidate) => candidate.name === name);
    if (connection === undefined) return false;
    close(connection, reason);
    return true;
  }

  #open(): readonly Connection[] {
    return [...this.#core.connections].filter(({ state }) => state === "open");
  }

  #in(vhost: string | undefined): readonly VirtualHost[] {
    return vhost === undefined ? [...this.#core.vhosts.values()] : [this.#vhost(vhost)];
  }

  #vhost(name: string): VirtualHost {
    const host = this.#core.vhosts.get(name);
    if (host === undefined) throw new AmqpError("NOT_FOUND", `no vhost '${name}'`);
    return host;
  }

  #ends({ vhost, source, destination, destinationType }: managed.BindingKey) {
    assertNotDefaultExchange(source);
    const host = this.#vhost(vhost);
    return {
      host,
      source: host.exchange(source),
      destination: destinationType === "queue" ? host.queue(destination, NOBODY) : host.exchange(destination),
    };
  }

  #queueRow(host: VirtualHost, queue: Queue): managed.QueueRow {
    const consumers = queue.consumers.all();
    const { counts } = queue;
    return {
      vhost: host.name,
      name: queue.name,
      durable: queue.durable,
      autoDelete: queue.autoDelete,
      exclusive: queue.owner !== undefined,
      type: queue.type,
      arguments: queue.arguments,
      ready: queue.ready,
      unacked: queue.unacked,
      dying: queue.dying,
      readyBytes: queue.readyBytes,
      consumers: consumers.length,
      policy: this.#core.policies.effective(host.name, queue.name, queue.type),
      exclusiveConsumerTag: consumers.find(({ exclusive }) => exclusive)?.tag,
      singleActiveConsumerTag: queue.consumers.singleActive
        ? consumers.find((consumer) => queue.consumers.isActive(consumer))?.tag
        : undefined,
      lastUsed: queue.lastUsed,
      counters: {
        publish: counts.published,
        deliver: counts.delivered,
        get: counts.got,
        deliver_get: counts.delivered + counts.got,
        redeliver: counts.redelivered,
        ack: counts.acked,
      },
    };
  }

  #exchangeRow(exchange: Exchange): managed.ExchangeRow {
    const { vhost, name, type, durable, autoDelete, internal, arguments: args, counts } = exchange;
    return {
      vhost,
      name,
      type,
      durable,
      autoDelete,
      internal,
      arguments: args,
      policy: this.#core.policies.effective(vhost, name, "exchange").policy,
      counters: { publish_in: counts.publishedIn, publish_out: counts.publishedOut },
    };
  }
}

/** Stands for a connection that owns nothing: exclusive queues are locked for the API. */
const NOBODY = {};

const DEFAULT_EXCHANGE = {
  name: "",
  type: "direct",
  durable: true,
  autoDelete: false,
  internal: false,
  arguments: EMPTY_TABLE,
  policy: undefined,
  counters: {},
} as const;

function close(connection: Connection, reason: string): void {
  connection.fail(new AmqpError("CONNECTION_FORCED", reason), 0, 0);
}

function connectionRow(connection: Connection): managed.ConnectionRow {
  const { socket } = connection;
  return {
    name: connection.name,
    user: connection.user,
    vhost: connection.vhost?.name ?? "",
    state: connection.core.alarms.blocked === null ? "running" : "blocking",
    host: socket.localAddress ?? "",
    port: socket.localPort ?? 0,
    peerHost: connection.peer,
    peerPort: connection.peerPort,
    tls: "encrypted" in socket,
    connectedAt: connection.connectedAt,
    clientProperties: connection.clientProperties,
    mechanism: connection.mechanism,
    channelMax: connection.channelMax,
    frameMax: connection.frameMax,
    heartbeat: connection.heartbeat,
    channels: connection.channels.size,
    bytesReceived: connection.counts.receivedBytes,
    bytesSent: socket.bytesWritten,
  };
}

/** A stored message is valid only until the next read: everything is copied. */
function copyOf(message: StoredMessage) {
  const { buffer, bodyAt, bodyLength } = message;
  return {
    exchange: exchangeOf(message),
    routingKey: routingKeyOf(message),
    properties: propertiesOf(message),
    body: Buffer.from(buffer.subarray(bodyAt, bodyAt + bodyLength)),
  };
}

/** None where they cannot be read, as nobody looked into the headers when they came: the message has been taken already. */
function propertiesOf({ buffer, propertiesAt, propertiesLength }: StoredMessage): ContentProperties {
  try {
    return decodeProperties(buffer, propertiesAt, propertiesAt + propertiesLength);
  } catch {
    return {};
  }
}
