/** A service author's side of the bus: register handlers, start, and nothing is lost. */
import type { EventEnvelope } from "@33god/holyfields";
import type { BusOptions, HandlerContext } from "../contract.js";
import { type Handling, whileHandling } from "../correlation/handling.js";
import { BloodbankError } from "../errors.js";
import type { StartOptions } from "../link/link.js";
import type { TraceHeaders } from "../telemetry/trace-context.js";
import { topicMatcher } from "../topology/topic-pattern.js";
import type { EventsOn, PatternArgument } from "../types/event-map.js";
import { DeliveryLoop } from "./delivery-loop.js";
import { type Failure, originalRoutingKey } from "./failure.js";
import type { Held } from "./queue-reader.js";
import type { LoopSettings, Task } from "./task.js";

export interface ConsumerSettings extends LoopSettings {
  /** Patterns to bind the queue with; those of the handlers by default. */
  readonly bindings?: readonly string[];
  /**
   * With a concurrency above 1: events for which this gives the same key are handled in their order; `undefined`
   * means that the order does not matter. The events of a retried one may overtake it.
   */
  readonly orderBy?: (event: EventEnvelope) => string | undefined;
}

export type Handler<E> = (event: E, context: HandlerContext) => Promise<void> | void;

interface Registration {
  readonly pattern: string;
  readonly matches: (eventType: string) => boolean;
  readonly handler: Handler<EventEnvelope>;
}

/**
 * Delivery is at least once: a handler that resolved is acked, one that rejects is retried on the ladder and then
 * dead-lettered with its reason. An event that breaks its contract, or that no handler is for, is dead-lettered at
 * once and never seen by a handler.
 *
 * @example
 * const consumer = new Consumer(bus, { queue: "services.fireflies.transcript_processor" })
 *   .on("fireflies.transcript.ready", async (event) => { console.log(event.payload.title); });
 * await consumer.start();
 */
export class Consumer {
  readonly #bus: BusOptions;
  readonly #settings: ConsumerSettings;
  readonly #registrations: Registration[] = [];
  readonly #byType = new Map<string, Registration | undefined>();
  #loop: DeliveryLoop | undefined;
  #closed = false;

  constructor(bus: BusOptions, settings: ConsumerSettings) {
    this.#bus = bus;
    this.#settings = settings;
  }

  /** Whether the queue is being read right now, or could be. */
  get connected(): boolean {
    return this.#loop?.connected ?? false;
  }

  /** Handlers at work. */
  get active(): number {
    return this.#loop?.active ?? 0;
  }

  /** Why nothing is taken from the queue: `pause()` was called, or everything failed and the breaker is open. */
  get pausedBy(): "caller" | "breaker" | undefined {
    return this.#loop?.pausedBy;
  }

  /** Registers a handler, before `start`. The first registered whose pattern matches an event type gets it. */
  on<P extends string>(pattern: PatternArgument<P>, handler: Handler<EventsOn<P>>): this {
    this.#registrations.push({
      pattern,
      matches: topicMatcher(pattern),
      // The contract check before the call makes the event what the pattern's type says.
      handler: handler as Handler<EventEnvelope>,
    });
    return this;
  }

  /** Connects, declares queue, ladder and dead letters where missing, binds, and begins to consume. */
  async start(options?: StartOptions): Promise<void> {
    if (this.#closed) throw new BloodbankError("NOT_STARTED", "It was closed before it was started.");
    const patterns = this.#registrations.map(({ pattern }) => pattern);
    const bindings = this.#settings.bindings ?? [...new Set(patterns)];
    this.#loop = new DeliveryLoop(this.#bus, this.#settings, bindings, (delivery) => this.#prepare(delivery));
    await this.#loop.start(options);
  }

  /** Takes nothing more from the queue until `resume`; resolves when the handlers at work are done. */
  async pause(): Promise<void> {
    await this.#loop?.pause();
  }

  async resume(): Promise<void> {
    await this.#loop?.resume();
  }

  /** Stops taking messages, waits for the handlers at work, acks, and disconnects. The rest stays in the queue. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#loop?.close();
  }

  #prepare(delivery: Held): Task | Failure {
    const verdict = this.#bus.catalog.validateBytes(delivery.body, originalRoutingKey(delivery));
    if (!verdict.valid) {
      const { code, message, violations } = verdict;
      return { code, reason: message, violations, final: true };
    }
    const { event } = verdict;
    const registration = this.#registrationFor(event.event_type);
    if (registration === undefined) {
      const reason = `${this.#settings.queue} has no handler for ${event.event_type}`;
      return { code: "NO_HANDLER", reason, final: true };
    }
    return new EventTask(event, delivery, registration.handler, this.#settings.orderBy?.(event));
  }

  #registrationFor(eventType: string): Registration | undefined {
    if (!this.#byType.has(eventType))
      this.#byType.set(
        eventType,
        this.#registrations.find(({ matches }) => matches(eventType)),
      );
    return this.#byType.get(eventType);
  }
}

class EventTask implements Task {
  readonly id: string;
  readonly key: string | undefined;
  readonly label: string;
  readonly #event: EventEnvelope;
  readonly #delivery: Held;
  readonly #handler: Handler<EventEnvelope>;

  constructor(
    event: EventEnvelope,
    delivery: Held,
    handler: Handler<EventEnvelope>,
    key: string | undefined,
  ) {
    this.id = event.event_id;
    this.key = key;
    this.label = event.event_type;
    this.#event = event;
    this.#delivery = delivery;
    this.#handler = handler;
  }

  run(context: HandlerContext): Promise<void> | void {
    return whileHandling(this.#handling(), () => this.#handler(this.#event, context));
  }

  #handling(): Handling {
    const { headers, properties } = this.#delivery;
    const { traceparent, tracestate } = headers;
    return {
      eventId: this.id,
      eventType: this.label,
      conversationId: properties.correlationId ?? this.id,
      trace: typeof traceparent === "string" ? traceOf(traceparent, tracestate) : undefined,
    };
  }
}

const traceOf = (traceparent: string, tracestate: unknown): TraceHeaders =>
  typeof tracestate === "string" ? { traceparent, tracestate } : { traceparent };
