/** Exchanges and queues as the wire contract names them. Everything here may be repeated without harm. */
import { RETRY_LADDER } from "../contract.js";
import { BloodbankError, messageOf } from "../errors.js";
import type { WireClient } from "../link/wire-client.js";
import { deadLetterQueue, retryQueue } from "./names.js";
import type { QueueDepth } from "./queue-depths.js";

export type QueueType = "classic" | "quorum" | undefined;

export async function declareExchange(client: WireClient, exchange: string): Promise<void> {
  await onFreshChannel(client, (channel) => channel.exchangeDeclare(exchange, "topic", { durable: true }));
}

/** @throws RangeError for the empty name: with it a broker makes a new queue each time, under a name of its own */
export function refuseUnnamed(queue: string): void {
  if (typeof queue !== "string" || queue === "") throw new RangeError("A queue's name is missing.");
}

/** Takes the queue as it stands, whatever arguments its first owner gave it; declares it only where it is missing. */
export async function declareQueue(
  client: WireClient,
  queue: string,
  type: QueueType,
  args: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  refuseUnnamed(queue);
  try {
    await onFreshChannel(client, (channel) => channel.queueDeclare(queue, { passive: true }));
    return;
  } catch (error) {
    if (!/\(404\)/.test(messageOf(error))) throw error;
  }
  const typed = type === undefined ? args : { ...args, "x-queue-type": type };
  await onFreshChannel(client, (channel) => channel.queueDeclare(queue, { durable: true }, typed));
}

/**
 * One that belongs to another queue, and that no foreign client declares: it may have arguments. None of its messages is
 * given up for being given back, be it by who looks at it or by who crashes over it.
 */
export async function declareAuxiliary(
  client: WireClient,
  queue: string,
  type: QueueType,
  args: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const limit = type === "quorum" && client.limitsDeliveries && { "x-delivery-limit": -1 };
  await declareQueue(client, queue, type, { ...args, ...limit });
}

export async function bindQueue(
  client: WireClient,
  queue: string,
  exchange: string,
  patterns: readonly string[],
): Promise<void> {
  await onFreshChannel(client, async (channel) => {
    for (const pattern of patterns) await channel.queueBind(queue, exchange, pattern);
  });
}

/** The queue's retry ladder and its dead-letter queue. */
export async function declareRetries(client: WireClient, queue: string, type: QueueType): Promise<void> {
  await declareAuxiliary(client, deadLetterQueue(queue), type);
  for (const [rung, { ms }] of RETRY_LADDER.entries()) {
    await declareAuxiliary(client, retryQueue(queue, rung), type, {
      "x-message-ttl": ms,
      "x-dead-letter-exchange": "",
      "x-dead-letter-routing-key": queue,
      // Only quorum queues can promise that a dead letter arrives; it needs their publishers to be turned away when full.
      ...(type === "quorum" && { "x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish" }),
    });
  }
}

/** What a queue holds right now; undefined where there is none such. */
export function lookAt(client: WireClient, queue: string): Promise<QueueDepth | undefined> {
  return ifThere(client, async (channel) => {
    const { messageCount, consumerCount } = await channel.queueDeclare(queue, { passive: true });
    return { ready: messageCount, consumers: consumerCount };
  });
}

/** How many messages were taken out of a queue; undefined where there is none such. */
export function emptied(client: WireClient, queue: string): Promise<number | undefined> {
  return ifThere(client, async (channel) => (await channel.queuePurge(queue)).messageCount);
}

async function ifThere<T>(
  client: WireClient,
  work: (channel: Channel) => Promise<T>,
): Promise<T | undefined> {
  try {
    return await onFreshChannel(client, work);
  } catch (error) {
    if (/\(404\)/.test(messageOf(error))) return undefined;
    throw error;
  }
}

type Channel = Awaited<ReturnType<WireClient["channel"]>>;

/** An AMQP error closes the channel it happened on: each question gets its own. */
async function onFreshChannel<T>(client: WireClient, work: (channel: Channel) => Promise<T>): Promise<T> {
  const channel = await client.channel();
  try {
    return await work(channel);
  } catch (error) {
    if (/\(406\)/.test(messageOf(error))) throw new BloodbankError("TOPOLOGY_CONFLICT", messageOf(error));
    // The library's error holds the whole connection, password included: only its message goes on.
    throw new Error(messageOf(error));
  } finally {
    if (!channel.closed) await channel.close();
  }
}
