import type { DeathReason } from "../dead-letter/index.js";
import type { BrokerError } from "../errors.js";
import type { CommitWaiter } from "../log/message-log.js";
import type { Queue } from "../queue/queue.js";
import { deadPublication } from "./dead-publication.js";
import { enqueue, OUTCOME } from "./enqueue.js";
import type { VirtualHost } from "./virtual-host.js";

/**
 * Moves dead messages on. A dead letter that must survive is on disk before its original is forgotten, so a crash
 * between the two delivers it twice and never loses it; order is kept, as both happen in the order of the deaths. A
 * target that is full, or not there, loses it: see lasting-dead-letters.ts for those that may not be lost at all.
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
    let outcome = 0;
    try {
      const dead = deadPublication(this.#vhost, ref, { queue, reason, time: clock.now() });
      if (dead) outcome = enqueue(this.#vhost.core, dead.publication, dead.route);
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
    store.log.awaitCommit(this, "later");
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
}

interface Original {
  readonly queue: Queue;
  readonly ref: number;
}
