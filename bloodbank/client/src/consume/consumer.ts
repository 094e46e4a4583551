/** A service author's side of the bus: register handlers, start, and nothing is lost. */
import type { EventEnvelope } from "@33god/holyfields";
import type { BusOptions, HandlerContext } from "../contract.js";
import { currentHandling, type Handling, whileHandling } from "../correlation/handling.js";
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
  readonly #loop: DeliveryLoop;
  /** What the queue is bound with; grows with the handlers where it was not given. */
  readonly #bindings: string[];

  /** @throws RangeError for a setting that nothing could be handled with */
  constructor(bus: BusOptions, settings: ConsumerSettings) {
    this.#bus = bus;
    this.#settings = settings;
    this.#bindings = [...(settings.bindings ?? [])];
    this.#loop = new DeliveryLoop(bus, settings, this.#bindings, (delivery) => this.#prepare(delivery));
  }

  /** Whether the queue is being read right now, or could be. */
  get connected(): boolean {
    return this.#loop.connected;
  }

  /** Handlers at work. */
  get active(): number {
    return this.#loop.active;
  }

  /** Why nothing is taken from the queue: `pause()` was called, or everything failed and the breaker is open. */
  get pausedBy(): "caller" | "breaker" | undefined {
    return this.#loop.pausedBy;
  }

  /**
   * Registers a handler, before `start`. The first registered whose pattern matches an event type gets it.
   *
   * @throws BloodbankError `ALREADY_STARTED`: the queue would not be bound for it
   */
  on<P extends string>(pattern: PatternArgument<P>, handler: Handler<EventsOn<P>>): this {
    if (this.#loop.started)
      throw new BloodbankError("ALREADY_STARTED", `on("${pattern}") comes too late: call it before start().`);
    if (this.#settings.bindings === undefined && !this.#bindings.includes(pattern))
      this.#bindings.push(pattern);
    this.#registrations.push({
      pattern,
      matches: topicMatcher(pattern),
      // The contract check before the call makes the event what the pattern's type says.
      handler: handler as Handler<EventEnvelope>,
    });
    return this;
  }

  /**
   * Connects, declares queue, ladder and dead letters where missing, binds, and begins to consume.
   *
   * @throws BloodbankError `NO_HANDLER` when `on` was not called: all that waits in the queue would become dead letters
   */
  async start(options?: StartOptions): Promise<void> {
    if (this.#registrations.length === 0)
      throw new BloodbankError(
        "NO_HANDLER",
        `${this.#settings.queue} has no handlers: call on() before start().`,
      );
    await this.#loop.start(options);
  }

  /**
   * Takes nothing more from the queue until `resume`; resolves when the handlers at work are done. A handler of its own
   * may await it: then nothing is waited for.
   */
  pause(): Promise<void> {
    return this.#loop.pause(!EventHandling.isIn(this.#loop));
  }

  resume(): Promise<void> {
    return this.#loop.resume();
  }

  /**
   * Stops taking messages, waits for the handlers at work, acks, and disconnects. The rest stays in the queue. A handler
   * of its own may await it: then it resolves at once, and the rest follows when that handler is done.
   */
  close(): Promise<void> {
    return this.#loop.close(!EventHandling.isIn(this.#loop));
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
    return new EventTask(
      event,
      registration.handler,
      this.#settings.orderBy?.(event),
      new EventHandling(this.#loop, event, delivery),
    );
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

/** It knows whose handler it is in: one that waited for itself would wait for ever. */
class EventHandling implements Handling {
  readonly eventId: string;
  readonly eventType: string;
  readonly conversationId: string;
  readonly trace: TraceHeaders | undefined;
  readonly #loop: DeliveryLoop;
  #over = false;

  constructor(loop: DeliveryLoop, event: EventEnvelope, { headers, properties }: Held) {
    const { traceparent, tracestate } = headers;
    this.eventId = event.event_id;
    this.eventType = event.event_type;
    this.conversationId = properties.correlationId ?? event.event_id;
    this.trace = typeof traceparent === "string" ? traceOf(traceparent, tracestate) : undefined;
    this.#loop = loop;
  }

  /** Whether the calling code belongs to a handler of this loop that is still waited for. */
  static isIn(loop: DeliveryLoop): boolean {
    const current = currentHandling();
    return current instanceof EventHandling && current.#loop === loop && !current.#over;
  }

  end(): void {
    this.#over = true;
  }
}

class EventTask implements Task {
  readonly id: string;
  readonly key: string | undefined;
  readonly label: string;
  readonly #event: EventEnvelope;
  readonly #handler: Handler<EventEnvelope>;
  readonly #handling: EventHandling;

  constructor(
    event: EventEnvelope,
    handler: Handler<EventEnvelope>,
    key: string | undefined,
    handling: EventHandling,
  ) {
    this.id = event.event_id;
    this.key = key;
    this.label = event.event_type;
    this.#event = event;
    this.#handler = handler;
    this.#handling = handling;
  }

  run(context: HandlerContext): Promise<void> | void {
    return whileHandling(this.#handling, () => this.#handler(this.#event, context));
  }

  over(): void {
    this.#handling.end();
  }
}

const traceOf = (traceparent: string, tracestate: unknown): TraceHeaders =>
  typeof tracestate === "string" ? { traceparent, tracestate } : { traceparent };
