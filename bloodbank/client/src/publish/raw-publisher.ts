/** Bytes to any exchange, with the same promise as an event: for what was an event once and goes on as it was. */

import type { BusAddress } from "../contract.js";
import { uuidv7 } from "../envelope/uuid-v7.js";
import { BloodbankError } from "../errors.js";
import { type OutgoingProperties, outgoingProperties } from "../link/encode.js";
import type { StartOptions } from "../link/link.js";
import { CallbackEntry, refuseOther } from "./entry.js";
import { Sender, type SenderSettings } from "./sender.js";

const DEADLINE = 30_000;

export interface RawMessage {
  /** `""`, the default exchange: the routing key is a queue's name. */
  readonly exchange: string;
  readonly routingKey: string;
  readonly body: Uint8Array;
  /**
   * As `RawDelivery.properties` has them. `deliveryMode` is 2 and `messageId` a UUIDv7 by default. A `userId` is
   * left out: a broker takes none but its connection's own.
   */
  readonly properties?: Omit<OutgoingProperties, "headers"> & { readonly [other: string]: unknown };
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Whether it is worth knowing that no queue was bound; true by default. */
  readonly mandatory?: boolean;
  /** Milliseconds until `send` gives up waiting for the confirm; 30,000 by default. */
  readonly deadline?: number;
}

/**
 * @example
 * const raw = new RawPublisher({ url, source: { host: "laptop", type: "system", app: "replay" } });
 * await raw.start();
 * const { routed } = await raw.send({ exchange: "", routingKey: "my.queue", body, properties, headers });
 * await raw.close();
 */
export class RawPublisher {
  readonly #sender: Sender;

  constructor(bus: BusAddress, settings: SenderSettings = {}) {
    this.#sender = new Sender(bus, "raw publisher", settings);
  }

  /** Whether the broker can be reached right now. */
  get connected(): boolean {
    return this.#sender.connected;
  }

  /** Sent and not yet confirmed. */
  get pending(): number {
    return this.#sender.pending;
  }

  /** Connects; declares nothing. */
  start(options?: StartOptions): Promise<void> {
    return this.#sender.start(options);
  }

  /**
   * Resolves when the broker has confirmed the message; `routed` is false when it was mandatory and no queue was
   * bound for it. Sent again on each new connection until then, so it may arrive twice, with the same `messageId`.
   *
   * @throws PublishRefused when the broker's admission or a full queue turned it down
   * @throws PublishRejected when the exchange does not exist, or the message is too large
   * @throws PublishTimeout when the deadline passed
   */
  send(message: RawMessage): Promise<{ readonly routed: boolean }> {
    if (!this.#sender.open) return Promise.reject(new BloodbankError("NOT_STARTED"));
    const { exchange, routingKey, body, properties = {}, headers, mandatory = true } = message;
    return new Promise((resolve, reject) => {
      refuseOther(body);
      this.#sender.enter(
        new CallbackEntry(
          {
            exchange,
            routingKey,
            body,
            mandatory,
            properties: outgoingProperties(properties, {
              headers,
              deliveryMode: properties.deliveryMode ?? 2,
              messageId: properties.messageId ?? uuidv7(),
              expiration: properties.expiration,
            }),
          },
          message.deadline ?? DEADLINE,
          (routed) => resolve({ routed }),
          reject,
        ),
      );
    });
  }

  /** Takes nothing more, waits until all that was sent is settled, and disconnects. */
  close(): Promise<void> {
    return this.#sender.close();
  }
}
