// The three Node clients behind one small face, each used as its own documentation says.
// `publish(body)` resolves at the confirm; `consume(prefetch, onMessage)` acks each message after `onMessage`.

async function amqplib(port, queue) {
  const { connect } = await import("amqplib");
  const connection = await connect(`amqp://guest:guest@127.0.0.1:${port}/`);
  const channel = await connection.createConfirmChannel();
  await channel.assertQueue(queue, { durable: true });
  const options = { persistent: true, contentType: "application/json" };
  return {
    publish: (body) =>
      new Promise((resolve, reject) => {
        channel.publish("", queue, body, options, (error) => (error ? reject(error) : resolve()));
      }),
    async consume(prefetch, onMessage) {
      await channel.prefetch(prefetch);
      await channel.consume(queue, (message) => {
        if (!message) return; // the consumer was cancelled: its queue is gone
        channel.ack(message);
        onMessage();
      });
    },
    async close() {
      await channel.deleteQueue(queue);
      await connection.close();
    },
  };
}

async function rabbitmqClient(port, queue) {
  const { Connection } = await import("rabbitmq-client");
  const connection = new Connection(`amqp://guest:guest@127.0.0.1:${port}/`);
  const channel = await connection.acquire();
  await channel.confirmSelect();
  await channel.queueDeclare({ queue, durable: true });
  const envelope = { routingKey: queue, durable: true, contentType: "application/json" };
  return {
    publish: (body) => channel.basicPublish(envelope, body),
    async consume(prefetch, onMessage) {
      await channel.basicQos({ prefetchCount: prefetch });
      await channel.basicConsume({ queue }, (message) => {
        channel.basicAck({ deliveryTag: message.deliveryTag });
        onMessage();
      });
    },
    async close() {
      await channel.queueDelete({ queue });
      // The floor answers the closing of a channel with nonsense.
      connection.unsafeDestroy();
    },
  };
}

async function cloudamqp(port, queue, to = { exchange: "", routingKey: queue }, message = {}) {
  const { AMQPClient } = await import("@cloudamqp/amqp-client");
  const client = new AMQPClient(`amqp://guest:guest@127.0.0.1:${port}/`);
  const connection = await client.connect();
  const channel = await connection.channel();
  await channel.confirmSelect();
  await channel.queueDeclare(queue, { durable: true });
  if (to.exchange !== "") {
    await channel.exchangeDeclare(to.exchange, "topic", { durable: true });
    await channel.queueBind(queue, to.exchange, to.routingKey);
  }
  const properties = { deliveryMode: 2, contentType: "application/json", ...message.properties };
  const { mandatory = false } = message;
  return {
    publish: (body) => channel.basicPublish(to.exchange, to.routingKey, body, properties, mandatory),
    async consume(prefetch, onMessage) {
      await channel.basicQos(prefetch);
      await channel.basicConsume(queue, { noAck: false }, (message) => {
        channel.basicAck(message.deliveryTag);
        onMessage(message.bodyString());
      });
    },
    async close() {
      await channel.queueDelete(queue);
      await connection.close();
    },
  };
}

export const clients = { amqplib, "rabbitmq-client": rabbitmqClient, "@cloudamqp/amqp-client": cloudamqp };
