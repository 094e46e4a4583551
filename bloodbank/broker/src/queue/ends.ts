import type { DeathReason } from "../dead-letter/index.js";
import { handleOf, type Lanes, positionOf } from "./lanes.js";
import { type MessageIndex, NEVER } from "./message-index.js";
import type { Queue } from "./queue.js";
import type { QueueHost } from "./queue-host.js";

/**
 * How messages leave a queue that nobody has consumed: as dead letters, where that is configured. Where dead letters go
 * at least once they stay, dying, until `buried`.
 */
export class Ends {
  /** Of those that are dying. */
  count = 0;
  bytes = 0;
  readonly #queue: Queue;
  readonly #host: QueueHost;
  readonly #lanes: Lanes;

  constructor(queue: Queue, host: QueueHost, lanes: Lanes) {
    this.#queue = queue;
    this.#host = host;
    this.#lanes = lanes;
  }

  /** The position was taken. */
  end(number: number, position: number, reason: DeathReason): void {
    const lane = this.#lanes.at(number);
    const { deadLetterExchange, deadLetterStrategy } = this.#queue.settings;
    if (deadLetterExchange !== undefined && deadLetterStrategy === "at-least-once") {
      if (reason === "rejected") this.#noteRejected(lane, position);
      this.count++;
      this.bytes += lane.sizeAt(position);
      this.#host.deadLetterSurely(this.#queue, handleOf(number, position), reason);
      return;
    }
    const ref = lane.refAt(position);
    lane.remove(position);
    this.bury(ref, reason);
  }

  /** Of those that came back from disk: what was dead, or is now that its last delivery counts. */
  endRestored(): void {
    const lane = this.#lanes.at(0);
    const { deliveryLimit = NEVER } = this.#queue.settings;
    const dead: number[] = [];
    for (const position of lane.returned())
      if (lane.isRejected(position) || lane.returnsAt(position) > deliveryLimit) dead.push(position);
    lane.takeOut(dead);
    for (const position of dead)
      this.end(0, position, lane.isRejected(position) ? "rejected" : "delivery_limit");
  }

  /** Somebody decided it, and is not asked again after a restart; every other reason is found again. */
  #noteRejected(lane: MessageIndex, position: number): void {
    if (lane.isRejected(position)) return;
    lane.markRejected(position);
    const ref = lane.refAt(position);
    if (ref >= 0) this.#host.store.log.noteRejected(ref, this.#queue.id);
  }

  /** A message that the queue does not hold (any more). */
  bury(ref: number, reason: DeathReason): void {
    if (this.#queue.settings.deadLetterExchange === undefined) this.#host.store.release(ref, this.#queue.id);
    else this.#host.deadLetter(this.#queue, ref, reason);
  }

  buried(handle: number): void {
    const lane = this.#lanes.laneOf(handle);
    const position = positionOf(handle);
    const ref = lane.refAt(position);
    this.count--;
    this.bytes -= lane.sizeAt(position);
    lane.remove(position);
    this.#host.store.release(ref, this.#queue.id);
  }
}
