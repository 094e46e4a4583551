import { type DeathReason, deadLetter, isCycle } from "../dead-letter/index.js";
import type { BrokerError } from "../errors.js";
import { Publication } from "../exchange/publication.js";
import type { CommitWaiter } from "../log/message-log.js";
import { exchangeOf, routingKeyOf } from "../log/record.js";
import type { Queue } from "../queue/queue.js";
import { decodeProperties, encodeProperties, scanProperties } from "../wire/properties.js";
import { EMPTY_TABLE } from "../wire/table.js";
import { enqueue, OUTCOME, without } from "./enqueue.js";
import type { VirtualHost } from "./virtual-host.js";

/**
 * Moves dead messages on. A dead letter that must survive is on disk before its original is forgotten, so a crash
 * between the two delivers it twice and never loses it; order is kept, as both happen in the order of the deaths.
 */
export class DeadLetters implements CommitWaiter {
  batch = 0;
  readonly #vhost: VirtualHost;
  #waiting: Original[] = [];
  #committing: Original[] = [];

  constructor(vhost: VirtualHost) {
    this.#vhost = vhost;
  }

  send(queue: Queue, ref: number, reason: DeathReason): void {
    const { store, clock } = this.#vhost.core;
    const exchangeName = queue.settings.deadLetterExchange!;
    const known = exchangeName === "" || this.#vhost.exchanges.has(exchangeName);
    let outcome = 0;
    try {
      outcome = known ? this.#publish(queue, ref, reason, exchangeName, clock.now()) : 0;
    } catch (error) {
      // The log takes nothing more, or the message cannot be read: the original stays where it is until the next start.
      this.#vhost.core.report(
        "error",
        `a dead letter of queue '${queue.name}' in vhost '${this.#vhost.name}' could not be moved: ${(error as Error).message}`,
      );
      return;
    }
    if ((outcome & OUTCOME.STORED) === 0 || ref < 0) {
      store.release(ref, queue.id);
      return;
    }
    this.#waiting.push({ queue, ref });
    store.log.awaitCommit(this);
  }

  commitStarts(): void {
    this.#committing = this.#waiting;
    this.#waiting = [];
  }

  committed(failure: BrokerError | undefined): void {
    const done = this.#committing;
    this.#committing = [];
    // The dead letters are not on disk: their originals stay there, and a restart brings them back.
    if (failure) return;
    const { store } = this.#vhost.core;
    for (const { queue, ref } of done) {
      if (queue.deleted) store.forget(ref);
      else store.release(ref, queue.id);
    }
  }

  #publish(queue: Queue, ref: number, reason: DeathReason, exchangeName: string, now: number): number {
    const message = this.#vhost.core.store.message(ref);
    const { buffer, propertiesAt, propertiesLength, bodyAt, bodyLength } = message;
    const dead = deadLetter(decodeProperties(buffer, propertiesAt, propertiesAt + propertiesLength), {
      queue: queue.name,
      reason,
      time: now,
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
    publication.arrived = now;
    const route = this.#vhost.resolve(exchangeName, dead.routingKeys, () => headers);
    const names = Buffer.from(`_${exchangeName}_${route.routingKey}`);
    const exchangeLength = Buffer.byteLength(exchangeName);
    names[0] = exchangeLength;
    names[1 + exchangeLength] = names.length - 2 - exchangeLength;
    draft.names = names;
    draft.namesAt = 0;
    draft.namesLength = names.length;
    const circling = reason === "rejected" ? [] : route.queues.filter((to) => isCycle(headers, to.name));
    return enqueue(this.#vhost.core, publication, circling.length > 0 ? without(route, circling) : route);
  }
}

interface Original {
  readonly queue: Queue;
  readonly ref: number;
}
