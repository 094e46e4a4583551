import type { Publication } from "../exchange/publication.js";
import { makeRoute, type Route } from "../exchange/route.js";
import type { Queue } from "../queue/queue.js";
import type { Core } from "./core.js";

/** What became of a publish; bits. */
export const OUTCOME = {
  /** At least one queue has it. */
  ROUTED: 1,
  /** It is in the log: confirmed when its batch is committed. */
  STORED: 2,
  /** A queue with `overflow: reject-publish` was full. */
  REFUSED: 4,
} as const;

/** Stores a message once and puts it into every queue of its route. */
export function enqueue(core: Core, publication: Publication, route: Route): number {
  let open = route;
  let outcome = 0;
  if (route.mayRefuse) {
    const full = route.queues.filter((queue) => queue.refuses(publication.draft.bodyLength));
    if (full.length > 0) {
      outcome = OUTCOME.REFUSED;
      for (const queue of full)
        if (queue.settings.overflow === "reject-publish-dlx") bury(core, publication, queue);
      open = without(route, full);
    }
  }
  const { store } = core;
  const { draft, scan, expiration, arrived } = publication;
  const size = draft.bodyLength;
  const { priority } = scan;
  const { queues } = open;
  if (queues.length === 0) return outcome;
  let rest = queues;
  if (scan.deliveryMode === 2 && open.durable.length > 0) {
    const { durable } = open;
    const ref = store.log.append(draft, open.durableIds, arrived);
    for (let i = 0; i < durable.length; i++) durable[i]!.publish(ref, size, priority, expiration, arrived);
    rest = open.transient;
    outcome |= OUTCOME.STORED;
  }
  if (rest.length > 0) {
    const ref = store.volatile.append(draft, rest.length, arrived);
    for (let i = 0; i < rest.length; i++) rest[i]!.publish(ref, size, priority, expiration, arrived);
  }
  return outcome | OUTCOME.ROUTED;
}

export function without(route: Route, excluded: readonly Queue[]): Route {
  const left = route.queues.filter((queue) => !excluded.includes(queue));
  return makeRoute(route.exchange, left, false);
}

/** `reject-publish-dlx`: what a full queue refuses is dead-lettered as if it had been dropped from it. */
function bury(core: Core, publication: Publication, queue: Queue): void {
  queue.bury(core.store.volatile.append(publication.draft, 1, publication.arrived));
}
