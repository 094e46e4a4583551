/** All outgoing webhooks: made, kept, held and removed. */
import { randomBytes } from "node:crypto";
import {
  type BusOptions,
  createEnvelope,
  deadLetterQueue,
  declareQueues,
  RETRY_LADDER,
  retryQueue,
} from "@33god/bloodbank";
import { messageOf } from "../errors.js";
import { Problem } from "../http/problem.js";
import type { Log } from "../log/log.js";
import type { ManagementClient } from "../management/client.js";
import { type Subscription, type SubscriptionStatus, webhookQueue } from "./contract.js";
import { WebhookDelivery } from "./delivery.js";
import { isSecret, newSecret } from "./sign.js";
import { readSubscriptions, writeSubscriptions } from "./subscriptions-file.js";
import { refusalOf } from "./targets.js";

/** A topic pattern of event types: words, `*` and `#`. */
const PATTERN = /^([a-z][a-z0-9_]*|\*|#)(\.([a-z][a-z0-9_]*|\*|#))*$/;

export interface WebhooksParts {
  readonly bus: BusOptions;
  readonly dataDir: string;
  readonly management: ManagementClient | undefined;
  /** Also addresses of this machine and its networks. */
  readonly allowInner: boolean;
  readonly log: Log;
}

export interface NewWebhook {
  readonly url: string;
  readonly types: readonly string[];
  readonly secret?: string;
  readonly replays?: boolean;
}

export class Webhooks {
  readonly #parts: WebhooksParts;
  readonly #deliveries = new Map<string, WebhookDelivery>();

  /** Not started yet. */
  constructor(parts: WebhooksParts) {
    this.#parts = parts;
    for (const subscription of readSubscriptions(parts.dataDir)) this.#take(subscription);
  }

  list(): readonly SubscriptionStatus[] {
    return [...this.#deliveries.values()].map((delivery) => delivery.status());
  }

  /** Waits for nothing: a broker that is away is waited for in the background. */
  start(): void {
    for (const delivery of this.#deliveries.values()) this.#begin(delivery);
  }

  /**
   * Resolves when its queue is bound: what is published from then on is delivered.
   *
   * @throws Problem `BAD_REQUEST` for an address, a pattern or a secret that cannot be used
   */
  async add({ url, types, secret = newSecret(), replays = false }: NewWebhook): Promise<Subscription> {
    const refusal = refusalOf(url, this.#parts.allowInner);
    if (refusal !== undefined) throw wrong("/body/url", `"${url}" ${refusal}.`);
    for (const type of types)
      if (!PATTERN.test(type))
        throw wrong("/body/types", `"${type}" is not an event type or a pattern of them.`);
    if (!isSecret(secret))
      throw wrong("/body/secret", "The secret must be whsec_ and 24 to 64 bytes in base64.");
    const id = `wh_${randomBytes(8).toString("hex")}`;
    const subscription = {
      id,
      url,
      types,
      secret,
      replays,
      created_at: new Date().toISOString(),
      held: null,
    };
    await declareQueues(
      this.#parts.bus,
      [{ queue: webhookQueue(id), bindings: types }],
      AbortSignal.timeout(8_000),
    );
    const delivery = this.#take(subscription);
    this.#write();
    this.#begin(delivery);
    return subscription;
  }

  /** Its queues go with it, dead letters that are still there excepted. */
  async remove(id: string): Promise<void> {
    const delivery = this.#known(id);
    this.#deliveries.delete(id);
    this.#write();
    await delivery.close();
    const { management, log } = this.#parts;
    const queue = webhookQueue(id);
    const queues = [queue, ...RETRY_LADDER.map((_, rung) => retryQueue(queue, rung))];
    try {
      for (const name of queues) await management?.deleteQueue(name);
      await management?.deleteQueue(deadLetterQueue(queue), { onlyEmpty: true });
    } catch (error) {
      log("warn", `${queue} could not be deleted: ${messageOf(error)}`);
    }
  }

  /** Delivers again after it was held. */
  async resume(id: string): Promise<SubscriptionStatus> {
    const { subscription } = this.#known(id);
    if (subscription.held !== null) await this.#change({ ...subscription, held: null });
    return this.#known(id).status();
  }

  /** A test event, once, signed like any other; it is not published. */
  async test(
    id: string,
  ): Promise<{ readonly delivered: boolean; readonly status?: number; readonly error?: string }> {
    const delivery = this.#known(id);
    const event = createEnvelope<string>(
      "bloodbank.webhook.test",
      { webhook: id },
      { source: this.#parts.bus.source },
    );
    try {
      const status = await delivery.send(event.event_id, Buffer.from(JSON.stringify(event)));
      return { delivered: status >= 200 && status <= 299, status };
    } catch (error) {
      return { delivered: false, error: messageOf(error) };
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#deliveries.values()].map((delivery) => delivery.close()));
  }

  #take(subscription: Subscription): WebhookDelivery {
    const { bus, allowInner, log } = this.#parts;
    const delivery = new WebhookDelivery(bus, subscription, allowInner, (held) => {
      log("warn", `webhook ${subscription.id} is held: ${held}`);
      // After the delivery in work, which waits for this very call to return.
      setImmediate(() => void this.#change({ ...subscription, held }).catch(() => undefined));
    });
    this.#deliveries.set(subscription.id, delivery);
    return delivery;
  }

  async #change(subscription: Subscription): Promise<void> {
    const before = this.#deliveries.get(subscription.id);
    if (before === undefined) return;
    const delivery = this.#take(subscription);
    this.#write();
    await before.close();
    this.#begin(delivery);
  }

  #begin(delivery: WebhookDelivery): void {
    const { id } = delivery.subscription;
    delivery.start().catch((error) => this.#parts.log("warn", `webhook ${id}: ${messageOf(error)}`));
  }

  #known(id: string): WebhookDelivery {
    const delivery = this.#deliveries.get(id);
    if (delivery === undefined) throw new Problem("WEBHOOK_NOT_FOUND", `There is no webhook ${id}.`);
    return delivery;
  }

  #write(): void {
    writeSubscriptions(
      this.#parts.dataDir,
      [...this.#deliveries.values()].map(({ subscription }) => subscription),
    );
  }
}

function wrong(pointer: string, message: string): Problem {
  return new Problem("BAD_REQUEST", message, { violations: [{ pointer, keyword: "value", message }] });
}
