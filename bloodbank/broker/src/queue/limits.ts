import type { Ends } from "./ends.js";
import { ENDED_A_TURN, type Expiry } from "./expiry.js";
import type { Lanes } from "./lanes.js";
import { NEVER } from "./message-index.js";
import type { Queue } from "./queue.js";

/**
 * A queue's length: what is too much is dropped from its head, or refused, and whoever was refused may wait for room. What is
 * dying counts for a queue that refuses, as in RabbitMQ.
 */
export class Limits {
  readonly #queue: Queue;
  readonly #lanes: Lanes;
  readonly #ends: Ends;
  readonly #expiry: Expiry;
  #waiting: (() => void) | undefined;
  #scheduled = false;
  #stopped = false;

  constructor(queue: Queue, lanes: Lanes, ends: Ends, expiry: Expiry) {
    this.#queue = queue;
    this.#lanes = lanes;
    this.#ends = ends;
    this.#expiry = expiry;
  }

  /** Whether one more message, of so many bytes, would be too much. */
  isFull(size = 0): boolean {
    const { maxLength, maxLengthBytes } = this.#queue.settings;
    return (
      (maxLength !== undefined && this.#lanes.ready + this.#ends.count >= maxLength) ||
      (maxLengthBytes !== undefined && this.#lanes.readyBytes + this.#ends.bytes + size > maxLengthBytes)
    );
  }

  /** Calls back once, when there is room or the queue is gone. One caller at a time. */
  awaitRoom(callback: () => void): void {
    this.#waiting = callback;
  }

  /** Something has left the queue, or its limits have changed. */
  roomMade(): void {
    const callback = this.#waiting;
    if (callback === undefined || (this.isFull() && !this.#queue.deleted)) return;
    this.#waiting = undefined;
    callback();
  }

  /** Drops from the head what is too much: in portions, as a policy may shorten a queue by millions. */
  enforce(): void {
    const { overflow, maxLength = NEVER, maxLengthBytes = NEVER } = this.#queue.settings;
    if (overflow !== "drop-head" || (maxLength === NEVER && maxLengthBytes === NEVER)) return;
    const lanes = this.#lanes;
    const isTooLong = (): boolean =>
      lanes.ready > maxLength || (lanes.readyBytes > maxLengthBytes && lanes.ready > 0);
    for (let dropped = 0; isTooLong(); ) {
      const number = this.#expiry.firstLane();
      // What had expired went first, and that may have been enough.
      if (number < 0 || !isTooLong()) break;
      if (dropped++ === ENDED_A_TURN) {
        this.#enforceLater();
        break;
      }
      this.#ends.end(number, lanes.at(number).take(), "maxlen");
    }
    if (this.#expiry.on) this.#expiry.watch();
  }

  stop(): void {
    this.#stopped = true;
  }

  #enforceLater(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (!this.#stopped) this.enforce();
    });
  }
}
