/**
 * Publishing with a promise that is kept: what `publish` resolved is on the bus, whatever happens to the
 * connection meanwhile. Until then the event is held here and sent again, with the same id, on each new connection.
 */
import { Buffer } from "node:buffer";
import type { Contract, EventEnvelope } from "@33god/holyfields";
import { withSafeCallbacks } from "../callbacks.js";
import { type BusOptions, EVENTS_EXCHANGE, type Published, type PublishOptions } from "../contract.js";
import { currentHandling } from "../correlation/handling.js";
import { createEnvelope } from "../envelope/create-envelope.js";
import { eventProperties } from "../envelope/event-properties.js";
import { uuidv7 } from "../envelope/uuid-v7.js";
import { BloodbankError, ContractViolation, notJson } from "../errors.js";
import type { Outgoing } from "../link/encode.js";
import type { StartOptions } from "../link/link.js";
import { sending } from "../telemetry/message-spans.js";
import { declareExchange, refuseUnnamed } from "../topology/declare.js";
import type { EventTypeArgument, PayloadOf } from "../types/event-map.js";
import { CallbackEntry, refuseOther } from "./entry.js";
import { EventEntry } from "./event-entry.js";
import { Sender, type SenderSettings } from "./sender.js";

const DEADLINE = 30_000;

/** How much may wait for its confirm. */
export type PublisherSettings = SenderSettings;

export interface SendOptions {
  /** A UUIDv7 by default. */
  readonly messageId?: string;
  /** `application/json` by default. */
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  /** Milliseconds; 30,000 by default. */
  readonly deadline?: number;
}

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
  readonly #sender: Sender;
  /** Deprecated contracts of which was told. */
  readonly #warned = new Set<string>();

  constructor(bus: BusOptions, settings: PublisherSettings = {}) {
    this.#bus = withSafeCallbacks(bus);
    this.#exchange = bus.exchange ?? EVENTS_EXCHANGE;
    this.#sender = new Sender(this.#bus, "publisher", settings, (client) =>
      declareExchange(client, this.#exchange),
    );
  }

  /** Whether the broker can be reached right now. */
  get connected(): boolean {
    return this.#sender.connected;
  }

  /** Events published and not yet confirmed. */
  get pending(): number {
    return this.#sender.pending;
  }

  /**
   * Connects and declares the exchange. With `retry`, keeps trying while no broker answers; events may be
   * published meanwhile and wait. Without, rejects with `BROKER_UNREACHABLE`.
   */
  start(options?: StartOptions): Promise<void> {
    return this.#sender.start(options);
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
    if (!this.#sender.open) return Promise.reject(new BloodbankError("NOT_STARTED"));
    try {
      return this.#enqueue(event, this.#checked(event), options);
    } catch (error) {
      return Promise.reject(error);
    }
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
    if (!this.#sender.open) throw new BloodbankError("NOT_STARTED");
    const checked = events.map((each) => ({ ...each, body: this.#checked(each.event) }));
    return Promise.all(checked.map(({ event, body, options }) => this.#enqueue(event, body, options)));
  }

  /**
   * Puts work that is not an event straight into a durable queue, made where it is missing. Resolves when the broker
   * has confirmed that it is there. The other end is a `WorkConsumer`.
   */
  async sendToQueue(queue: string, body: string | Uint8Array, options: SendOptions = {}): Promise<void> {
    refuseUnnamed(queue);
    const bytes = typeof body === "string" ? Buffer.from(body) : body;
    refuseOther(bytes);
    const messageId = options.messageId ?? uuidv7();
    const span = sending({
      exchange: "",
      routingKey: queue,
      messageId,
      size: bytes.byteLength,
      headers: options.headers,
    });
    const message: Outgoing = {
      exchange: "",
      routingKey: queue,
      mandatory: true,
      body: bytes,
      properties: {
        contentType: options.contentType ?? "application/json",
        deliveryMode: 2,
        messageId,
        appId: this.#bus.source.app,
        timestamp: Math.floor(Date.now() / 1_000),
        headers: span.headers,
      },
    };
    try {
      const deadline = options.deadline ?? DEADLINE;
      for (let routed = false; !routed; ) {
        routed = await this.#confirmed(message, deadline);
        if (!routed) await this.#sender.declareQueue(queue);
      }
      span.end();
    } catch (error) {
      span.end(error);
      throw error;
    }
  }

  /** Takes nothing more, waits until all that was published is settled, and disconnects. */
  close(): Promise<void> {
    return this.#sender.close();
  }

  /** The event as it goes on the wire. */
  #checked(event: EventEnvelope): string {
    const verdict = this.#bus.catalog.validate(event, event.event_type);
    if (!verdict.valid) throw this.#broken(event, new ContractViolation(verdict));
    if (verdict.contract.stability === "deprecated") this.#warnOfDeprecated(verdict.contract);
    try {
      return JSON.stringify(event);
    } catch (error) {
      throw this.#broken(event, notJson(event, error));
    }
  }

  #broken(event: EventEnvelope, violation: ContractViolation): ContractViolation {
    // A type that came from outside is no label: there may be any number of them.
    const type = this.#bus.catalog.get(event.event_type) === undefined ? "" : event.event_type;
    this.#bus.metrics?.published?.({ type, outcome: "violation", seconds: 0 });
    return violation;
  }

  #enqueue(
    event: EventEnvelope,
    body: string,
    options: Pick<PublishOptions, "headers" | "deadline" | "conversationId">,
  ): Promise<Published> {
    const conversation =
      options.conversationId ??
      currentHandling()?.conversationId ??
      event.correlation_ids?.[0] ??
      event.event_id;
    const span = sending({
      exchange: this.#exchange,
      routingKey: event.event_type,
      messageId: event.event_id,
      conversationId: conversation,
      size: body.length,
      headers: options.headers,
    });
    const message: Outgoing = {
      exchange: this.#exchange,
      routingKey: event.event_type,
      mandatory: true,
      body,
      properties: eventProperties(event, conversation, span.headers),
    };
    return new Promise((resolve, reject) =>
      this.#sender.enter(
        new EventEntry(
          message,
          options.deadline ?? DEADLINE,
          event,
          span,
          this.#bus.metrics,
          resolve,
          reject,
        ),
      ),
    );
  }

  #confirmed(message: Outgoing, deadline: number): Promise<boolean> {
    if (!this.#sender.open) return Promise.reject(new BloodbankError("NOT_STARTED"));
    return new Promise((resolve, reject) =>
      this.#sender.enter(new CallbackEntry(message, deadline, resolve, reject)),
    );
  }

  /** Says no more than once a type that it goes out of use. */
  #warnOfDeprecated(contract: Contract): void {
    const name = `${contract.eventType} ${contract.version}`;
    if (this.#warned.has(name)) return;
    this.#warned.add(name);
    const newest = this.#bus.catalog.get(contract.eventType);
    const instead =
      newest === undefined || newest.version === contract.version
        ? ""
        : `; publish ${newest.version} instead`;
    this.#bus.log?.("warn", `${name} is deprecated${instead}`, {
      eventType: contract.eventType,
      version: contract.version,
      owner: contract.owner,
    });
  }
}
