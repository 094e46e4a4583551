/**
 * Finds the message that ends its consumer's process each time it is handled. The process cannot count its own
 * deaths, so the count is kept on the broker, in the queue `<queue>.suspects`: a small marker is put there before a
 * message is handled that came back from another process's death, and taken away after. Markers that nobody took
 * away are deaths. Nothing of this happens to a message on its first delivery.
 *
 * Markers are not persistent: a broker that restarts forgets deaths, and that only delays the verdict.
 */
import type { AMQPChannel } from "@cloudamqp/amqp-client";
import type { ConfirmChannel } from "../link/confirm-channel.js";
import type { WireClient } from "../link/wire-client.js";
import { declareAuxiliary, type QueueType } from "../topology/declare.js";

const NOTHING = new Uint8Array(0);

export const suspectsQueue = (queue: string): string => `${queue}.suspects`;

/** Lives as long as its connection. */
export class Suspects {
  readonly client: WireClient;
  readonly #confirming: ConfirmChannel;
  readonly #queue: string;
  readonly #type: QueueType;
  #channel: AMQPChannel | undefined;

  constructor(client: WireClient, confirming: ConfirmChannel, queue: string, type: QueueType) {
    this.client = client;
    this.#confirming = confirming;
    this.#queue = suspectsQueue(queue);
    this.#type = type;
  }

  /** Notes that the message is about to be handled. Returns how often that ended in a death before. */
  async enter(messageId: string): Promise<number> {
    if (this.#channel === undefined) {
      await declareAuxiliary(this.client, this.#queue, this.#type);
      this.#channel = await this.client.channel();
    }
    const deaths = await this.#markers(this.#channel, messageId, "keep");
    await new Promise<void>((resolve, reject) => {
      this.#confirming.publish(
        {
          exchange: "",
          routingKey: this.#queue,
          mandatory: false,
          properties: { deliveryMode: 1, messageId },
          body: NOTHING,
        },
        {
          confirmed: () => resolve(),
          refused: () => reject(new Error(`the broker refused a marker in ${this.#queue}`)),
          lost: reject,
        },
      );
    });
    return deaths;
  }

  /** The message was settled while its process lives on. */
  async leave(messageId: string): Promise<void> {
    if (this.#channel !== undefined) await this.#markers(this.#channel, messageId, "remove");
  }

  async #markers(channel: AMQPChannel, messageId: string, then: "keep" | "remove"): Promise<number> {
    let found = 0;
    let others = 0;
    for (;;) {
      const marker = await channel.basicGet(this.#queue, { noAck: false });
      if (marker === null) break;
      const own = marker.properties.messageId === messageId;
      if (own) found++;
      if (own && then === "remove") await channel.basicAck(marker.deliveryTag);
      else others = marker.deliveryTag;
    }
    if (others > 0) await channel.basicNack(others, true, true);
    return found;
  }
}
