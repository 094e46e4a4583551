import type { Connection } from "../connection/connection.js";
import { AmqpError, type BrokerError } from "../errors.js";
import type { Core } from "../vhost/core.js";
import type { TurnEnd } from "../vhost/turn.js";
import type { VirtualHost } from "../vhost/virtual-host.js";
import type { MethodArguments, ServerMethodName } from "../wire/index.js";
import type { ChannelConsumer } from "./channel-consumer.js";
import { Confirms } from "./confirms.js";
import { IncomingContent } from "./content.js";
import { Transaction } from "./transaction.js";
import { type Delivery, Unsettled } from "./unsettled.js";

/**
 * One channel: what its client published, consumes and has not settled.
 *
 * open → closing (an error was sent, everything is ignored until `close-ok`) → closed. Modes exclude each other:
 * plain, confirm, transactional.
 */
export class Channel implements TurnEnd {
  readonly number: number;
  readonly connection: Connection;
  readonly vhost: VirtualHost;
  readonly core: Core;
  readonly content = new IncomingContent();
  readonly consumers = new Map<string, ChannelConsumer>();
  readonly unsettled = new Unsettled();
  confirms: Confirms | undefined;
  transaction: Transaction | undefined;
  /** For consumers to come; 0: no limit. */
  prefetch = 0;
  /** For all consumers of the channel together; 0: no limit. */
  globalPrefetch = 0;
  /** What an empty queue name stands for: the queue declared last. */
  lastQueue = "";
  /** Where replies to this channel's requests come in: the consumer of `amq.rabbitmq.reply-to`. */
  replyTo: { readonly address: string; readonly consumerTag: string } | undefined;
  closing = false;
  due = false;
  readonly counts = { published: 0, acked: 0 };
  #deliveryTag = 0;
  #consumed = 0;

  constructor(connection: Connection, number: number, vhost: VirtualHost) {
    this.connection = connection;
    this.number = number;
    this.vhost = vhost;
    this.core = connection.core;
  }

  get hasCredit(): boolean {
    return this.globalPrefetch === 0 || this.#consumed < this.globalPrefetch;
  }

  /** How many messages it was given, got ones among them: each has a tag. */
  get deliveries(): number {
    return this.#deliveryTag;
  }

  nextDeliveryTag(): number {
    return ++this.#deliveryTag;
  }

  delivered(delivery: Delivery): void {
    if (delivery.consumer) this.#consumed++;
    this.unsettled.add(delivery);
  }

  send<N extends ServerMethodName>(name: N, args: MethodArguments<N>): void {
    this.connection.send(this.number, name, args);
  }

  selectConfirms(): void {
    const { core, connection } = this;
    this.confirms ??= new Confirms({
      channel: this.number,
      isOpen: () => !this.closing,
      output: () => connection.output,
      wrote: () => connection.touched(),
      confirmed: (count) => {
        core.counts.confirmed += count;
      },
      answerSoon: () => core.turn.confirm(this),
      awaitCommit: (waiter) => core.store.log.awaitCommit(waiter),
    });
  }

  selectTransactions(): void {
    this.transaction ??= new Transaction(this);
  }

  endTurn(): void {
    if (!this.closing) this.confirms?.answer();
  }

  /** `basic.ack` of one delivery: by far the most frequent method but for publishes. */
  ackOne(tag: number): void {
    const delivery = this.unsettled.takeOne(tag);
    if (this.transaction) this.transaction.settle("ack", [delivery]);
    else this.settle("ack", delivery);
  }

  settleMany(how: Settlement, deliveries: readonly Delivery[]): void {
    if (this.transaction) {
      this.transaction.settle(how, deliveries);
      return;
    }
    // Last first: what goes back to the queue does so in one piece.
    if (how === "requeue") for (let i = deliveries.length - 1; i >= 0; i--) this.settle(how, deliveries[i]!);
    else for (const delivery of deliveries) this.settle(how, delivery);
  }

  settle(how: Settlement, { queue, handle, consumer }: Delivery): void {
    if (how === "ack") {
      queue.settle(handle);
      this.core.counts.acked++;
      this.counts.acked++;
    } else if (how === "requeue") queue.requeue(handle);
    else queue.reject(handle);
    if (consumer) this.credit(consumer);
  }

  /** A delivery of the consumer is settled: there may be room for another. */
  credit(consumer: ChannelConsumer): void {
    consumer.unsettled--;
    this.#consumed--;
    if (this.globalPrefetch > 0) this.wakeConsumers();
    else consumer.queue.wake();
  }

  wakeConsumers(): void {
    for (const { queue } of this.consumers.values()) queue.wake();
  }

  addConsumer(consumer: ChannelConsumer): void {
    this.consumers.set(consumer.tag, consumer);
    consumer.queue.addConsumer(consumer);
  }

  removeConsumer(tag: string): void {
    const consumer = this.consumers.get(tag);
    this.consumers.delete(tag);
    if (consumer) consumer.queue.removeConsumer(consumer);
    if (this.replyTo?.consumerTag === tag) this.dropReplyTo();
  }

  /** The queue is gone; clients that can be told are. */
  consumerCancelled(consumer: ChannelConsumer): void {
    if (this.consumers.get(consumer.tag) !== consumer) return;
    this.consumers.delete(consumer.tag);
    if (this.connection.hears("consumer_cancel_notify") && !this.closing)
      this.send("basic.cancel", { consumerTag: consumer.tag, noWait: true });
  }

  dropReplyTo(): void {
    if (this.replyTo) this.connection.replies.delete(this.replyTo.address);
    this.replyTo = undefined;
  }

  /** Tells of an error and ends the channel's work; the client answers with `close-ok`. */
  fail(error: AmqpError, classId: number, methodId: number): void {
    this.release();
    this.closing = true;
    this.send("channel.close", { replyCode: error.replyCode, replyText: error.replyText, classId, methodId });
  }

  /** The channel is closed: its consumers leave, what it has not settled goes back. */
  release(): void {
    if (this.closing) return;
    for (const tag of [...this.consumers.keys()]) this.removeConsumer(tag);
    this.dropReplyTo();
    this.transaction?.rollback();
    this.transaction = undefined;
    const deliveries = this.unsettled.takeAll();
    for (let i = deliveries.length - 1; i >= 0; i--) this.settle("requeue", deliveries[i]!);
    this.closing = true;
  }

  /** `basic.consume` timed out: see RabbitMQ's `consumer_timeout`. */
  checkTimeout(now: number): void {
    const oldest = this.unsettled.oldest();
    if (oldest === undefined || this.closing) return;
    const limit = oldest.queue.settings.consumerTimeout ?? CONSUMER_TIMEOUT;
    if (now - oldest.at < limit) return;
    const error = new AmqpError(
      "PRECONDITION_FAILED",
      `delivery acknowledgement on channel ${this.number} timed out. Timeout value used: ${limit} ms. This timeout value can be configured, see consumers doc guide to learn more`,
    );
    this.fail(error, 0, 0);
  }

  /** The log refuses persistent messages for good. */
  refuse(error: BrokerError): void {
    if (!this.confirms) throw new AmqpError("RESOURCE_ERROR", error.message, "channel");
    this.core.counts.refused++;
    this.confirms.refused();
  }
}

export type Settlement = "ack" | "requeue" | "reject";

/** RabbitMQ's default: 30 minutes. */
const CONSUMER_TIMEOUT = 1_800_000;
