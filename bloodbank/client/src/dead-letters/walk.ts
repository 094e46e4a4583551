/**
 * Goes through a queue without taking anything from it: messages are fetched and not acked, and closing the channel
 * gives back, in their place, all that were not acked in between.
 */
import type { AMQPChannel, AMQPMessage } from "@cloudamqp/amqp-client";
import { fetchedMessage, type RawDelivery } from "../consume/raw-delivery.js";
import { messageOf } from "../errors.js";
import type { WireClient } from "../link/wire-client.js";

/** Fetched at once: bounds what is in memory, and what a crash sends twice. */
export const STEP = 100;
/** Bytes of messages that one answer holds at most. */
export const ANSWER_BYTES = 64 * 1024 * 1024;

export interface Fetched {
  readonly delivery: RawDelivery;
  readonly tag: number;
}

export class Walk {
  readonly #channel: AMQPChannel;
  readonly #queue: string;
  #left: number;
  #took = false;

  private constructor(channel: AMQPChannel, queue: string, messages: number) {
    this.#channel = channel;
    this.#queue = queue;
    this.#left = messages;
  }

  /** Undefined when there is no such queue. */
  static async begin(client: WireClient, queue: string): Promise<Walk | undefined> {
    const channel = await client.channel();
    try {
      const { messageCount } = await channel.queueDeclare(queue, { passive: true });
      return new Walk(channel, queue, messageCount);
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
    this.#left = found.length < asked ? 0 : this.#left - asked;
    return found.map((message) => ({ delivery: fetchedMessage(message), tag: message.deliveryTag }));
  }

  /** Whether something was taken out of the queue, or tried to be. */
  get took(): boolean {
    return this.#took;
  }

  async ack(tag: number): Promise<void> {
    this.#took = true;
    await this.#channel.basicAck(tag);
  }

  /** Gives back what was not acked. */
  async end(): Promise<void> {
    if (!this.#channel.closed) await this.#channel.close();
  }
}
