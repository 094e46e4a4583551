import { assertDeliveryMode, assertUserId, extraRoutingKeys, parseExpiration } from "../arguments/index.js";
import { returnMethod, writeContent } from "../connection/write-message.js";
import { accessRefused, BrokerError, nameOf, notImplemented, preconditionFailed } from "../errors.js";
import type { Publication } from "../exchange/publication.js";
import type { Route } from "../exchange/route.js";
import { enqueue, OUTCOME } from "../vhost/enqueue.js";
import { type Changes, changedProperties } from "../wire/changed-properties.js";
import { scanProperties } from "../wire/properties.js";
import type { Table } from "../wire/table.js";
import { decodeTable } from "../wire/table-codec.js";
import { admitted } from "./admission.js";
import type { Channel } from "./channel.js";
import { REPLY_TO, REPLY_TO_PREFIX, sendReply } from "./reply-to.js";

/** A publish that is complete: checked, routed, stored, and answered as far as it can be now. */
export function publish(channel: Channel, publication: Publication): void {
  const { connection, vhost, core } = channel;
  const { draft, scan } = publication;
  let route = vhost.route(draft.names, draft.namesAt, draft.namesLength);
  connection.assertMayPublish(route, draft);
  if (route.exchange?.internal)
    throw accessRefused(`cannot publish to internal ${nameOf("exchange", route.exchangeName, vhost.name)}`);
  if (publication.immediate) throw notImplemented("immediate=true");
  if (scan.deliveryMode > 2) assertDeliveryMode(scan.deliveryMode);
  if (scan.userIdAt >= 0)
    assertUserId(draft.properties.toString("utf8", scan.userIdAt, scan.userIdEnd), connection.authenticated!);
  publication.arrived = core.clock.now();
  publication.expiration =
    scan.expirationAt < 0
      ? Number.POSITIVE_INFINITY
      : parseExpiration(draft.properties.toString("utf8", scan.expirationAt, scan.expirationEnd));
  if (scan.headersAt >= 0 && (!route.cacheable || mentionsCopies(publication)))
    route = routeByHeaders(channel, publication, route);
  if (scan.replyToAt >= 0) addressReply(channel, publication);
  core.counts.published++;
  channel.counts.published++;
  if (route.exchange) route.exchange.counts.publishedIn++;
  if (connection.guards(route.exchangeName) && !admitted(channel, publication, route)) return;
  if (channel.transaction) channel.transaction.publish(publication, route);
  else deliver(channel, publication, route);
}

/** Into the queues, and the answer: a return, a confirm, both or none. */
export function deliver(channel: Channel, publication: Publication, route: Route): void {
  let outcome = 0;
  if (route.queues.length > 0) {
    if (channel.core.store.log.failure && publication.persistent && route.durable.length > 0) {
      channel.refuse(channel.core.store.log.failure);
      return;
    }
    try {
      outcome = enqueue(channel.core, publication, route);
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      channel.refuse(error);
      return;
    }
  } else if (route.exchangeName === "") outcome = reply(channel, publication);
  if (outcome === 0) {
    if (publication.mandatory) {
      channel.core.counts.returned++;
      giveBack(channel, publication, 312, "NO_ROUTE");
    } else channel.core.counts.unroutable++;
  }
  if (route.exchange && outcome & OUTCOME.ROUTED) route.exchange.counts.publishedOut++;
  if (channel.confirms === undefined) {
    if (outcome & OUTCOME.REFUSED) channel.transaction?.refused();
    return;
  }
  if (outcome & OUTCOME.REFUSED) channel.confirms.refused();
  else channel.confirms.accepted((outcome & OUTCOME.STORED) !== 0);
}

/** No queue has the name: it may be the address of a channel that waits for direct replies. */
function reply(channel: Channel, publication: Publication): number {
  const { routingKey } = publication.draft;
  const sent = routingKey.startsWith(REPLY_TO_PREFIX) && sendReply(channel, publication, routingKey);
  return sent ? OUTCOME.ROUTED : 0;
}

export function giveBack(channel: Channel, publication: Publication, code: number, reason: string): void {
  const { connection, core } = channel;
  const ref = core.store.volatile.append(publication.draft, 1, publication.arrived);
  const message = core.store.message(ref);
  const { buffer, propertiesAt, propertiesLength } = message;
  const method = returnMethod(code, reason);
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
  core.store.release(ref, 0);
  connection.touched();
}

function headersOf({ draft, scan }: Publication): Table {
  return scan.headersAt < 0 ? NO_HEADERS : decodeTable(draft.properties, scan.headersAt, scan.headersEnd);
}

const NO_HEADERS: Table = new Map();
const COPY = Buffer.from("CC");

/** Looked for as bytes: nearly no message has `CC` or `BCC`, and reading every header costs more. */
function mentionsCopies({ draft, scan }: Publication): boolean {
  return draft.properties.subarray(scan.headersAt, scan.headersEnd).includes(COPY);
}

function routeByHeaders(channel: Channel, publication: Publication, route: Route): Route {
  const headers = headersOf(publication);
  const extra = extraRoutingKeys(headers);
  if (headers.has("BCC")) {
    const kept = new Map(headers);
    kept.delete("BCC");
    changeProperties(publication, { headers: kept });
  }
  if (route.cacheable && extra.length === 0) return route;
  return channel.vhost.resolve(route.exchangeName, [publication.draft.routingKey, ...extra], () => headers);
}

/** A request for a direct reply: its `reply-to` becomes the address of this channel's reply consumer. */
function addressReply(channel: Channel, publication: Publication): void {
  const { draft, scan } = publication;
  if (scan.replyToEnd - scan.replyToAt !== REPLY_TO.length) return;
  if (draft.properties.toString("latin1", scan.replyToAt, scan.replyToEnd) !== REPLY_TO) return;
  if (channel.replyTo === undefined) throw preconditionFailed("fast reply consumer does not exist");
  changeProperties(publication, { replyTo: channel.replyTo.address });
}

function changeProperties({ draft, scan }: Publication, changes: Changes): void {
  const { properties, propertiesAt, propertiesLength } = draft;
  draft.properties = changedProperties(
    properties,
    propertiesAt,
    propertiesAt + propertiesLength,
    scan,
    changes,
  );
  draft.propertiesAt = 0;
  draft.propertiesLength = draft.properties.length;
  scanProperties(draft.properties, 0, draft.propertiesLength, scan);
}
