/**
 * Goes through a queue without taking anything from it: messages are fetched and not acked, and at the end all that were
 * not acked in between are given back, in their place.
 */
import { setTimeout as sleep } from "node:timers/promises";
import type { AMQPChannel, AMQPMessage } from "@cloudamqp/amqp-client";
import { fetchedMessage, type RawDelivery } from "../consume/raw-delivery.js";
import { messageOf } from "../errors.js";
import type { WireClient } from "../link/wire-client.js";

/** Fetched at once: bounds what is in memory, and what a crash sends twice. */
export const STEP = 100;
/** Bytes of messages that one answer holds at most. */
export const ANSWER_BYTES = 64 * 1024 * 1024;

/** Milliseconds that a quorum queue may take until it counts what was given back, and between two looks at its count. */
const BACK_WITHIN = 1_000;
const LOOK_EVERY = 5;

export interface Fetched {
  readonly delivery: RawDelivery;
  readonly tag: number;
}

export class Walk {
  readonly #channel: AMQPChannel;
  readonly #queue: string;
  readonly #messages: number;
  #left: number;
  #fetched = 0;
  #acked = 0;

  private constructor(channel: AMQPChannel, queue: string, messages: number) {
    this.#channel = channel;
    this.#queue = queue;
    this.#messages = messages;
    this.#left = messages;
  }

  /** Undefined when there is no such queue. */
  static async begin(client: WireClient, queue: string): Promise<Walk | undefined> {
    const channel = await client.channel();
    try {
      return new Walk(channel, queue, await waitingIn(channel, queue));
    } catch (error) {
      if (/\(404\)/.test(messageOf(error))) return undefined;
      throw new Error(messageOf(error));
    }
  }

  /** Messages not fetched yet, of those that lay there when the walk began: it does not chase new ones. */
  get left(): number {
    return this.#left;
  }

  /** The next `count` messages, or fewer; none when the walk is at its end. */
  async next(count: number): Promise<readonly Fetched[]> {
    const asked = Math.min(count, this.#left);
    const answers = await Promise.all(
      Array.from({ length: asked }, () => this.#channel.basicGet(this.#queue, { noAck: false })),
    );
    const found = answers.filter((message): message is AMQPMessage => message !== null);
    this.#fetched += found.length;
    this.#left = found.length < asked ? 0 : this.#left - asked;
    return found.map((message) => ({ delivery: fetchedMessage(message), tag: message.deliveryTag }));
  }

  /** Whether something was taken out of the queue, or tried to be. */
  get took(): boolean {
    return this.#acked > 0;
  }

  async ack(tag: number): Promise<void> {
    this.#acked++;
    await this.#channel.basicAck(tag);
  }

  /** What was not acked is back in its queue, also for who looks at once. */
  async end(): Promise<void> {
    if (this.#channel.closed) return;
    // Without the queue, or the connection, there is nothing to be given back.
    if (this.#fetched > this.#acked) await this.#giveBack().catch(() => undefined);
    if (!this.#channel.closed) await this.#channel.close();
  }

  /** Closing the channel would do it as well, on RabbitMQ some time after its answer. */
  async #giveBack(): Promise<void> {
    await this.#channel.basicNack(0, true, true);
    const end = performance.now() + BACK_WITHIN;
    const rest = this.#messages - this.#acked;
    // Somebody else may take some of them: then they do not come back.
    while ((await waitingIn(this.#channel, this.#queue)) < rest && performance.now() < end)
      await sleep(LOOK_EVERY);
  }
}

async function waitingIn(channel: AMQPChannel, queue: string): Promise<number> {
  const { messageCount } = await channel.queueDeclare(queue, { passive: true });
  return messageCount;
}
