import { AmqpError, type BrokerError, preconditionFailed } from "../errors.js";
import { Publication } from "../exchange/publication.js";
import { makeRoute, type Route } from "../exchange/route.js";
import type { CommitWaiter } from "../log/message-log.js";
import type { VirtualHost } from "../vhost/virtual-host.js";
import type { Channel, Settlement } from "./channel.js";
import type { Delivery } from "./unsettled.js";

/**
 * What a transactional channel has published and settled since its last commit. Nothing of it happens before the
 * commit; `commit-ok` is sent when what was published is on disk.
 */
export class Transaction implements CommitWaiter {
  batch = 0;
  readonly #channel: Channel;
  #publishes: { readonly publication: Publication; readonly route: Route }[] = [];
  #settled: { readonly how: Settlement; readonly deliveries: readonly Delivery[] }[] = [];
  /** For each commit that the disk has not answered for, whether queues took all of it. */
  #commits: boolean[] = [];
  #committing: boolean[] = [];
  #complete = true;

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  publish(publication: Publication, route: Route): void {
    this.#publishes.push({ publication: copyOf(publication), route });
  }

  settle(how: Settlement, deliveries: readonly Delivery[]): void {
    this.#settled.push({ how, deliveries });
  }

  commit(enqueue: (publication: Publication, route: Route) => void): void {
    const publishes = this.#publishes;
    this.#publishes = [];
    this.#complete = true;
    for (const { publication, route } of publishes)
      enqueue(publication, standing(this.#channel.vhost, route));
    // Not before: where the log fails, they go back to their queues.
    const settled = this.#settled;
    this.#settled = [];
    for (const { how, deliveries } of settled)
      for (const delivery of deliveries) this.#channel.settle(how, delivery);
    this.#commits.push(this.#complete);
    this.#channel.core.store.log.awaitCommit(this);
  }

  /** A full queue refused what is being committed. */
  refused(): void {
    this.#complete = false;
  }

  rollback(): void {
    this.#publishes = [];
    this.#channel.unsettled.restore(this.#settled.flatMap(({ deliveries }) => deliveries));
    this.#settled = [];
  }

  commitStarts(): void {
    this.#committing = this.#commits;
    this.#commits = [];
  }

  committed(failure: BrokerError | undefined): void {
    if (this.#channel.closing) return;
    for (const complete of this.#committing.splice(0)) {
      // Nobody up there catches: this is called when the disk has answered.
      if (failure || !complete) {
        const error = failure
          ? new AmqpError("RESOURCE_ERROR", failure.message, "channel")
          : preconditionFailed("partial tx completion");
        this.#channel.fail(error, 90, 20);
        return;
      }
      this.#channel.send("tx.commit-ok", {});
    }
  }
}

/** Queues are deleted, and declared again, between a publish and its commit: it goes to those that have their names by then. */
function standing(vhost: VirtualHost, route: Route): Route {
  if (!route.queues.some(({ deleted }) => deleted)) return route;
  const queues = route.queues.flatMap(({ name }) => vhost.queues.get(name) ?? []);
  return makeRoute(route.exchange, queues, false);
}

/** The bytes of a publish are only lent: this keeps them. */
function copyOf(from: Publication): Publication {
  const { draft } = from;
  const copy = new Publication();
  Object.assign(copy.scan, from.scan);
  copy.mandatory = from.mandatory;
  copy.arrived = from.arrived;
  copy.expiration = from.expiration;
  const bytes = Buffer.concat([
    draft.names.subarray(draft.namesAt, draft.namesAt + draft.namesLength),
    draft.properties.subarray(draft.propertiesAt, draft.propertiesAt + draft.propertiesLength),
    draft.body.subarray(draft.bodyAt, draft.bodyAt + draft.bodyLength),
  ]);
  const kept = copy.draft;
  kept.names = kept.properties = kept.body = bytes;
  kept.namesLength = draft.namesLength;
  kept.propertiesAt = draft.namesLength;
  kept.propertiesLength = draft.propertiesLength;
  kept.bodyAt = draft.namesLength + draft.propertiesLength;
  kept.bodyLength = draft.bodyLength;
  return copy;
}
