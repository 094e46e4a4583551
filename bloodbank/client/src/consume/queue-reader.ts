/**
 * Reads one queue over a kept connection: declares what is missing, consumes with a prefetch, and begins again on
 * every new connection. What was delivered on a lost connection cannot be acked any more; the broker delivers it
 * again, and `ack` on the old copy does nothing.
 */
import type { AMQPChannel } from "@cloudamqp/amqp-client";
import { type BusAddress, EVENTS_EXCHANGE } from "../contract.js";
import { ConfirmChannel } from "../link/confirm-channel.js";
import type { Incoming } from "../link/delivery-frames.js";
import { encodeAcks } from "../link/encode.js";
import { Link, type StartOptions } from "../link/link.js";
import type { WireClient } from "../link/wire-client.js";
import { bindQueue, declareExchange, declareQueue, declareRetries } from "../topology/declare.js";
import { AckLedger, type MostWaiting } from "./ack-ledger.js";
import { type RawDelivery, ReceivedMessage } from "./raw-delivery.js";

/** A delivery that waits for its ack. */
export interface Held extends RawDelivery {
  /** False once its channel is gone. */
  readonly live: boolean;
  ack(): void;
  /** Its copy is on its way to another queue; `ack` follows when that is confirmed. */
  moving(): void;
  /** Back to the queue, at once; nothing when it was acked. */
  requeue(): void;
}

export interface ReaderSettings {
  readonly queue: string;
  readonly bindings: readonly string[];
  readonly prefetch: number;
  /** Declare the retry ladder and the dead-letter queue, and open a channel for moving messages to them. */
  readonly moves: boolean;
  readonly role: string;
  readonly onDelivery: (delivery: Held) => void;
  /** All deliveries so far are void. */
  readonly onLost: () => void;
}

interface Session {
  readonly channel: AMQPChannel;
  readonly ledger: AckLedger;
  readonly moves: ConfirmChannel | undefined;
  readonly client: WireClient;
  /** The consumer's tag; undefined while paused. */
  consuming: Promise<string> | undefined;
  live: boolean;
}

export class QueueReader {
  readonly #bus: BusAddress;
  readonly #settings: ReaderSettings;
  readonly #link: Link;
  #session: Session | undefined;
  #paused = false;

  constructor(bus: BusAddress, settings: ReaderSettings) {
    this.#bus = bus;
    this.#settings = settings;
    this.#link = new Link(bus, `${bus.source.app} ${settings.role} ${settings.queue}`, {
      setUp: (client) => this.#setUp(client),
      down: () => this.#down(),
    });
  }

  get connected(): boolean {
    return this.#link.up;
  }

  get started(): boolean {
    return this.#link.started;
  }

  start(options?: StartOptions): Promise<void> {
    return this.#link.start(options);
  }

  /** The channel for copies to other queues; absent while disconnected. */
  get moves(): ConfirmChannel | undefined {
    return this.#session?.moves;
  }

  /** The connection, for declaring what was found missing. */
  get client(): WireClient | undefined {
    return this.#session?.client;
  }

  /** No further deliveries; those that are held can still be acked. */
  async pause(): Promise<void> {
    this.#paused = true;
    const session = this.#session;
    if (session?.consuming === undefined) return;
    const { channel, consuming } = session;
    session.consuming = undefined;
    // One that has only been asked for is waited for: it cannot be cancelled before.
    await consuming.then((tag) => channel.basicCancel(tag)).catch(() => undefined);
  }

  async resume(): Promise<void> {
    this.#paused = false;
    const session = this.#session;
    if (session !== undefined) await this.#consume(session);
  }

  /** Sends the acks that are due and disconnects; what was not acked is delivered to someone else. */
  async close(): Promise<void> {
    this.#session?.ledger.flush();
    await this.#link.close();
  }

  async #setUp(client: WireClient): Promise<void> {
    const { queue, bindings, prefetch, moves } = this.#settings;
    const exchange = this.#bus.exchange ?? EVENTS_EXCHANGE;
    if (bindings.length > 0) await declareExchange(client, exchange);
    await declareQueue(client, queue, this.#bus.queueType);
    if (moves) await declareRetries(client, queue, this.#bus.queueType);
    if (bindings.length > 0) await bindQueue(client, queue, exchange, bindings);
    const lost = (reason: Error) => this.#link.fail(reason);
    const channel = await client.channel();
    channel.onerror = (reason) => lost(new Error(reason));
    await channel.basicQos(prefetch);
    const session: Session = {
      client,
      channel,
      ledger: new AckLedger(mostAcksWaiting(client, prefetch), (front, others) => {
        if (!channel.closed) client.sendThen(encodeAcks(channel.id, front, others));
      }),
      moves: moves ? await ConfirmChannel.open(client, lost) : undefined,
      consuming: undefined,
      live: true,
    };
    this.#session = session;
    const { onDelivery } = this.#settings;
    client.receive(channel, (delivery) => onDelivery(new HeldMessage(delivery, session)));
    if (!this.#paused) await this.#consume(session);
  }

  async #consume(session: Session): Promise<void> {
    session.consuming ??= this.#begin(session.channel);
    await session.consuming;
  }

  async #begin(channel: AMQPChannel): Promise<string> {
    const consumer = await channel.basicConsume(this.#settings.queue, { noAck: false }, () => undefined);
    // Rejects when the broker cancels the consumer: the queue was deleted, or its node left the cluster.
    consumer.wait().catch((reason: unknown) => {
      this.#link.fail(reason instanceof Error ? reason : new Error(String(reason)));
    });
    return consumer.tag;
  }

  #down(): void {
    const session = this.#session;
    this.#session = undefined;
    if (session === undefined) return;
    session.live = false;
    session.ledger.close();
    session.moves?.lose(new Error("connection lost"));
    this.#settings.onLost();
  }
}

/**
 * A single ack costs RabbitMQ half of a delivery, so it is told many at once. While a handler is waited for, the other half
 * of the prefetch keeps deliveries coming; for a copy's confirm, a few milliseconds, an eighth is enough. Elsewhere one
 * costs next to nothing, and new deliveries need not wait at all (docs/adr/0012).
 */
const mostAcksWaiting = ({ isRabbitMQ }: WireClient, prefetch: number): MostWaiting =>
  isRabbitMQ
    ? { forHandler: prefetch >> 1, forMove: prefetch - (prefetch >> 3) }
    : { forHandler: prefetch >> 5, forMove: prefetch >> 5 };

class HeldMessage extends ReceivedMessage implements Held {
  readonly #session: Session;
  readonly #tag: number;

  constructor(delivery: Incoming, session: Session) {
    super(delivery);
    this.#session = session;
    this.#tag = delivery.deliveryTag;
  }

  get live(): boolean {
    return this.#session.live;
  }

  ack(): void {
    if (this.#session.live) this.#session.ledger.ack(this.#tag);
  }

  moving(): void {
    if (this.#session.live) this.#session.ledger.moving(this.#tag);
  }

  requeue(): void {
    const { live, channel, ledger } = this.#session;
    if (!live || channel.closed) return;
    // RabbitMQ closes the channel over the nack of a tag that was acked.
    if (ledger.told(this.#tag)) channel.basicNack(this.#tag, true).catch(() => undefined);
  }
}
