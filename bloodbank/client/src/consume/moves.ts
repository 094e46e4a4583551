/** A failed message moves on: a confirmed copy first, then the ack. A crash in between makes two, never none. */
import { type BusAddress, HEADERS } from "../contract.js";
import { BloodbankError } from "../errors.js";
import type { Flight } from "../link/flights.js";
import { declareRetries } from "../topology/declare.js";
import { attemptOf, copyOf, type FailedCopy, type Failure, reducedCopyOf } from "./failure.js";
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
    let copy = copyOf(delivery, this.#queue, attempt, failure);
    delivery.moving();
    this.#log(attempt, failure, copy);
    let isThere: boolean;
    try {
      isThere = await this.#place(copy, delivery);
    } catch (error) {
      const { client } = this.#reader;
      if (!isUnsendable(error) || client === undefined) throw error;
      copy = reducedCopyOf(delivery, this.#queue, attempt, failure, error.message, client.frameMax);
      this.#log(attempt, failure, copy);
      isThere = await this.#place(copy, delivery);
    }
    if (!isThere) {
      if (delivery.live) throw new BloodbankError("UNROUTABLE_COPY", `${copy.routingKey} does not exist`);
      return undefined;
    }
    delivery.ack();
    const outcome = copy.final ? "dead_lettered" : "retried";
    if (this.#reader.client) this.#reports.tell(this.#reader.client, delivery, copy, outcome);
    return outcome;
  }

  #log(attempt: number, { code }: Failure, { routingKey, properties, final }: FailedCopy): void {
    this.#bus.log?.(
      final ? "error" : "warn",
      `${this.#queue}: attempt ${attempt} failed (${code}), to ${routingKey}: ${properties.headers?.[HEADERS.reason]}`,
    );
  }

  /** The first copy may find that the queue was deleted; then it is declared again. */
  async #place(copy: FailedCopy, delivery: Held): Promise<boolean> {
    return (await this.#copy(copy, delivery)) || this.#redeclareAndCopy(copy, delivery);
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

/** Thrown where a message is encoded, before any of it is sent. */
const isUnsendable = (error: unknown): error is RangeError | TypeError =>
  error instanceof RangeError || error instanceof TypeError;
