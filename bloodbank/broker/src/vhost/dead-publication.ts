import { type DeathReason, deadLetter, isCycle } from "../dead-letter/index.js";
import { Publication } from "../exchange/publication.js";
import type { Route } from "../exchange/route.js";
import { exchangeOf, routingKeyOf } from "../log/record.js";
import type { Queue } from "../queue/queue.js";
import { decodeProperties, encodeProperties, scanProperties } from "../wire/properties.js";
import { EMPTY_TABLE } from "../wire/table.js";
import { without } from "./enqueue.js";
import type { VirtualHost } from "./virtual-host.js";

/** A message's end in a queue. */
export interface End {
  readonly queue: Queue;
  readonly reason: DeathReason;
  /** Milliseconds since 1970. */
  readonly time: number;
}

/**
 * The dead letter of the message at `ref`, and where it goes: not round and round (see `isCycle`), and nowhere where
 * the exchange is not there. Throws where the message cannot be read.
 */
export function deadPublication(
  vhost: VirtualHost,
  ref: number,
  { queue, reason, time }: End,
): { readonly publication: Publication; readonly route: Route } | undefined {
  const { core } = vhost;
  const exchangeName = queue.settings.deadLetterExchange;
  if (exchangeName === undefined || (exchangeName !== "" && !vhost.exchanges.has(exchangeName)))
    return undefined;
  const message = core.store.message(ref);
  const { buffer, propertiesAt, propertiesLength, bodyAt, bodyLength } = message;
  const dead = deadLetter(decodeProperties(buffer, propertiesAt, propertiesAt + propertiesLength), {
    queue: queue.name,
    reason,
    time,
    exchange: exchangeOf(message),
    routingKey: routingKeyOf(message),
    newRoutingKey: queue.settings.deadLetterRoutingKey,
  });
  const headers = dead.properties.headers ?? EMPTY_TABLE;
  // One of its own: a queue that it enters may bury another message before this one is everywhere.
  const publication = new Publication();
  const { draft, scan } = publication;
  draft.properties = encodeProperties(dead.properties);
  draft.propertiesAt = 0;
  draft.propertiesLength = draft.properties.length;
  // A copy, as storing it may move the slab that it lies in.
  draft.body = Buffer.from(buffer.subarray(bodyAt, bodyAt + bodyLength));
  draft.bodyAt = 0;
  draft.bodyLength = bodyLength;
  scanProperties(draft.properties, 0, draft.propertiesLength, scan);
  publication.expiration = Number.POSITIVE_INFINITY;
  publication.arrived = core.clock.now();
  const route = vhost.resolve(exchangeName, dead.routingKeys, () => headers);
  const names = Buffer.from(`_${exchangeName}_${short(dead.routingKeys[0]!)}`);
  const exchangeLength = Buffer.byteLength(exchangeName);
  names[0] = exchangeLength;
  names[1 + exchangeLength] = names.length - 2 - exchangeLength;
  draft.names = names;
  draft.namesAt = 0;
  draft.namesLength = names.length;
  const circling = reason === "rejected" ? [] : route.queues.filter((to) => isCycle(headers, to.name));
  return { publication, route: circling.length > 0 ? without(route, circling) : route };
}

/**
 * The key as it can be stored and delivered. Arguments and policies are not held to 255 bytes, and what RabbitMQ does with
 * a longer one is to end the channel of whoever gets the dead letter.
 */
function short(key: string): string {
  const bytes = Buffer.from(key);
  // A character that is cut in two is left out.
  return bytes.length <= 255 ? key : new TextDecoder().decode(bytes.subarray(0, 255), { stream: true });
}
