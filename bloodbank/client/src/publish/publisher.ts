/**
 * Publishing with a promise that is kept: what `publish` resolved is on the bus, whatever happens to the
 * connection meanwhile. Until then the event is held here and sent again, with the same id, on each new connection.
 */
import { Buffer } from "node:buffer";
import type { EventEnvelope } from "@33god/holyfields";
import { v7 } from "uuid";
import {
  type BusMetrics,
  type BusOptions,
  EVENTS_EXCHANGE,
  type Published,
  type PublishOptions,
} from "../contract.js";
import { currentHandling } from "../correlation/handling.js";
import { createEnvelope } from "../envelope/create-envelope.js";
import { BloodbankError, ContractViolation, PublishRefused, PublishTimeout } from "../errors.js";
import { ConfirmChannel, type Settle } from "../link/confirm-channel.js";
import type { Outgoing } from "../link/encode.js";
import { Link, type StartOptions } from "../link/link.js";
import type { WireClient } from "../link/wire-client.js";
import { declareExchange, declareQueue } from "../topology/declare.js";
import type { EventTypeArgument, PayloadOf } from "../types/event-map.js";
import { type Pending, PendingBuffer } from "./pending.js";

const DEADLINE = 30_000;

export interface PublisherSettings {
  /** Events held until their confirm; further `publish` calls wait. 10,000 by default. */
  readonly maxPending?: number;
  /** Their bodies' bytes together; 64 MiB by default. */
  readonly maxPendingBytes?: number;
}

export interface SendOptions {
  /** A UUIDv7 by default. */
  readonly messageId?: string;
  /** `application/json` by default. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Milliseconds; 30,000 by default. */
  readonly deadline?: number;
}

type PublishOutcome = Parameters<NonNullable<BusMetrics["published"]>>[0]["outcome"];

/** One event of `publishMany`. */
export interface Publication<T extends string = string> {
  readonly type: T;
  readonly payload: PayloadOf<T>;
  readonly options?: PublishOptions;
}

/**
 * @example
 * const publisher = new Publisher({ url, catalog, source: { host: "laptop", type: "agent", app: "my-service" } });
 * await publisher.start();
 * const { event, routed } = await publisher.publish("artifact.created",
 *   { artifact_type: "transcript", file_path: "/vault/a.md" });
 * await publisher.close();
 */
export class Publisher {
  readonly #bus: BusOptions;
  readonly #exchange: string;
  readonly #link: Link;
  readonly #pending: PendingBuffer;
  #channel: ConfirmChannel | undefined;
  #client: WireClient | undefined;
  readonly #declaring = new Map<string, Promise<void>>();
  #blocked = false;
  #closing = false;
  #sweep: NodeJS.Timeout | undefined;
  #drained: (() => void) | undefined;

  constructor(bus: BusOptions, settings: PublisherSettings = {}) {
    this.#bus = bus;
    this.#exchange = bus.exchange ?? EVENTS_EXCHANGE;
    this.#pending = new PendingBuffer({
      events: settings.maxPending ?? 10_000,
      bytes: settings.maxPendingBytes ?? 64 * 1024 * 1024,
    });
    this.#link = new Link(bus, `${bus.source.app} publisher`, {
      setUp: (client) => this.#setUp(client),
      down: (reason) => this.#down(reason),
    });
  }

  /** Whether the broker can be reached right now. */
  get connected(): boolean {
    return this.#link.up;
  }

  /** Events published and not yet confirmed. */
  get pending(): number {
    return this.#pending.size;
  }

  /**
   * Connects and declares the exchange. With `retry`, keeps trying while no broker answers; events may be
   * published meanwhile and wait. Without, rejects with `BROKER_UNREACHABLE`.
   */
  async start(options: StartOptions = {}): Promise<void> {
    this.#sweep = setInterval(() => this.#rejectOverdue(), 100);
    this.#sweep.unref();
    await this.#link.start(options);
  }

  /**
   * Makes the envelope, checks the contract, sends, and resolves when the broker has confirmed.
   *
   * @throws ContractViolation before a byte leaves
   * @throws PublishRefused when the broker's admission or a full queue turned it down
   * @throws PublishTimeout when the deadline passed
   */
  publish<T extends string>(
    type: EventTypeArgument<T>,
    payload: PayloadOf<T>,
    options: PublishOptions = {},
  ): Promise<Published> {
    const event = createEnvelope<string>(type, payload as Readonly<Record<string, unknown>>, {
      source: options.source ?? this.#bus.source,
      eventId: options.eventId,
      version: options.version ?? this.#bus.catalog.get(type)?.version,
      timestamp: options.timestamp,
      correlationIds: options.correlationIds,
      agentContext: options.agentContext,
    });
    return this.publishEvent(event, options);
  }

  /** Publishes a whole event as it stands; the contract is checked as well. */
  publishEvent(
    event: EventEnvelope,
    options: Pick<PublishOptions, "headers" | "deadline" | "conversationId"> = {},
  ): Promise<Published> {
    if (this.#closing || !this.#link.started) return Promise.reject(new BloodbankError("NOT_STARTED"));
    const verdict = this.#bus.catalog.validate(event, event.event_type);
    if (!verdict.valid) {
      this.#measure(event.event_type, "violation", performance.now());
      return Promise.reject(new ContractViolation(verdict));
    }
    return this.#enqueue(event, options);
  }

  /** Publishes in order; all contracts are checked before the first event leaves. */
  async publishMany(publications: readonly Publication[]): Promise<readonly Published[]> {
    const events = publications.map(({ type, payload, options = {} }) => ({
      options,
      event: createEnvelope<string>(type, payload, {
        source: options.source ?? this.#bus.source,
        eventId: options.eventId,
        version: options.version ?? this.#bus.catalog.get(type)?.version,
        timestamp: options.timestamp,
        correlationIds: options.correlationIds,
        agentContext: options.agentContext,
      }),
    }));
    if (this.#closing || !this.#link.started) throw new BloodbankError("NOT_STARTED");
    for (const { event } of events) {
      const verdict = this.#bus.catalog.validate(event, event.event_type);
      if (!verdict.valid) throw new ContractViolation(verdict);
    }
    return Promise.all(events.map(({ event, options }) => this.#enqueue(event, options)));
  }

  /**
   * Puts work that is not an event straight into a durable queue, made where it is missing. Resolves when the broker
   * has confirmed that it is there. The other end is a `WorkConsumer`.
   */
  sendToQueue(queue: string, body: string | Uint8Array, options: SendOptions = {}): Promise<void> {
    if (this.#closing || !this.#link.started) return Promise.reject(new BloodbankError("NOT_STARTED"));
    return new Promise((resolve, reject) => {
      this.#enter(
        {
          exchange: "",
          routingKey: queue,
          mandatory: true,
          body: typeof body === "string" ? Buffer.from(body) : body,
          properties: {
            contentType: options.contentType ?? "application/json",
            deliveryMode: 2,
            messageId: options.messageId ?? v7(),
            appId: this.#bus.source.app,
            timestamp: Math.floor(Date.now() / 1_000),
            headers: options.headers,
          },
        },
        options.deadline ?? DEADLINE,
        (routed) => {
          if (routed) resolve();
          else
            this.#declareWorkQueue(queue).then(
              () => this.sendToQueue(queue, body, options).then(resolve, reject),
              reject,
            );
        },
        reject,
      );
    });
  }

  /** Takes nothing more, waits until all that was published is settled, and disconnects. */
  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    if (this.#link.started && this.#pending.size > 0)
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    clearInterval(this.#sweep);
    await this.#link.close();
  }

  #enqueue(
    event: EventEnvelope,
    options: Pick<PublishOptions, "headers" | "deadline" | "conversationId">,
  ): Promise<Published> {
    const began = performance.now();
    const conversation =
      options.conversationId ??
      currentHandling()?.conversationId ??
      event.correlation_ids?.[0] ??
      event.event_id;
    return new Promise((resolve, reject) => {
      this.#enter(
        {
          exchange: this.#exchange,
          routingKey: event.event_type,
          mandatory: true,
          body: Buffer.from(JSON.stringify(event)),
          properties: {
            contentType: "application/json",
            deliveryMode: 2,
            messageId: event.event_id,
            correlationId: conversation,
            type: event.event_type,
            appId: event.source.app,
            timestamp: Math.floor(Date.now() / 1_000),
            headers: options.headers,
          },
        },
        options.deadline ?? DEADLINE,
        (routed) => {
          this.#measure(event.event_type, routed ? "confirmed" : "unrouted", began);
          resolve({ event, routed });
        },
        (error) => {
          this.#measure(event.event_type, outcomeOf(error), began);
          reject(error);
        },
      );
    });
  }

  #enter(
    message: Outgoing,
    deadline: number,
    confirmed: (routed: boolean) => void,
    failed: (error: Error) => void,
  ): void {
    const entry: Pending = {
      message,
      deadline,
      deadlineAt: Date.now() + deadline,
      confirmed,
      failed,
      inFlight: false,
      everSent: false,
      settled: false,
    };
    if (this.#pending.add(entry)) this.#send(entry);
  }

  #measure(type: string, outcome: PublishOutcome, began: number): void {
    this.#bus.metrics?.published?.({ type, outcome, seconds: (performance.now() - began) / 1_000 });
  }

  /** One declaration however many wait for it. */
  #declareWorkQueue(queue: string): Promise<void> {
    const client = this.#client;
    if (client === undefined) return Promise.resolve();
    let declaring = this.#declaring.get(queue);
    if (declaring === undefined) {
      declaring = declareQueue(client, queue, this.#bus.queueType).finally(() =>
        this.#declaring.delete(queue),
      );
      this.#declaring.set(queue, declaring);
    }
    return declaring;
  }

  #send(entry: Pending): void {
    if (this.#channel === undefined || this.#blocked) return;
    entry.inFlight = true;
    entry.everSent = true;
    try {
      this.#channel.publish(entry.message, this.#settlementOf(entry));
    } catch (error) {
      this.#settle(entry, () => entry.failed(error instanceof Error ? error : new Error(String(error))));
    }
  }

  #settlementOf(entry: Pending): Settle {
    return {
      confirmed: (routed) => this.#settle(entry, () => entry.confirmed(routed)),
      refused: () =>
        this.#settle(entry, () =>
          entry.failed(new PublishRefused(idOf(entry.message), nameOf(entry.message))),
        ),
      // Stays pending: the next connection sends it again.
      lost: () => undefined,
    };
  }

  #settle(entry: Pending, tell: () => void): void {
    if (entry.settled) return;
    entry.settled = true;
    for (const next of this.#pending.remove(entry)) this.#send(next);
    tell();
    if (this.#pending.size === 0) this.#drained?.();
  }

  #rejectOverdue(): void {
    for (const entry of this.#pending.overdue(Date.now()))
      this.#settle(entry, () =>
        entry.failed(
          new PublishTimeout(idOf(entry.message), nameOf(entry.message), entry.deadline, entry.everSent),
        ),
      );
  }

  async #setUp(client: WireClient): Promise<void> {
    await declareExchange(client, this.#exchange);
    const channel = await ConfirmChannel.open(client, (reason) => this.#link.fail(reason));
    this.#blocked = false;
    client.onblocked = (reason) => {
      this.#blocked = true;
      this.#bus.log?.("warn", `the broker blocks publishers: ${reason}`);
    };
    client.onunblocked = () => {
      this.#blocked = false;
      this.#sendUnsent();
    };
    this.#client = client;
    this.#channel = channel;
    for (const entry of this.#pending) this.#send(entry);
  }

  #sendUnsent(): void {
    for (const entry of this.#pending) if (!entry.inFlight) this.#send(entry);
  }

  #down(reason: Error): void {
    const channel = this.#channel;
    this.#channel = undefined;
    this.#client = undefined;
    channel?.lose(reason);
    for (const entry of this.#pending) entry.inFlight = false;
  }
}

function outcomeOf(error: Error): PublishOutcome {
  if (error instanceof PublishRefused) return "refused";
  return error instanceof PublishTimeout ? "timeout" : "failed";
}

const idOf = ({ properties }: Outgoing): string => properties.messageId ?? "";
const nameOf = ({ routingKey }: Outgoing): string => routingKey;
