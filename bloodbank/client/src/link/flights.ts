/**
 * What was published on a channel and is not settled yet, by delivery tag. Tags count up and are settled nearly in
 * order, so a ring of slots holds them: unlike a Map, which is built anew every few hundred messages, it leaves
 * nothing behind for the garbage collector.
 *
 * A message that the broker leaves unconfirmed (a queue without its majority) must not hold up the ring: it moves
 * to a Map on the side.
 */
import type { Outgoing } from "./encode.js";

/** What became of a message. */
export interface Settle {
  /** `routed` is false when a mandatory message was returned. */
  confirmed(routed: boolean): void;
  refused(): void;
  /** The channel or connection is gone; whether the broker has the message is unknown. */
  lost(reason: Error): void;
}

export interface Flight extends Settle {
  readonly message: Outgoing;
  /** Set when the broker returns it; false when it takes off. */
  returned: boolean;
}

/** A power of two. */
const FIRST_SLOTS = 1_024;

export class Flights {
  #slots: (Flight | undefined)[] = new Array(FIRST_SLOTS).fill(undefined);
  readonly #late = new Map<number, Flight>();
  /** All tags below it are settled or late. */
  #lowest = 1;
  #next = 1;
  #inSlots = 0;
  #cursor = 1;

  get size(): number {
    return this.#inSlots + this.#late.size;
  }

  /** Under the next delivery tag. */
  add(flight: Flight): void {
    if (this.#next - this.#lowest === this.#slots.length) this.#makeRoom();
    this.#slots[this.#next++ & (this.#slots.length - 1)] = flight;
    this.#inSlots++;
  }

  /** Takes it out; undefined when it is not there. */
  take(tag: number): Flight | undefined {
    if (tag < this.#lowest || tag >= this.#next) {
      const late = this.#late.get(tag);
      if (late !== undefined) this.#late.delete(tag);
      return late;
    }
    const slot = tag & (this.#slots.length - 1);
    const flight = this.#slots[slot];
    if (flight !== undefined) {
      this.#slots[slot] = undefined;
      this.#inSlots--;
    }
    if (tag === this.#lowest) this.#advance();
    return flight;
  }

  /** The tags up to this one that are still there, oldest first; 0 stands for all (AMQP 0-9-1, `basic.ack`). */
  upTo(tag: number): readonly number[] {
    const last = tag === 0 ? this.#next - 1 : Math.min(tag, this.#next - 1);
    const tags = [...this.#late.keys()].filter((late) => late <= last);
    for (let each = this.#lowest; each <= last; each++) if (this.#at(each) !== undefined) tags.push(each);
    return tags;
  }

  /** Returns come in the order of publishing: the search goes on where the last one ended. */
  markReturned(messageId: string | undefined): void {
    const found =
      this.#find(messageId, Math.max(this.#cursor, this.#lowest)) ?? this.#find(messageId, this.#lowest);
    if (found !== undefined) {
      this.#cursor = found.tag + 1;
      found.flight.returned = true;
      return;
    }
    for (const late of this.#late.values())
      if (isReturn(late, messageId)) {
        late.returned = true;
        return;
      }
  }

  #at(tag: number): Flight | undefined {
    return this.#slots[tag & (this.#slots.length - 1)];
  }

  #advance(): void {
    while (this.#lowest < this.#next && this.#at(this.#lowest) === undefined) this.#lowest++;
  }

  /** Twice the slots for many; the older half goes aside where few hold up the rest. */
  #makeRoom(): void {
    const { length } = this.#slots;
    if (this.#inSlots > length / 2) {
      const wider: (Flight | undefined)[] = new Array(length * 2).fill(undefined);
      for (let tag = this.#lowest; tag < this.#next; tag++) wider[tag & (length * 2 - 1)] = this.#at(tag);
      this.#slots = wider;
      return;
    }
    const end = this.#lowest + length / 2;
    for (let tag = this.#lowest; tag < end; tag++) {
      const flight = this.#at(tag);
      if (flight === undefined) continue;
      this.#late.set(tag, flight);
      this.#slots[tag & (length - 1)] = undefined;
      this.#inSlots--;
    }
    this.#lowest = end;
    this.#advance();
  }

  #find(
    messageId: string | undefined,
    from: number,
  ): { readonly tag: number; readonly flight: Flight } | undefined {
    for (let tag = from; tag < this.#next; tag++) {
      const flight = this.#at(tag);
      if (flight !== undefined && isReturn(flight, messageId)) return { tag, flight };
    }
    return undefined;
  }
}

const isReturn = ({ message, returned }: Flight, messageId: string | undefined): boolean =>
  message.mandatory && !returned && message.properties.messageId === messageId;
