import { DeliverMethod, writeContent } from "../connection/write-message.js";
import type { StoredMessage } from "../log/record.js";
import type { Consumer } from "../queue/consumer.js";
import type { Queue } from "../queue/queue.js";
import type { Table } from "../wire/table.js";
import type { Channel } from "./channel.js";
import { withDeliveryCount } from "./delivery-count.js";

/** A consumer at the end of a socket. */
export class ChannelConsumer implements Consumer {
  readonly tag: string;
  readonly channel: Channel;
  readonly queue: Queue;
  readonly noAck: boolean;
  readonly exclusive: boolean;
  readonly priority: number;
  readonly arguments: Table;
  /** 0: no limit. Set by the `basic.qos` that was last when it came. */
  readonly prefetch: number;
  unsettled = 0;
  readonly #method: DeliverMethod;

  constructor(
    channel: Channel,
    queue: Queue,
    tag: string,
    options: {
      readonly noAck: boolean;
      readonly exclusive: boolean;
      readonly priority: number;
      readonly arguments: Table;
      readonly prefetch: number;
    },
  ) {
    this.channel = channel;
    this.queue = queue;
    this.tag = tag;
    this.noAck = options.noAck;
    this.exclusive = options.exclusive;
    this.priority = options.priority;
    this.arguments = options.arguments;
    this.prefetch = options.prefetch;
    this.#method = new DeliverMethod(tag);
  }

  canTake(): boolean {
    const { channel } = this;
    if (!channel.connection.mayDeliver(this.queue)) return false;
    if (this.noAck) return true;
    if (this.prefetch > 0 && this.unsettled >= this.prefetch) return false;
    return channel.hasCredit;
  }

  take(handle: number, message: StoredMessage, redelivered: boolean, returns: number): void {
    const { channel } = this;
    const { connection } = channel;
    const tag = channel.nextDeliveryTag();
    const method = this.#method.set(tag, redelivered);
    if (returns === 0 || this.queue.type === "classic") {
      const { buffer, propertiesAt, propertiesLength } = message;
      writeContent(
        connection.output,
        channel.number,
        method,
        message,
        buffer,
        propertiesAt,
        propertiesLength,
        connection.frameMax,
      );
    } else {
      const counted = withDeliveryCount(message, returns);
      writeContent(
        connection.output,
        channel.number,
        method,
        message,
        counted ?? message.buffer,
        counted ? 0 : message.propertiesAt,
        counted?.length ?? message.propertiesLength,
        connection.frameMax,
      );
    }
    connection.touched();
    connection.core.counts.delivered++;
    if (this.noAck) return;
    this.unsettled++;
    channel.delivered({ tag, queue: this.queue, handle, consumer: this, at: connection.core.turn.now });
  }

  cancelled(): void {
    this.channel.consumerCancelled(this);
  }
}
