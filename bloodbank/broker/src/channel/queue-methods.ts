import { randomBytes } from "node:crypto";
import { assertNameNotReserved, assertNotDefaultExchange } from "../arguments/index.js";
import { AmqpError } from "../errors.js";
import type { Queue } from "../queue/queue.js";
import type { Method } from "../wire/index.js";
import { textOf } from "../wire/table.js";
import type { Channel } from "./channel.js";
import { changeBinding, sourceFor, stripCr } from "./exchange-methods.js";
import { REPLY_TO, REPLY_TO_PREFIX } from "./reply-to.js";

type Of<N extends Method["name"]> = Extract<Method, { name: N }>;

export function declareQueue(channel: Channel, method: Of<"queue.declare">): void {
  const { connection, vhost } = channel;
  // Neither is a queue; RabbitMQ says that they are there, and FastStream asks before it starts.
  if (method.queue === REPLY_TO || method.queue.startsWith(REPLY_TO_PREFIX)) {
    if (method.queue !== REPLY_TO && !connection.replies.has(method.queue)) vhost.queue(method.queue);
    if (!method.noWait)
      channel.send("queue.declare-ok", { queue: method.queue, messageCount: 0, consumerCount: 1 });
    return;
  }
  const queue = method.passive ? vhost.queue(method.queue, connection) : declare(channel, method);
  queue.lastUsed = channel.core.clock.now();
  channel.lastQueue = queue.name;
  if (method.noWait) return;
  channel.send("queue.declare-ok", {
    queue: queue.name,
    messageCount: queue.ready,
    consumerCount: queue.consumers.size,
  });
}

function declare(channel: Channel, method: Of<"queue.declare">): Queue {
  const { connection, vhost } = channel;
  const asked = stripCr(method.queue);
  const name = asked === "" ? `amq.gen-${randomBytes(16).toString("base64url")}` : asked;
  connection.assertMay("configure", "queue", name);
  const declaration = {
    vhost: vhost.name,
    name,
    durable: method.durable,
    exclusive: method.exclusive,
    autoDelete: method.autoDelete,
    arguments: method.arguments,
  };
  if (asked !== "" && !vhost.queues.has(name)) {
    assertNameNotReserved("queue", name);
    const deadLetters = textOf(method.arguments.get("x-dead-letter-exchange"));
    if (deadLetters !== undefined) {
      connection.assertMay("read", "queue", name);
      connection.assertMay("write", "exchange", deadLetters);
    }
  }
  return vhost.declareQueue(declaration, connection, asked === "");
}

export function bindQueue(channel: Channel, method: Of<"queue.bind"> | Of<"queue.unbind">): void {
  const { connection, vhost } = channel;
  const binds = method.name === "queue.bind";
  const name = named(channel, method.queue);
  // Nothing said at all means: the queue declared last, under its own name.
  const routingKey = method.queue === "" && method.routingKey === "" ? name : method.routingKey;
  assertNotDefaultExchange(method.exchange);
  connection.assertMay("write", "queue", name);
  const queue = binds || vhost.queues.has(name) ? vhost.queue(name, connection) : undefined;
  const source = sourceFor(channel, binds, method.exchange, routingKey);
  changeBinding(channel, binds, source, queue, routingKey, method.arguments);
  if (method.name === "queue.unbind") channel.send("queue.unbind-ok", {});
  else if (!method.noWait) channel.send("queue.bind-ok", {});
}

export function purgeQueue(channel: Channel, method: Of<"queue.purge">): void {
  const { connection, vhost } = channel;
  const name = named(channel, method.queue);
  connection.assertMay("read", "queue", name);
  const messageCount = vhost.queue(name, connection).purge();
  if (!method.noWait) channel.send("queue.purge-ok", { messageCount });
}

export function deleteQueue(channel: Channel, method: Of<"queue.delete">): void {
  const { connection, vhost } = channel;
  const name = named(channel, method.queue);
  connection.assertMay("configure", "queue", name);
  const messageCount = vhost.queues.has(name) ? vhost.deleteQueue(vhost.queue(name, connection), method) : 0;
  if (!method.noWait) channel.send("queue.delete-ok", { messageCount });
}

/** The queue declared last on the channel, where a method names none. */
export function named(channel: Channel, queue: string): string {
  if (queue !== "") return queue;
  if (channel.lastQueue === "") throw new AmqpError("NOT_FOUND", "no previously declared queue");
  return channel.lastQueue;
}
