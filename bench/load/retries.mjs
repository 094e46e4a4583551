import { deadLetterQueue, RETRY_LADDER, retryQueue } from "@33god/bloodbank";
import { AMQPClient } from "@cloudamqp/amqp-client";

/** Deletes the ladder and the dead-letter queue that a `Consumer` of this queue declared. */
export async function deleteRetries(port, queue) {
  const connection = await new AMQPClient(`amqp://guest:guest@127.0.0.1:${port}/`).connect();
  const channel = await connection.channel();
  for (const name of [deadLetterQueue(queue), ...RETRY_LADDER.map((_, rung) => retryQueue(queue, rung))])
    await channel.queueDelete(name);
  await connection.close();
}
