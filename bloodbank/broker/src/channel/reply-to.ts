import { randomBytes } from "node:crypto";
import { DeliverMethod, writeContent } from "../connection/write-message.js";
import { preconditionFailed } from "../errors.js";
import type { Publication } from "../exchange/publication.js";
import type { Channel } from "./channel.js";

/**
 * Direct reply-to: a client consumes `amq.rabbitmq.reply-to`, which is no queue, and whoever answers publishes to the
 * address that its requests carry. Replies reach the channel at once or not at all.
 */
export const REPLY_TO = "amq.rabbitmq.reply-to";
export const REPLY_TO_PREFIX = `${REPLY_TO}.`;

export function consumeReplies(channel: Channel, consumerTag: string, noAck: boolean): void {
  if (!noAck) throw preconditionFailed("reply consumer cannot acknowledge");
  if (channel.replyTo) throw preconditionFailed("reply consumer already set");
  const address = REPLY_TO_PREFIX + randomBytes(18).toString("base64url");
  channel.replyTo = { address, consumerTag };
  channel.connection.replies.set(address, channel);
}

/** False: nobody waits there any more. */
export function sendReply(channel: Channel, publication: Publication, address: string): boolean {
  const target = channel.connection.replies.get(address);
  if (target?.replyTo === undefined || target.closing) return false;
  const { store } = channel.core;
  const ref = store.volatile.append(publication.draft, 1, publication.arrived);
  const message = store.message(ref);
  const { buffer, propertiesAt, propertiesLength } = message;
  const method = new DeliverMethod(target.replyTo.consumerTag).set(target.nextDeliveryTag(), false);
  const { connection } = target;
  writeContent(
    connection.output,
    target.number,
    method,
    message,
    buffer,
    propertiesAt,
    propertiesLength,
    connection.frameMax,
  );
  store.release(ref, 0);
  connection.touched();
  return true;
}
