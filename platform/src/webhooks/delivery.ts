/** One subscription at work: its queue's events, posted one after the other. */
import {
  type BusOptions,
  declareQueues,
  EVENTS_EXCHANGE,
  HEADERS,
  type RawDelivery,
  WorkConsumer,
} from "@33god/bloodbank";
import { messageOf } from "../errors.js";
import { type Subscription, type SubscriptionStatus, webhookQueue } from "./contract.js";
import { post } from "./post.js";
import { signedHeaders } from "./sign.js";

/** "Gone": the receiver wants no more (Standard Webhooks, "Deliverability"). */
const GONE = 410;

export class WebhookDelivery {
  readonly subscription: Subscription;
  readonly #bus: BusOptions;
  readonly #consumer: WorkConsumer;
  readonly #exchange: string;
  readonly #allowInner: boolean;
  readonly #hold: (reason: string) => void;
  readonly #closing = new AbortController();
  #begun: Promise<void> = Promise.resolve();
  #delivered = 0;
  #failed = 0;
  #heldBack = 0;
  #lastError: string | null = null;

  /** @param hold told when the receiver wants no more */
  constructor(
    bus: BusOptions,
    subscription: Subscription,
    allowInner: boolean,
    hold: (reason: string) => void,
  ) {
    this.subscription = subscription;
    this.#bus = bus;
    this.#exchange = bus.exchange ?? EVENTS_EXCHANGE;
    this.#allowInner = allowInner;
    this.#hold = hold;
    this.#consumer = new WorkConsumer(bus, {
      queue: webhookQueue(subscription.id),
      concurrency: 1,
      handler: (work, { signal }) => this.#deliver(work, signal),
    });
  }

  status(): SubscriptionStatus {
    const { secret: _secret, replays = false, ...shown } = this.subscription;
    return {
      ...shown,
      replays,
      queue: webhookQueue(shown.id),
      state: shown.held !== null ? "held" : this.#consumer.connected ? "active" : "disconnected",
      delivered: this.#delivered,
      failed: this.#failed,
      held_back: this.#heldBack,
      last_error: this.#lastError,
    };
  }

  /** Waits for the broker however long; rejects when that fails, and not because it is closed meanwhile. */
  start(): Promise<void> {
    if (this.subscription.held !== null) return Promise.resolve();
    this.#begun = this.#begin().catch((error) => {
      if (!this.#closing.signal.aborted) throw error;
    });
    return this.#begun;
  }

  /** Also what it had begun is over then: whoever removes its queue finds it in nobody's hands. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.all([this.#consumer.close(), this.#begun.catch(() => undefined)]);
  }

  async #begin(): Promise<void> {
    const { id, types } = this.subscription;
    const { signal } = this.#closing;
    await declareQueues(this.#bus, [{ queue: webhookQueue(id), bindings: types }], signal);
    if (!signal.aborted) await this.#consumer.start({ retry: true });
  }

  /** Once, without retries: the status that was answered. */
  async send(id: string, body: Uint8Array, signal?: AbortSignal): Promise<number> {
    const { url, secret } = this.subscription;
    return post({
      url,
      body,
      headers: { "content-type": "application/json", ...signedHeaders(secret, id, body, Date.now()) },
      allowInner: this.#allowInner,
      ...(signal && { signal }),
    });
  }

  async #deliver({ body, properties, exchange, headers }: RawDelivery, signal: AbortSignal): Promise<void> {
    // A replay to this queue alone, and each further attempt, come by the default exchange.
    const isForAll = exchange === this.#exchange;
    if (isForAll && headers[HEADERS.replayId] !== undefined && this.subscription.replays !== true) {
      this.#heldBack++;
      return;
    }
    try {
      const status = await this.send(properties.messageId ?? "", body, signal);
      if (status === GONE) this.#hold(`${this.subscription.url} answered 410: it wants no more`);
      if (status < 200 || status > 299) throw new Error(`${this.subscription.url} answered ${status}`);
      this.#delivered++;
      this.#lastError = null;
    } catch (error) {
      this.#failed++;
      this.#lastError = messageOf(error);
      throw error;
    }
  }
}
