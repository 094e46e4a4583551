import { randomBytes } from "node:crypto";
import { validateConsume } from "../arguments/index.js";
import { getOkMethod, writeContent } from "../connection/write-message.js";
import { accessRefused, nameOf, notAllowed, notImplemented } from "../errors.js";
import type { Method } from "../wire/index.js";
import type { Channel } from "./channel.js";
import { ChannelConsumer } from "./channel-consumer.js";
import { withDeliveryCount } from "./delivery-count.js";
import { named } from "./queue-methods.js";
import { consumeReplies, REPLY_TO } from "./reply-to.js";

type Of<N extends Method["name"]> = Extract<Method, { name: N }>;

export function qos(channel: Channel, method: Of<"basic.qos">): void {
  if (method.prefetchSize !== 0) throw notImplemented(`prefetch_size!=0 (${method.prefetchSize})`);
  if (method.global) {
    channel.globalPrefetch = method.prefetchCount;
    channel.wakeConsumers();
  } else channel.prefetch = method.prefetchCount;
  channel.send("basic.qos-ok", {});
}

export function consume(channel: Channel, method: Of<"basic.consume">): void {
  const { connection, vhost } = channel;
  const tag =
    method.consumerTag === "" ? `amq.ctag-${randomBytes(16).toString("base64url")}` : method.consumerTag;
  if (channel.consumers.has(tag) || channel.replyTo?.consumerTag === tag)
    throw notAllowed(`attempt to reuse consumer tag '${tag}'`);
  if (method.queue === REPLY_TO) {
    consumeReplies(channel, tag, method.noAck);
    if (!method.noWait) channel.send("basic.consume-ok", { consumerTag: tag });
    return;
  }
  const name = named(channel, method.queue);
  connection.assertMay("read", "queue", name);
  const queue = vhost.queue(name, connection);
  const { priority } = validateConsume(method.arguments, name, vhost.name);
  if (queue.type === "quorum" && channel.globalPrefetch > 0)
    throw notImplemented(`${nameOf("queue", name, vhost.name)} does not support global qos`);
  const others = queue.consumers.all();
  const cannotBeAlone = others.length > 0 || queue.settings.singleActiveConsumer;
  if (others.some((other) => other.exclusive) || (method.exclusive && cannotBeAlone))
    throw accessRefused(`${nameOf("queue", name, vhost.name)} in exclusive use`);
  // The answer leaves before the first delivery can.
  if (!method.noWait) channel.send("basic.consume-ok", { consumerTag: tag });
  channel.addConsumer(
    new ChannelConsumer(channel, queue, tag, {
      noAck: method.noAck,
      exclusive: method.exclusive,
      priority,
      arguments: method.arguments,
      prefetch: channel.prefetch,
    }),
  );
}

export function cancel(channel: Channel, method: Of<"basic.cancel">): void {
  channel.removeConsumer(method.consumerTag);
  if (channel.replyTo?.consumerTag === method.consumerTag) channel.dropReplyTo();
  if (!method.noWait) channel.send("basic.cancel-ok", { consumerTag: method.consumerTag });
}

export function get(channel: Channel, method: Of<"basic.get">): void {
  const { connection, vhost, core } = channel;
  const name = named(channel, method.queue);
  connection.assertMay("read", "queue", name);
  const queue = vhost.queue(name, connection);
  const found = queue.get(method.noAck, ({ handle, message, redelivered, returns, remaining }) => {
    const tag = channel.nextDeliveryTag();
    // Unlike a delivery, it tells of no returns as well, in RabbitMQ.
    const counted = queue.type === "quorum" ? withDeliveryCount(message, returns) : undefined;
    writeContent(
      connection.output,
      channel.number,
      getOkMethod(tag, redelivered, remaining),
      message,
      counted ?? message.buffer,
      counted ? 0 : message.propertiesAt,
      counted?.length ?? message.propertiesLength,
      connection.frameMax,
    );
    connection.touched();
    core.counts.delivered++;
    if (!method.noAck) channel.delivered({ tag, queue, handle, consumer: undefined, at: core.turn.now });
  });
  if (!found) channel.send("basic.get-empty", {});
}

export function nack(channel: Channel, method: Of<"basic.nack"> | Of<"basic.reject">): void {
  const multiple = method.name === "basic.nack" && method.multiple;
  const { unsettled } = channel;
  const deliveries = multiple
    ? unsettled.takeUpTo(method.deliveryTag)
    : [unsettled.takeOne(method.deliveryTag)];
  channel.settleMany(method.requeue ? "requeue" : "reject", deliveries);
}

export function recover(channel: Channel, method: Of<"basic.recover"> | Of<"basic.recover-async">): void {
  if (!method.requeue) throw notImplemented("requeue=false");
  channel.settleMany("requeue", channel.unsettled.takeAll());
  if (method.name === "basic.recover") channel.send("basic.recover-ok", {});
}
