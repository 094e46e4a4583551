import { type Death, type DeathReason, deadLetter, firstDeath, isCycle } from "../dead-letter/index.js";
import { Publication } from "../exchange/publication.js";
import type { Route } from "../exchange/route.js";
import { exchangeOf, routingKeyOf } from "../log/record.js";
import type { Queue } from "../queue/queue.js";
import { changedProperties } from "../wire/changed-properties.js";
import { type ContentProperties, type PropertyScan, scanProperties } from "../wire/properties.js";
import { decodeTable } from "../wire/table-codec.js";
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
  // One of its own: a queue that it enters may bury another message before this one is everywhere.
  const publication = new Publication();
  const { draft, scan } = publication;
  const propertiesEnd = propertiesAt + propertiesLength;
  scanProperties(buffer, propertiesAt, propertiesEnd, scan);
  const { deadLetterRoutingKey } = queue.settings;
  const death: Death = {
    queue: queue.name,
    reason,
    time,
    exchange: exchangeOf(message),
    routingKey: routingKeyOf(message),
    newRoutingKey: deadLetterRoutingKey,
  };
  const first = firstDeath(buffer, propertiesAt, propertiesEnd, scan, death);
  const again = first ? undefined : deadLetter(tellingProperties(buffer, scan), death);
  const known = again?.properties.headers;
  const properties =
    first ??
    changedProperties(buffer, propertiesAt, propertiesEnd, scan, { headers: known!, expiration: null });
  const keys = again?.routingKeys ?? [deadLetterRoutingKey ?? death.routingKey];
  draft.properties = properties;
  draft.propertiesAt = 0;
  draft.propertiesLength = properties.length;
  // A copy, as storing it may move the slab that it lies in.
  draft.body = Buffer.from(buffer.subarray(bodyAt, bodyAt + bodyLength));
  draft.bodyAt = 0;
  draft.bodyLength = bodyLength;
  scanProperties(properties, 0, properties.length, scan);
  publication.expiration = Number.POSITIVE_INFINITY;
  publication.arrived = core.clock.now();
  draft.names = namesOf(exchangeName, short(keys[0]!));
  draft.namesAt = 0;
  draft.namesLength = draft.names.length;
  const headers = () => known ?? decodeTable(properties, scan.headersAt, scan.headersEnd);
  const byName = keys.length === 1 ? vhost.route(draft.names, 0, draft.namesLength) : undefined;
  const route = byName?.cacheable ? byName : vhost.resolve(exchangeName, keys, headers);
  if (reason === "rejected") return { publication, route };
  const circling = route.queues.filter((to) => (first ? to === queue : isCycle(headers(), to.name)));
  return { publication, route: circling.length > 0 ? without(route, circling) : route };
}

/** Those that say where the message has been, and why it may be here. */
function tellingProperties(bytes: Buffer, scan: PropertyScan): ContentProperties {
  const { headersAt, headersEnd, expirationAt, expirationEnd } = scan;
  return {
    ...(headersAt < 0 ? {} : { headers: decodeTable(bytes, headersAt, headersEnd) }),
    ...(expirationAt < 0 ? {} : { expiration: bytes.toString("utf8", expirationAt, expirationEnd) }),
  };
}

function namesOf(exchange: string, key: string): Buffer {
  const keyAt = 1 + Buffer.byteLength(exchange);
  const names = Buffer.allocUnsafe(keyAt + 1 + Buffer.byteLength(key));
  names[0] = names.write(exchange, 1);
  names[keyAt] = names.write(key, keyAt + 1);
  return names;
}

/**
 * The key as it can be stored and delivered. Arguments and policies are not held to 255 bytes, and what RabbitMQ does with
 * a longer one is to end the channel of whoever gets the dead letter.
 */
function short(key: string): string {
  // A unit of a string takes three bytes at most.
  if (key.length * 3 <= 255) return key;
  const bytes = Buffer.from(key);
  // A character that is cut in two is left out.
  return bytes.length <= 255 ? key : new TextDecoder().decode(bytes.subarray(0, 255), { stream: true });
}
