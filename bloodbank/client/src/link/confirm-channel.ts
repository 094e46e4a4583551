/**
 * A channel in confirm mode. Everything published in one turn of the event loop leaves in one write, and each
 * message is settled exactly once: confirmed, refused, or lost with the channel.
 *
 * The library's own `basicPublish` is not used: it searches its list of unconfirmed messages for each confirm, and
 * when the connection is lost it leaves rejected promises that nobody can catch.
 */
import { Buffer } from "node:buffer";
import type { AMQPChannel, AMQPMessage } from "@cloudamqp/amqp-client";
import { encodeHeaders, encodePublish, type Outgoing, sizeOf } from "./encode.js";
import type { WireClient } from "./wire-client.js";

/** What became of a message. */
export interface Settle {
  /** `routed` is false when a mandatory message was returned. */
  confirmed(routed: boolean): void;
  refused(): void;
  /** The channel or connection is gone; whether the broker has the message is unknown. */
  lost(reason: Error): void;
}

interface Flight {
  readonly message: Outgoing;
  readonly settle: Settle;
  returned: boolean;
}

/** Where messages are encoded, one after the other; used again when the socket has taken all that is in it. */
class Arena {
  readonly bytes: Buffer;
  from = 0;
  to = 0;
  /** Slices that the socket has not taken yet. */
  writing = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }
}

const ARENA = 256 * 1024;
/** Arenas kept for the next messages. */
const SPARE = 8;

export class ConfirmChannel {
  readonly #client: WireClient;
  readonly #channel: AMQPChannel;
  readonly #flights = new Map<number, Flight>();
  #nextTag = 1;
  #lowestTag = 1;
  #returnCursor = 1;
  #arena = new Arena(ARENA);
  readonly #spare: Arena[] = [];
  #flushing = false;
  #lost: Error | undefined;

  private constructor(client: WireClient, channel: AMQPChannel, onLost: (reason: Error) => void) {
    this.#client = client;
    this.#channel = channel;
    channel.publishConfirmed = (tag, multiple, nack) => this.#settleUpTo(tag, multiple, nack);
    channel.onReturn = (message) => this.#returned(message);
    channel.onerror = (reason) => {
      const error = new Error(reason);
      this.lose(error);
      onLost(error);
    };
  }

  /** `onLost` is called when the broker closed the channel or the connection went away. */
  static async open(client: WireClient, onLost: (reason: Error) => void): Promise<ConfirmChannel> {
    const channel = await client.channel();
    const confirming = new ConfirmChannel(client, channel, onLost);
    await channel.confirmSelect();
    return confirming;
  }

  /** How many messages wait for their confirm. */
  get unconfirmed(): number {
    return this.#flights.size;
  }

  /** Throws a RangeError or TypeError, and sends nothing, if a property cannot be put into AMQP. */
  publish(message: Outgoing, settle: Settle): void {
    if (this.#lost !== undefined) {
      settle.lost(this.#lost);
      return;
    }
    const { frameMax } = this.#client;
    const { headers } = message.properties;
    const encoded = headers === undefined ? undefined : encodeHeaders(headers);
    const size = sizeOf(message, encoded, frameMax);
    if (this.#arena.bytes.length - this.#arena.to < size) this.#newArena(size);
    const arena = this.#arena;
    arena.to = encodePublish(arena.bytes, arena.to, this.#channel.id, message, encoded, frameMax);
    this.#flights.set(this.#nextTag++, { message, settle, returned: false });
    if (!this.#flushing) {
      this.#flushing = true;
      process.nextTick(() => this.#flush());
    }
  }

  /** Settles all that is in flight as lost. */
  lose(reason: Error): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    const flights = [...this.#flights.values()];
    this.#flights.clear();
    for (const { settle } of flights) settle.lost(reason);
  }

  #newArena(size: number): void {
    this.#write();
    const full = this.#arena;
    const spare = size <= ARENA ? this.#spare.pop() : undefined;
    this.#arena = spare ?? new Arena(Math.max(ARENA, size));
    this.#recycle(full);
  }

  /** Keeps an arena that is full, once the socket has taken all of it. */
  #recycle(arena: Arena): void {
    if (arena.writing > 0 || arena === this.#arena || arena.bytes.length !== ARENA) return;
    arena.from = 0;
    arena.to = 0;
    if (this.#spare.length < SPARE) this.#spare.push(arena);
  }

  #flush(): void {
    this.#flushing = false;
    this.#write();
  }

  #write(): void {
    const arena = this.#arena;
    if (arena.to === arena.from) return;
    arena.writing++;
    // The socket keeps the bytes until it has taken them: until then they are not written over.
    this.#client.sendThen(arena.bytes.subarray(arena.from, arena.to), () => {
      arena.writing--;
      this.#recycle(arena);
    });
    arena.from = arena.to;
  }

  #settleUpTo(tag: number, multiple: boolean, nack: boolean): void {
    if (multiple) {
      const last = tag === 0 ? this.#nextTag - 1 : tag;
      for (let each = this.#lowestTag; each <= last; each++) this.#settle(each, nack);
    } else this.#settle(tag, nack);
    while (this.#lowestTag < this.#nextTag && !this.#flights.has(this.#lowestTag)) this.#lowestTag++;
  }

  #settle(tag: number, nack: boolean): void {
    const flight = this.#flights.get(tag);
    if (flight === undefined) return;
    this.#flights.delete(tag);
    if (nack) flight.settle.refused();
    else flight.settle.confirmed(!flight.returned);
  }

  /** A return comes before its confirm, in the order of publishing: the search goes on where the last one ended. */
  #returned(message: AMQPMessage): void {
    const { messageId } = message.properties;
    const first = Math.max(this.#returnCursor, this.#lowestTag);
    const found = this.#find(messageId, first) ?? this.#find(messageId, this.#lowestTag);
    if (found === undefined) return;
    const flight = this.#flights.get(found);
    if (flight !== undefined) flight.returned = true;
    this.#returnCursor = found + 1;
  }

  #find(messageId: string | undefined, from: number): number | undefined {
    for (let tag = from; tag < this.#nextTag; tag++) {
      const flight = this.#flights.get(tag);
      if (flight?.message.mandatory && !flight.returned && flight.message.properties.messageId === messageId)
        return tag;
    }
    return undefined;
  }
}
