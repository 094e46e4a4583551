import { assertNameNotReserved, assertNotDefaultExchange } from "../arguments/index.js";
import { accessRefused, nameOf } from "../errors.js";
import type { Destination, Exchange } from "../exchange/exchange.js";
import type { Method } from "../wire/index.js";
import type { Table } from "../wire/table.js";
import { textOf } from "../wire/table.js";
import type { Channel } from "./channel.js";

type Of<N extends Method["name"]> = Extract<Method, { name: N }>;

export function declareExchange(channel: Channel, method: Of<"exchange.declare">): void {
  const { vhost, connection } = channel;
  const name = stripCr(method.exchange);
  if (method.passive) {
    assertNotDefaultExchange(name);
    vhost.exchange(name);
  } else {
    assertNotDefaultExchange(name);
    connection.assertMay("configure", "exchange", name);
    const existing = vhost.exchanges.get(name);
    if (existing === undefined) {
      assertNameNotReserved("exchange", name);
      const alternate = textOf(method.arguments.get("alternate-exchange"));
      if (alternate !== undefined) {
        connection.assertMay("read", "exchange", name);
        connection.assertMay("write", "exchange", alternate);
      }
    }
    vhost.declareExchange({
      vhost: vhost.name,
      name,
      type: method.type,
      durable: method.durable,
      autoDelete: method.autoDelete,
      internal: method.internal,
      arguments: method.arguments,
    });
  }
  if (!method.noWait) channel.send("exchange.declare-ok", {});
}

export function deleteExchange(channel: Channel, method: Of<"exchange.delete">): void {
  const { vhost, connection } = channel;
  assertNotDefaultExchange(method.exchange);
  if (method.exchange.startsWith("amq."))
    throw accessRefused(`deletion of system ${nameOf("exchange", method.exchange, vhost.name)} not allowed`);
  connection.assertMay("configure", "exchange", method.exchange);
  vhost.deleteExchange(method.exchange, method.ifUnused);
  if (!method.noWait) channel.send("exchange.delete-ok", {});
}

export function bindExchange(channel: Channel, method: Of<"exchange.bind"> | Of<"exchange.unbind">): void {
  const { vhost } = channel;
  const binds = method.name === "exchange.bind";
  assertNotDefaultExchange(method.destination);
  assertNotDefaultExchange(method.source);
  channel.connection.assertMay("write", "exchange", method.destination);
  const destination = binds ? vhost.exchange(method.destination) : vhost.exchanges.get(method.destination);
  const source = sourceFor(channel, binds, method.source, method.routingKey);
  changeBinding(channel, binds, source, destination, method.routingKey, method.arguments);
  if (!method.noWait) channel.send(binds ? "exchange.bind-ok" : "exchange.unbind-ok", {});
}

/**
 * The exchange that is bound from; the user must be allowed to read it, a topic exchange also by key. Where it is missing
 * there is nothing to unbind, and nothing to complain of.
 */
export function sourceFor(
  channel: Channel,
  binds: boolean,
  name: string,
  routingKey: string,
): Exchange | undefined {
  const { connection, vhost, core } = channel;
  connection.assertMay("read", "exchange", name);
  const source = binds ? vhost.exchange(name) : vhost.exchanges.get(name);
  if (source?.type === "topic")
    core.access.permissions.assertTopic(connection.user, vhost.name, "read", name, routingKey);
  return source;
}

export function changeBinding(
  { vhost }: Channel,
  binds: boolean,
  source: Exchange | undefined,
  destination: Destination | undefined,
  key: string,
  args: Table,
): void {
  if (source === undefined || destination === undefined) return;
  if (binds) vhost.bind(source, destination, key, args);
  else vhost.unbind(source, destination, key, args);
}

/** RabbitMQ drops line ends from names that are declared. */
export function stripCr(name: string): string {
  return name.replace(/[\r\n]/g, "");
}
