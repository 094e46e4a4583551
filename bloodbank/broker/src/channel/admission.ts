import type { MessageProperties, PublishAttempt, Rejection } from "../contract.js";
import { Publication } from "../exchange/publication.js";
import type { Route } from "../exchange/route.js";
import type { Core } from "../vhost/core.js";
import { enqueue } from "../vhost/enqueue.js";
import type { VirtualHost } from "../vhost/virtual-host.js";
import { decodeProperties, encodeProperties, plainProperties, scanProperties } from "../wire/properties.js";
import { type Field, int, text } from "../wire/table.js";
import type { Channel } from "./channel.js";
import { giveBack } from "./publishing.js";

/**
 * The seam of contract.ts. False: the message went to the quarantine instead of its queues, and the publisher has its
 * answer: a nack and nothing else on a confirm channel, a 406 return where it asked for returns; or, diverted, a confirm.
 */
export function admitted(channel: Channel, publication: Publication, route: Route): boolean {
  const verdict = judge(channel, publication, route);
  if (verdict === true) return true;
  if (verdict.action === "divert") channel.confirms?.accepted(verdict.stored);
  else if (channel.confirms) channel.confirms.refused();
  else if (publication.mandatory)
    giveBack(channel, publication, 406, `PRECONDITION_FAILED - ${verdict.reason}`);
  return false;
}

/** Who publishes, as far as admission needs to know: a channel, or the management API. */
export interface Publisher {
  readonly core: Core;
  readonly vhost: VirtualHost;
  readonly connection: { readonly client: PublishAttempt["client"] };
}

/** Asks `admit`; a message that it turns down is in the quarantine when this returns (`stored`: and in the log). */
export function judge(
  publisher: Publisher,
  publication: Publication,
  route: Route,
): true | (Rejection & { readonly stored: boolean }) {
  const { core, connection, vhost } = publisher;
  const { draft } = publication;
  const attempt: PublishAttempt = {
    vhost: vhost.name,
    exchange: route.exchangeName,
    routingKey: draft.routingKey,
    body: draft.body.subarray(draft.bodyAt, draft.bodyAt + draft.bodyLength),
    properties: (): MessageProperties => plainProperties(propertiesOf(publication)),
    client: connection.client,
  };
  const verdict = core.options.admit!(attempt);
  if (verdict === true) return true;
  core.counts.refused++;
  return { ...verdict, stored: quarantine(publisher, publication, route, verdict) };
}

/** A copy with the reasons, kept whatever the publisher wished for it: persistent, and without expiry. */
function quarantine(
  publisher: Publisher,
  publication: Publication,
  route: Route,
  verdict: Rejection,
): boolean {
  const { core, connection, vhost } = publisher;
  const name = core.options.quarantineQueue;
  if (name === undefined) return false;
  const queue =
    vhost.queues.get(name) ??
    vhost.declareQueue(
      {
        vhost: vhost.name,
        name,
        durable: true,
        exclusive: false,
        autoDelete: false,
        arguments: new Map<string, Field>([["x-max-length", int(core.options.quarantineLimit ?? 10_000)]]),
      },
      undefined,
    );
  const { expiration: _, headers, ...properties } = propertiesOf(publication);
  const added = new Map(headers ?? []);
  added.set("x-reason", text(verdict.reason));
  added.set(
    "x-client",
    text(`${connection.client.user}@${connection.client.peer} ${connection.client.name}`.trim()),
  );
  added.set("x-exchange", text(route.exchangeName));
  added.set("x-routing-key", text(publication.draft.routingKey));
  added.set("x-refused-at", text(new Date(core.clock.now()).toISOString()));
  for (const [header, value] of Object.entries(verdict.headers ?? {})) added.set(header, text(value));
  const copy = new Publication();
  Object.assign(copy.draft, publication.draft);
  copy.draft.properties = encodeProperties({ ...properties, headers: added, deliveryMode: 2 });
  copy.draft.propertiesAt = 0;
  copy.draft.propertiesLength = copy.draft.properties.length;
  copy.arrived = publication.arrived;
  scanProperties(copy.draft.properties, 0, copy.draft.propertiesLength, copy.scan);
  try {
    enqueue(core, copy, vhost.resolve("", [queue.name]));
    return true;
  } catch (error) {
    core.report("error", `a refused message could not be quarantined: ${(error as Error).message}`);
    return false;
  }
}

function propertiesOf({ draft }: Publication) {
  return decodeProperties(draft.properties, draft.propertiesAt, draft.propertiesAt + draft.propertiesLength);
}
