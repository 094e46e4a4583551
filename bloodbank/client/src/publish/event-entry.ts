import type { EventEnvelope } from "@33god/holyfields";
import type { BusMetrics, Published } from "../contract.js";
import { PublishRefused, PublishTimeout } from "../errors.js";
import type { Outgoing } from "../link/encode.js";
import type { Sending } from "../telemetry/message-spans.js";
import { Entry } from "./entry.js";

type PublishOutcome = Parameters<NonNullable<BusMetrics["published"]>>[0]["outcome"];

/** An event on its way to the bus: settles its promise, its span and its measure. */
export class EventEntry extends Entry {
  readonly #event: EventEnvelope;
  readonly #span: Sending;
  readonly #metrics: BusMetrics | undefined;
  readonly #began: number;
  readonly #resolve: (published: Published) => void;
  readonly #reject: (error: Error) => void;

  constructor(
    message: Outgoing,
    deadline: number,
    event: EventEnvelope,
    span: Sending,
    metrics: BusMetrics | undefined,
    resolve: (published: Published) => void,
    reject: (error: Error) => void,
  ) {
    super(message, deadline);
    this.#event = event;
    this.#span = span;
    this.#metrics = metrics;
    this.#began = metrics === undefined ? 0 : performance.now();
    this.#resolve = resolve;
    this.#reject = reject;
  }

  protected override tell(routed: boolean): void {
    this.#span.end();
    this.#measure(routed ? "confirmed" : "unrouted");
    this.#resolve({ event: this.#event, routed });
  }

  protected override tellFailure(error: Error): void {
    this.#span.end(error);
    this.#measure(outcomeOf(error));
    this.#reject(error);
  }

  #measure(outcome: PublishOutcome): void {
    this.#metrics?.published?.({
      type: this.#event.event_type,
      outcome,
      seconds: (performance.now() - this.#began) / 1_000,
    });
  }
}

function outcomeOf(error: Error): PublishOutcome {
  if (error instanceof PublishRefused) return "refused";
  return error instanceof PublishTimeout ? "timeout" : "failed";
}
