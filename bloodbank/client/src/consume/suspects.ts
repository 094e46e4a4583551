/**
 * Finds the message that ends its consumer's process each time it is handled. The process cannot count its own
 * deaths, so the count is kept on the broker, in the queue `<queue>.suspects`: a small marker is put there before a
 * message is handled that came back from another process's death, and taken away after. Markers that nobody took
 * away are deaths. Nothing of this happens to a message on its first delivery.
 */
import type { AMQPChannel } from "@cloudamqp/amqp-client";
import type { ConfirmChannel } from "../link/confirm-channel.js";
import type { WireClient } from "../link/wire-client.js";
import { declareQueue, type QueueType } from "../topology/declare.js";

const NOTHING = new Uint8Array(0);

export const suspectsQueue = (queue: string): string => `${queue}.suspects`;

export class Suspects {
  readonly #client: WireClient;
  readonly #confirming: ConfirmChannel;
  readonly #queue: string;
  readonly #type: QueueType;

  constructor(client: WireClient, confirming: ConfirmChannel, queue: string, type: QueueType) {
    this.#client = client;
    this.#confirming = confirming;
    this.#queue = suspectsQueue(queue);
    this.#type = type;
  }

  /** Notes that the message is about to be handled. Returns how often that ended in a death before. */
  async enter(messageId: string): Promise<number> {
    await declareQueue(this.#client, this.#queue, this.#type);
    const deaths = await this.#eachMarker((marker) => marker === messageId, "keep");
    await new Promise<void>((resolve, reject) => {
      this.#confirming.publish(
        {
          exchange: "",
          routingKey: this.#queue,
          mandatory: false,
          properties: { deliveryMode: 2, messageId },
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
    await this.#eachMarker((marker) => marker === messageId, "remove");
  }

  async #eachMarker(matches: (messageId: string) => boolean, then: "keep" | "remove"): Promise<number> {
    const channel: AMQPChannel = await this.#client.channel();
    let found = 0;
    try {
      for (;;) {
        const marker = await channel.basicGet(this.#queue, { noAck: false });
        if (marker === null) break;
        if (!matches(marker.properties.messageId ?? "")) continue;
        found++;
        if (then === "remove") await channel.basicAck(marker.deliveryTag);
      }
    } finally {
      // Closing gives back what was not acked.
      if (!channel.closed) await channel.close();
    }
    return found;
  }
}
