import { assertNameNotReserved, assertNotDefaultExchange } from "../arguments/index.js";

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
  assertNameNotReserved("exchange", method.exchange);
  connection.assertMay("configure", "exchange", method.exchange);
  vhost.deleteExchange(method.exchange, method.ifUnused);
  if (!method.noWait) channel.send("exchange.delete-ok", {});
}

export function bindExchange(channel: Channel, method: Of<"exchange.bind"> | Of<"exchange.unbind">): void {
  const { vhost } = channel;
  assertNotDefaultExchange(method.destination);
  assertNotDefaultExchange(method.source);
  channel.connection.assertMay("write", "exchange", method.destination);
  const destination = vhost.exchange(method.destination);
  const source = sourceFor(channel, method.source, method.routingKey);
  changeBinding(
    channel,
    method.name === "exchange.bind",
    source,
    destination,
    method.routingKey,
    method.arguments,
  );
  if (method.noWait) return;
  channel.send(method.name === "exchange.bind" ? "exchange.bind-ok" : "exchange.unbind-ok", {});
}

/** The exchange that is bound from; the user must be allowed to read it, a topic exchange also by key. */
export function sourceFor(channel: Channel, name: string, routingKey: string): Exchange {
  const { connection, vhost, core } = channel;
  connection.assertMay("read", "exchange", name);
  const source = vhost.exchange(name);
  if (source.type === "topic")
    core.access.permissions.assertTopic(connection.user, vhost.name, "read", name, routingKey);
  return source;
}

export function changeBinding(
  { vhost }: Channel,
  bind: boolean,
  source: Exchange,
  destination: Destination,
  key: string,
  args: Table,
): void {
  if (bind) vhost.bind(source, destination, key, args);
  else vhost.unbind(source, destination, key, args);
}

/** RabbitMQ drops line ends from names that are declared. */
export function stripCr(name: string): string {
  return name.replace(/[\r\n]/g, "");
}
