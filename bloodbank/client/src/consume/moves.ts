/** A failed message moves on: a confirmed copy first, then the ack. A crash in between makes two, never none. */
import { type BusAddress, RETRY_LADDER } from "../contract.js";
import { BloodbankError } from "../errors.js";
import type { Flight } from "../link/flights.js";
import { declareRetries } from "../topology/declare.js";
import { attemptOf, copyOf, type FailedCopy, type Failure } from "./failure.js";
import { FailureReports } from "./failure-reports.js";
import type { Held, QueueReader } from "./queue-reader.js";

export class Moves {
  readonly #bus: BusAddress;
  readonly #queue: string;
  readonly #reader: QueueReader;
  readonly #reports: FailureReports;

  constructor(bus: BusAddress, queue: string, reader: QueueReader) {
    this.#bus = bus;
    this.#queue = queue;
    this.#reader = reader;
    this.#reports = new FailureReports(bus, queue);
  }

  /**
   * To the ladder's next rung, or to the dead letters. Undefined when the connection went away meanwhile: then the
   * original comes again.
   *
   * @throws BloodbankError when the broker does not take the copy; the original is still held
   */
  async setAside(delivery: Held, failure: Failure): Promise<"retried" | "dead_lettered" | undefined> {
    const attempt = attemptOf(delivery);
    const copy = copyOf(delivery, this.#queue, attempt, failure);
    const final = failure.final || attempt > RETRY_LADDER.length;
    this.#bus.log?.(
      final ? "error" : "warn",
      `${this.#queue}: attempt ${attempt} failed (${failure.code}), to ${copy.routingKey}: ${failure.reason}`,
    );
    // The first copy may find that the queue was deleted; then it is declared again.
    if (!(await this.#copy(copy, delivery)) && !(await this.#redeclareAndCopy(copy, delivery))) {
      if (delivery.live) throw new BloodbankError("UNROUTABLE_COPY", `${copy.routingKey} does not exist`);
      return undefined;
    }
    delivery.ack();
    const outcome = final ? "dead_lettered" : "retried";
    if (this.#reader.client) this.#reports.tell(this.#reader.client, delivery, copy, outcome);
    return outcome;
  }

  async #redeclareAndCopy(copy: FailedCopy, delivery: Held): Promise<boolean> {
    const { client } = this.#reader;
    if (!delivery.live || client === undefined) return false;
    await declareRetries(client, this.#queue, this.#bus.queueType);
    return this.#copy(copy, delivery);
  }

  /** Whether the copy is confirmed and in its queue. */
  #copy(copy: FailedCopy, delivery: Held): Promise<boolean> {
    const { moves } = this.#reader;
    // Without its connection the original comes again by itself.
    if (moves === undefined || !delivery.live) return Promise.resolve(false);
    return new Promise((resolve, reject) => moves.launch(new CopyInFlight(copy, resolve, reject)));
  }
}

class CopyInFlight implements Flight {
  readonly message: FailedCopy;
  returned = false;
  readonly confirmed: (routed: boolean) => void;
  readonly #reject: (error: Error) => void;

  constructor(message: FailedCopy, confirmed: (routed: boolean) => void, reject: (error: Error) => void) {
    this.message = message;
    this.confirmed = confirmed;
    this.#reject = reject;
  }

  refused(): void {
    const reason = `the broker refused a copy to ${this.message.routingKey}`;
    this.#reject(new BloodbankError("PUBLISH_REFUSED", reason));
  }

  lost(): void {
    this.confirmed(false);
  }
}
