/** A message published over HTTP: through admission, routing and the log like any other. */
import { Buffer } from "node:buffer";
import { assertDeliveryMode, assertUserId, extraRoutingKeys, parseExpiration } from "../arguments/index.js";
import { judge } from "../channel/admission.js";
import { accessRefused, type BrokerError, nameOf, preconditionFailed } from "../errors.js";
import { Publication } from "../exchange/publication.js";
import type { CommitWaiter } from "../log/message-log.js";
import type { Core } from "../vhost/core.js";
import { enqueue, OUTCOME } from "../vhost/enqueue.js";
import type { VirtualHost } from "../vhost/virtual-host.js";
import { encodeProperties, scanProperties } from "../wire/properties.js";
import { EMPTY_TABLE } from "../wire/table.js";
import type { ManagedPublish, PublishOutcome } from "./contract.js";

export async function publishManaged(
  core: Core,
  vhost: VirtualHost,
  message: ManagedPublish,
): Promise<PublishOutcome> {
  const { exchange, routingKey, user } = message;
  const headers = message.properties.headers ?? EMPTY_TABLE;
  const extra = extraRoutingKeys(headers);
  const publication = draftOf(core, message);
  const tags = core.access.users.get(user)?.tags ?? [];
  if (message.properties.userId !== undefined) assertUserId(message.properties.userId, { name: user, tags });
  const route = vhost.resolve(exchange, [routingKey, ...extra], () => headers);
  if (route.exchange?.internal)
    throw accessRefused(`cannot publish to internal ${nameOf("exchange", exchange, vhost.name)}`);
  core.counts.published++;
  if (route.exchange) route.exchange.counts.publishedIn++;

  if (core.guarded.has(exchange)) {
    const publisher = { core, vhost, connection: { client: { user, peer: "", name: "management API" } } };
    const verdict = judge(publisher, publication, route);
    if (verdict !== true)
      return verdict.action === "divert" ? { routed: true } : { routed: false, refused: verdict.reason };
  }
  const failure = core.store.log.failure;
  if (failure && publication.persistent && route.durable.length > 0)
    return { routed: false, refused: failure.message };
  const outcome = route.queues.length === 0 ? 0 : enqueue(core, publication, route);
  if (outcome & OUTCOME.STORED) await committed(core);
  if (route.exchange && outcome & OUTCOME.ROUTED) route.exchange.counts.publishedOut++;
  return outcome & OUTCOME.REFUSED
    ? { routed: false, refused: "a queue that the message is routed to is full" }
    : { routed: (outcome & OUTCOME.ROUTED) !== 0 };
}

function draftOf(core: Core, { exchange, routingKey, properties, body }: ManagedPublish): Publication {
  const publication = new Publication();
  const { draft, scan } = publication;
  const { headers, ...rest } = properties;
  const kept = new Map(headers ?? []);
  // Who else got the message is nobody's business.
  kept.delete("BCC");
  draft.properties = encodeProperties({ ...rest, ...(headers === undefined ? {} : { headers: kept }) });
  draft.propertiesLength = draft.properties.length;
  draft.names = Buffer.concat([short(exchange), short(routingKey)]);
  draft.namesLength = draft.names.length;
  draft.body = body;
  draft.bodyLength = body.length;
  scanProperties(draft.properties, 0, draft.propertiesLength, scan);
  assertDeliveryMode(scan.deliveryMode);
  publication.arrived = core.clock.now();
  publication.expiration =
    properties.expiration === undefined ? Number.POSITIVE_INFINITY : parseExpiration(properties.expiration);
  return publication;
}

function short(text: string): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > 255) throw preconditionFailed("a routing key is at most 255 bytes long");
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function committed(core: Core): Promise<void> {
  return new Promise((resolve, reject) => {
    const waiter: CommitWaiter = {
      batch: 0,
      commitStarts: () => undefined,
      committed: (failure: BrokerError | undefined) => (failure ? reject(failure) : resolve()),
    };
    core.store.log.awaitCommit(waiter);
  });
}
