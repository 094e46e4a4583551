/** A durable queue of work that is not events: the same retries, dead letters and drain, without contracts. */
import type { BusAddress, HandlerContext } from "../contract.js";
import type { StartOptions } from "../link/link.js";
import { DeliveryLoop } from "./delivery-loop.js";
import { OwnCalls } from "./own-calls.js";
import type { RawDelivery } from "./raw-delivery.js";
import type { LoopSettings } from "./task.js";

export interface WorkConsumerSettings extends LoopSettings {
  /** Resolves: the work is done. Rejects: it is retried on the ladder, or given up for `NonRetryable`. */
  readonly handler: (work: RawDelivery, context: HandlerContext) => Promise<void> | void;
}

/**
 * @example
 * await publisher.sendToQueue("services.fireflies.webhook", JSON.stringify(webhook), { messageId: id });
 * const worker = new WorkConsumer(bus, { queue: "services.fireflies.webhook",
 *   handler: async ({ body }) => fetchTranscript(JSON.parse(new TextDecoder().decode(body))) });
 * await worker.start();
 */
export class WorkConsumer {
  readonly #loop: DeliveryLoop;
  readonly #calls = new OwnCalls();

  constructor(bus: BusAddress, settings: WorkConsumerSettings) {
    this.#loop = new DeliveryLoop(bus, settings, [], (delivery) => {
      const call = this.#calls.begin();
      return {
        id: delivery.properties.messageId,
        key: undefined,
        label: settings.queue,
        run: (context) => call.run(() => settings.handler(delivery, context)),
        over: call.over,
      };
    });
  }

  get connected(): boolean {
    return this.#loop.connected;
  }

  get active(): number {
    return this.#loop.active;
  }

  get pausedBy(): "caller" | "breaker" | undefined {
    return this.#loop.pausedBy;
  }

  /** Connects, declares queue, ladder and dead letters where missing, and begins to consume. */
  start(options?: StartOptions): Promise<void> {
    return this.#loop.start(options);
  }

  /** Resolves when the handlers at work are done; in one of them, it does not wait for any. */
  pause(): Promise<void> {
    return this.#loop.pause(this.#calls.mayWait);
  }

  resume(): Promise<void> {
    return this.#loop.resume();
  }

  /** Waits for the handlers at work, acks, and disconnects; in one of them, that follows when it is done. */
  close(): Promise<void> {
    return this.#loop.close(this.#calls.mayWait);
  }
}
