/** How much waits in queues, asked of the broker itself: a management API tells what it counted some seconds ago. */
import type { BusAddress } from "../contract.js";
import { BloodbankError } from "../errors.js";
import { Link, type StartOptions } from "../link/link.js";
import type { WireClient } from "../link/wire-client.js";
import { lookAt } from "./declare.js";

export interface QueueDepth {
  /** Messages that no consumer holds. */
  readonly ready: number;
  readonly consumers: number;
}

/**
 * @example
 * const depths = new QueueDepths(bus);
 * await depths.start();
 * const depth = await depths.of("services.a.b");
 * await depths.close();
 */
export class QueueDepths {
  readonly #link: Link;
  #client: WireClient | undefined;

  constructor(bus: BusAddress) {
    this.#link = new Link(bus, `${bus.source.app} depths`, {
      setUp: async (client) => {
        this.#client = client;
      },
      down: () => {
        this.#client = undefined;
      },
    });
  }

  start(options?: StartOptions): Promise<void> {
    return this.#link.start(options);
  }

  /**
   * Undefined where there is no such queue.
   *
   * @throws BloodbankError `BROKER_UNREACHABLE` while there is no connection, `NOT_STARTED` when it is not kept
   */
  async of(queue: string): Promise<QueueDepth | undefined> {
    if (!this.#link.started) throw new BloodbankError("NOT_STARTED");
    if (this.#client === undefined) throw new BloodbankError("BROKER_UNREACHABLE");
    return lookAt(this.#client, queue);
  }

  close(): Promise<void> {
    return this.#link.close();
  }
}
