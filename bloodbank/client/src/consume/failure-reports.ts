/**
 * Each failed attempt is told in an event, `bloodbank.delivery.failed`, with the failing event as its cause: so its
 * trace shows where it waits for which attempt, on any broker, and still does when it was handled at last.
 *
 * It is told after the message was moved, without a confirm: an event that is lost here costs a line of a trace. And
 * only so often: where everything fails, the next one that is told says how many were not.
 */

import type { EventEnvelope } from "@33god/holyfields";
import type { AMQPChannel } from "@cloudamqp/amqp-client";
import { validate as isUuid } from "uuid";
import { type BusAddress, EVENTS_EXCHANGE, HEADERS, RETRY_LADDER } from "../contract.js";
import { member, parsed, text } from "../dead-letters/letter.js";
import { createEnvelope } from "../envelope/create-envelope.js";
import { eventProperties } from "../envelope/event-properties.js";
import type { Outgoing } from "../link/encode.js";
import type { WireClient } from "../link/wire-client.js";
import { attemptOf } from "./failure.js";
import type { RawDelivery } from "./raw-delivery.js";

const TYPE = "bloodbank.delivery.failed";
/** What the bus says of itself is not told about: a consumer that fails on these events would never come to an end. */
const OWN = "bloodbank.";
/** Told at once after a time without failures, and then so many a second. */
const BURST = 50;
const PER_SECOND = 10;
const REASON_LIMIT = 500;

export class FailureReports {
  readonly #bus: BusAddress;
  readonly #queue: string;
  #left = BURST;
  #filledAt = performance.now();
  #untold = 0;
  #client: WireClient | undefined;
  #channel: Promise<AMQPChannel> | undefined;

  constructor(bus: BusAddress, queue: string) {
    this.#bus = bus;
    this.#queue = queue;
  }

  /** That this delivery failed, and that its copy is where it was to go. Work that is not an event is not told of. */
  tell(
    client: WireClient,
    delivery: RawDelivery,
    copy: Outgoing,
    outcome: "retried" | "dead_lettered",
  ): void {
    if (delivery.properties.type?.startsWith(OWN)) return;
    if (!this.#mayTell()) {
      this.#untold++;
      return;
    }
    const event = this.#eventOf(delivery, copy, outcome);
    if (event === undefined) return;
    this.#untold = 0;
    this.#send(client, event, delivery.properties.correlationId).catch(() => undefined);
  }

  #mayTell(): boolean {
    const now = performance.now();
    this.#left = Math.min(BURST, this.#left + ((now - this.#filledAt) / 1_000) * PER_SECOND);
    this.#filledAt = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }

  #eventOf(
    delivery: RawDelivery,
    copy: Outgoing,
    outcome: "retried" | "dead_lettered",
  ): EventEnvelope | undefined {
    const failing = parsed(delivery.body);
    const id = text(member(failing, "event_id"));
    const type = text(member(failing, "event_type"));
    if (id === undefined || !isUuid(id) || type === undefined || type.startsWith(OWN)) return undefined;
    const headers = copy.properties.headers ?? {};
    const attempt = attemptOf(delivery);
    const failedAt = text(headers[HEADERS.lastFailedAt]) ?? new Date().toISOString();
    const rung = outcome === "retried" ? RETRY_LADDER[attempt - 1] : undefined;
    const payload = {
      failed_event_id: id,
      failed_event_type: type,
      queue: this.#queue,
      attempt,
      attempts_at_most: RETRY_LADDER.length + 1,
      outcome,
      code: text(headers[HEADERS.code]) ?? "UNKNOWN",
      reason: (text(headers[HEADERS.reason]) ?? "").slice(0, REASON_LIMIT),
      failed_at: failedAt,
      ...(rung && { next_attempt_at: new Date(Date.parse(failedAt) + rung.ms).toISOString() }),
      untold: this.#untold,
    };
    return createEnvelope<string>(TYPE, payload, { source: this.#bus.source, correlationIds: [id] });
  }

  /** On a channel of its own: who may not publish events has it closed by the broker, and goes on consuming. */
  async #send(client: WireClient, event: EventEnvelope, conversation: string | undefined): Promise<void> {
    if (this.#client !== client) {
      this.#client = client;
      this.#channel = client.channel();
    }
    const channel = await this.#channel;
    if (channel === undefined || channel.closed) return;
    await channel.basicPublish(this.#bus.exchange ?? EVENTS_EXCHANGE, TYPE, JSON.stringify(event), {
      ...eventProperties(event, conversation ?? event.correlation_ids?.[0] ?? event.event_id, undefined),
      headers: {},
      timestamp: new Date(),
    });
  }
}
