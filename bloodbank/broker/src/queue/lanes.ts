import type { MessageMarks } from "../log/compaction.js";
import { MessageIndex, NEVER } from "./message-index.js";

/**
 * A queue's messages by priority, each priority in order; a queue without priorities has one lane. What a message is
 * called outside, its handle, is its position in its lane and the lane's number.
 */
export class Lanes {
  readonly #lanes: MessageIndex[] = [new MessageIndex()];

  get highest(): number {
    return this.#lanes.length - 1;
  }

  get ready(): number {
    let ready = 0;
    for (let i = 0; i < this.#lanes.length; i++) ready += this.#lanes[i]!.ready;
    return ready;
  }

  get readyBytes(): number {
    let bytes = 0;
    for (let i = 0; i < this.#lanes.length; i++) bytes += this.#lanes[i]!.readyBytes;
    return bytes;
  }

  /** Lanes for all priorities up to this one. */
  grow(maxPriority: number): void {
    while (this.#lanes.length <= maxPriority) this.#lanes.push(new MessageIndex());
  }

  at(number: number): MessageIndex {
    return this.#lanes[number]!;
  }

  /** The lane of the taken (or dying) message. */
  laneOf(handle: number): MessageIndex {
    return this.#lanes[handle % LANES]!;
  }

  /** Of those that stand first in their lanes; milliseconds since 1970. */
  earliestExpiry(): number {
    let expiry = NEVER;
    for (const lane of this.#lanes) {
      const position = lane.peek();
      if (position >= 0) expiry = Math.min(expiry, lane.expiryAt(position));
    }
    return expiry;
  }

  /** All up to this one may have been delivered before, but for what was `moved`. Each is a return, where returns are counted. */
  markRedelivered(upTo: number, moved: (ref: number) => boolean, counted: boolean): void {
    if (upTo < 0) return;
    for (const lane of this.#lanes) {
      for (const [position, ref] of lane.entries()) {
        if (moved(ref)) continue;
        if (ref > upTo) break;
        lane.markRedelivered(position);
        if (counted) lane.countReturn(position);
      }
    }
  }

  /** See `Holder.marks` in log/compaction.ts. */
  *marks(of: ReadonlyMap<number, unknown>): IterableIterator<MessageMarks> {
    for (const lane of this.#lanes) {
      const taken = lane.taken();
      for (const [position, ref] of lane.entries()) {
        if (!of.has(ref)) continue;
        const deliveries = lane.returnsAt(position) + (taken(position) ? 1 : 0);
        const rejected = lane.isRejected(position);
        if (deliveries > 0 || rejected) yield { ref, deliveries, rejected };
      }
    }
  }

  /** See `Holder` in log/compaction.ts. */
  eachIn(segments: ReadonlySet<number>, visit: (ref: number) => number): void {
    for (const lane of this.#lanes) lane.eachIn(segments, visit);
  }

  /** Nothing is held any more; what was, for whoever lets go of it. */
  clear(): IterableIterator<number> {
    return refsOf(this.#lanes.splice(0));
  }
}

/** The most lanes that a queue can have: priorities are a byte. */
const LANES = 256;

export function handleOf(number: number, position: number): number {
  return position * LANES + number;
}

export function numberOf(handle: number): number {
  return handle % LANES;
}

export function positionOf(handle: number): number {
  return Math.floor(handle / LANES);
}

function* refsOf(lanes: readonly MessageIndex[]): IterableIterator<number> {
  for (const lane of lanes) for (const [, ref] of lane.entries()) yield ref;
}
