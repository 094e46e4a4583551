/**
 * Who an event that was just published went to, as far as it can be told. AMQP says no more than that at least one queue
 * was bound; which ones, the broker's bindings tell, and these may change while one looks.
 */
import { topicMatcher } from "@33god/bloodbank";
import type { BindingInfo } from "../management/answers.js";
import type { ManagementClient } from "../management/client.js";

/**
 * `none`: no queue was bound. `event_store`: the event store's was, and no other. `queues`: others were.
 * `unknown`: the broker could not be asked, or not in time.
 */
export const RECEIVERS = ["none", "event_store", "queues", "unknown"] as const;
export type Receivers = (typeof RECEIVERS)[number];

type Bindings = Pick<ManagementClient, "bindings">;

/** An answer of the broker serves for all who publish within so many milliseconds. */
const FRESH = 1_000;
/** Nobody who publishes waits longer for it. */
const PATIENCE = 500;

export class ReceiversView {
  readonly #management: Bindings | undefined;
  #asked = Number.NEGATIVE_INFINITY;
  #answer: Promise<readonly BindingInfo[] | undefined> = Promise.resolve(undefined);

  constructor(management: Bindings | undefined) {
    this.#management = management;
  }

  /** `undefined` where it is not known. */
  async bindings(): Promise<readonly BindingInfo[] | undefined> {
    if (this.#management === undefined) return undefined;
    const now = performance.now();
    if (now - this.#asked > FRESH) {
      this.#asked = now;
      this.#answer = this.#management.bindings().catch(() => undefined);
    }
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), PATIENCE);
    });
    return Promise.race([this.#answer, late]).finally(() => clearTimeout(timer));
  }
}

/** `routed` is what the broker itself said of the event, and counts more than bindings that were seen a moment ago. */
export function receiversOf(
  event: { readonly type: string; readonly routed: boolean },
  bindings: readonly BindingInfo[] | undefined,
  { exchange, storeQueue }: { readonly exchange: string; readonly storeQueue: string },
): Receivers {
  if (!event.routed) return "none";
  const matching = (bindings ?? []).filter(
    ({ source, routing_key }) => source === exchange && topicMatcher(routing_key)(event.type),
  );
  // Where another exchange leads to is not followed.
  if (matching.some(({ destination_type }) => destination_type !== "queue")) return "unknown";
  if (matching.some(({ destination }) => destination !== storeQueue)) return "queues";
  return matching.length > 0 ? "event_store" : "unknown";
}
