/**
 * A channel in confirm mode. Everything published in one turn of the event loop leaves in one write, or in several
 * when it is much, so that the broker works on the first while the last is made. Each message is settled exactly once:
 * confirmed, refused, or lost with the channel.
 *
 * RabbitMQ refuses for two reasons, and does not say which: a queue is full, or it has no leader that can be reached.
 * The second passes, but not for the channel that met it: up to 3.10 a channel goes on asking the node that was the
 * leader when it published first, for as long as that node is away (`rabbit_fifo_client`, `pick_server`). So what is
 * refused there is published again, on a fresh channel, and only refused to its owner when that does not help.
 *
 * The library's own `basicPublish` is not used: it searches its list of unconfirmed messages for each confirm, and
 * when the connection is lost it leaves rejected promises that nobody can catch.
 */
import { Buffer } from "node:buffer";
import type { AMQPChannel, AMQPMessage } from "@cloudamqp/amqp-client";
import { encodePublish, type Outgoing, sizeOf } from "./encode.js";
import { HeadersEncoder } from "./encode-headers.js";
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

/** A channel of the connection, and what is in flight on it. */
class Lane {
  readonly channel: AMQPChannel;
  readonly flights = new Flights();

  constructor(channel: AMQPChannel) {
    this.channel = channel;
  }
}

/** How long something is published again that RabbitMQ refused: an election takes seconds on a busy machine. */
const REFUSED_FOR = 10_000;
const BETWEEN_REFUSALS = 250;

const ARENA = 256 * 1024;
/** Smaller writes cost the broker more commits than they save it waiting. */
const MUCH = 128 * 1024;
/** Arenas kept for the next messages. */
const SPARE = 8;

export class ConfirmChannel {
  readonly #client: WireClient;
  readonly #onLost: (reason: Error) => void;
  /** What is published now goes here. */
  #lane: Lane;
  /** Earlier ones on which something is still in flight. */
  readonly #left = new Set<Lane>();
  /** Refused by RabbitMQ, with the time of the first refusal. */
  readonly #refused = new Map<Flight, number>();
  /** Of these, those that wait for the fresh channel. */
  #again: Flight[] = [];
  readonly #headers = new HeadersEncoder();
  #arena = new Arena(ARENA);
  readonly #spare: Arena[] = [];
  #flushing = false;
  #lost: Error | undefined;

  private constructor(client: WireClient, channel: AMQPChannel, onLost: (reason: Error) => void) {
    this.#client = client;
    this.#onLost = onLost;
    this.#lane = this.#laneOn(channel);
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
    let count = this.#lane.flights.size + this.#again.length;
    for (const { flights } of this.#left) count += flights.size;
    return count;
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
    const encoded = headers === undefined ? undefined : this.#headers.encode(headers);
    const size = sizeOf(message, encoded, frameMax);
    if (this.#arena.bytes.length - this.#arena.to < size) this.#newArena(size);
    const arena = this.#arena;
    arena.to = encodePublish(arena.bytes, arena.to, this.#lane.channel.id, message, encoded, frameMax);
    flight.returned = false;
    this.#lane.flights.add(flight);
    if (arena.to - arena.from >= MUCH) {
      this.#write();
      this.#client.flush();
    }
    if (!this.#flushing) {
      this.#flushing = true;
      process.nextTick(() => this.#flush());
    }
  }

  /** Settles all that is in flight as lost. */
  lose(reason: Error): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    for (const { flights } of [...this.#left, this.#lane])
      for (const tag of flights.upTo(0)) flights.take(tag)?.lost(reason);
    for (const flight of this.#again.splice(0)) flight.lost(reason);
    this.#refused.clear();
  }

  #laneOn(channel: AMQPChannel): Lane {
    const lane = new Lane(channel);
    channel.publishConfirmed = (tag, multiple, nack) => this.#settleUpTo(lane, tag, multiple, nack);
    channel.onReturn = (message: AMQPMessage) => lane.flights.markReturned(message.properties.messageId);
    channel.onerror = (reason) => {
      const error = new Error(reason);
      this.lose(error);
      this.#onLost(error);
    };
    return lane;
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

  #settleUpTo(lane: Lane, tag: number, multiple: boolean, nack: boolean): void {
    if (multiple) for (const each of lane.flights.upTo(tag)) this.#settle(lane, each, nack);
    else this.#settle(lane, tag, nack);
    if (lane !== this.#lane && lane.flights.size === 0) this.#leave(lane);
  }

  #settle(lane: Lane, tag: number, nack: boolean): void {
    const flight = lane.flights.take(tag);
    if (flight === undefined) return;
    if (nack && this.#client.isRabbitMQ && this.#holdBack(flight)) return;
    if (this.#refused.size > 0) this.#refused.delete(flight);
    if (nack) flight.refused();
    else flight.confirmed(!flight.returned);
  }

  /** False when it was refused for long enough. */
  #holdBack(flight: Flight): boolean {
    const now = performance.now();
    const since = this.#refused.get(flight) ?? now;
    if (now - since > REFUSED_FOR) return false;
    this.#refused.set(flight, since);
    this.#again.push(flight);
    if (this.#again.length === 1) setTimeout(() => void this.#publishAgain(), BETWEEN_REFUSALS);
    return true;
  }

  async #publishAgain(): Promise<void> {
    if (this.#lost !== undefined) return;
    try {
      const channel = await this.#client.channel();
      const lane = this.#laneOn(channel);
      await channel.confirmSelect();
      if (this.#lost !== undefined) return;
      const left = this.#lane;
      this.#write();
      this.#lane = lane;
      if (left.flights.size === 0) this.#leave(left);
      else this.#left.add(left);
    } catch (error) {
      // Without the connection all are lost; the owner's next one has fresh channels anyway.
      if (this.#lost === undefined) this.#onLost(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    for (const flight of this.#again.splice(0)) this.#launchAgain(flight);
  }

  /** One that was settled by its owner meanwhile is sent all the same: it would have been, had it not been refused. */
  #launchAgain(flight: Flight): void {
    try {
      this.launch(flight);
    } catch (error) {
      flight.lost(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #leave(lane: Lane): void {
    this.#left.delete(lane);
    lane.channel.onerror = () => undefined;
    if (!lane.channel.closed) lane.channel.close().catch(() => undefined);
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
