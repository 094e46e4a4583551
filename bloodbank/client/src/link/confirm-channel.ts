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
import { type Flight, Flights, type Settle } from "./flights.js";
import type { WireClient } from "./wire-client.js";

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
  readonly #flights = new Flights();
  #arena = new Arena(ARENA);
  readonly #spare: Arena[] = [];
  #flushing = false;
  #lost: Error | undefined;

  private constructor(client: WireClient, channel: AMQPChannel, onLost: (reason: Error) => void) {
    this.#client = client;
    this.#channel = channel;
    channel.publishConfirmed = (tag, multiple, nack) => this.#settleUpTo(tag, multiple, nack);
    channel.onReturn = (message: AMQPMessage) => this.#flights.markReturned(message.properties.messageId);
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
    this.launch(new Publication(message, settle));
  }

  /** As `publish`, for who brings its own account of the message. */
  launch(flight: Flight): void {
    if (this.#lost !== undefined) {
      flight.lost(this.#lost);
      return;
    }
    const { message } = flight;
    const { frameMax } = this.#client;
    const { headers } = message.properties;
    const encoded = headers === undefined ? undefined : encodeHeaders(headers);
    const size = sizeOf(message, encoded, frameMax);
    if (this.#arena.bytes.length - this.#arena.to < size) this.#newArena(size);
    const arena = this.#arena;
    arena.to = encodePublish(arena.bytes, arena.to, this.#channel.id, message, encoded, frameMax);
    flight.returned = false;
    this.#flights.add(flight);
    if (!this.#flushing) {
      this.#flushing = true;
      process.nextTick(() => this.#flush());
    }
  }

  /** Settles all that is in flight as lost. */
  lose(reason: Error): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    for (const tag of this.#flights.upTo(0)) this.#flights.take(tag)?.lost(reason);
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
    if (multiple) for (const each of this.#flights.upTo(tag)) this.#settle(each, nack);
    else this.#settle(tag, nack);
  }

  #settle(tag: number, nack: boolean): void {
    const flight = this.#flights.take(tag);
    if (flight === undefined) return;
    if (nack) flight.refused();
    else flight.confirmed(!flight.returned);
  }
}

class Publication implements Flight {
  readonly message: Outgoing;
  returned = false;
  readonly #settle: Settle;

  constructor(message: Outgoing, settle: Settle) {
    this.message = message;
    this.#settle = settle;
  }

  confirmed(routed: boolean): void {
    this.#settle.confirmed(routed);
  }

  refused(): void {
    this.#settle.refused();
  }

  lost(reason: Error): void {
    this.#settle.lost(reason);
  }
}
