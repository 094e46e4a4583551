// The least that a consumer can do when 1 % fails on RabbitMQ, under retry.mjs's load: the client library, JSON.parse,
// and acks gathered for a turn. What failed goes to a queue that gives it back after a second. With `nack` the broker
// moves it by itself: no reason, no count, one delay, and a broker that dies may lose it. With `copy` nothing is lost:
// a copy is published and confirmed, and then the original is acked. Neither looks at a contract.
import { setImmediate as turn } from "node:timers/promises";
import { retryQueue } from "@33god/bloodbank";
import { AMQPClient } from "@cloudamqp/amqp-client";

/** Takes the place of a queue that is bound to the exchange. `move` is `nack` or `copy`, `handler` as a `Consumer`'s. */
export async function leastConsumer(
  port,
  queue,
  { move, exchange, routingKey, prefetch, concurrency, handler },
) {
  const connection = await new AMQPClient(`amqp://guest:guest@127.0.0.1:${port}/`).connect();
  const channel = await connection.channel();
  const copies = await connection.channel();
  await copies.confirmSelect();
  const later = retryQueue(queue, 0);
  const deadLettersTo = (name) => ({ "x-dead-letter-exchange": "", "x-dead-letter-routing-key": name });
  await channel.queueDelete(queue);
  await channel.queueDeclare(queue, { durable: true }, deadLettersTo(later));
  await channel.queueDeclare(later, { durable: true }, { "x-message-ttl": 1_000, ...deadLettersTo(queue) });
  await channel.queueBind(queue, exchange, routingKey);
  await channel.basicQos(prefetch);

  const waiting = [];
  let active = 0;
  const settled = new Map();
  let front = 0;
  let due = 0;
  let told = true;

  function tell() {
    told = true;
    for (let acked = settled.get(front + 1); acked !== undefined; acked = settled.get(front + 1)) {
      settled.delete(++front);
      // A multiple ack names a tag that is still outstanding; a nacked one is not.
      if (acked) due = front;
    }
    if (due > 0) channel.basicAck(due, true);
    due = 0;
  }
  function settle(tag, acked) {
    settled.set(tag, acked);
    if (told) setImmediate(tell);
    told = false;
  }
  async function handle(message) {
    active++;
    const attempt = message.properties.headers?.["x-death"] === undefined ? 1 : 2;
    try {
      await handler(JSON.parse(message.bodyString()), { attempt });
      settle(message.deliveryTag, true);
    } catch {
      if (move === "nack") {
        settle(message.deliveryTag, false);
        channel.basicNack(message.deliveryTag, false);
      } else {
        // The place is free for the next message meanwhile.
        const headers = { ...message.properties.headers, attempt: 1 };
        copies
          .basicPublish("", later, message.body, { ...message.properties, headers })
          .then(() => settle(message.deliveryTag, true));
      }
    }
    active--;
    while (waiting.length > 0 && active < concurrency) handle(waiting.shift());
  }

  let tag;
  const resume = async () => {
    const consumer = await channel.basicConsume(queue, { noAck: false }, (message) => {
      if (active < concurrency) handle(message);
      else waiting.push(message);
    });
    tag = consumer.tag;
  };
  return {
    start: resume,
    resume,
    pause: () => channel.basicCancel(tag),
    async close() {
      // The last acks leave in this turn.
      await turn();
      await connection.close();
    },
  };
}
