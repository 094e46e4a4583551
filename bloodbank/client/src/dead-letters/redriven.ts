/** The copy that a redrive sends: the message as it was before anything failed. */
import type { RawDelivery } from "../consume/raw-delivery.js";
import { HEADERS } from "../contract.js";
import type { RawMessage } from "../publish/raw-publisher.js";
import { routingKeyOf } from "./letter.js";

/** How often it was redriven so far. */
const REDRIVES = "x-redrives";

/** What the failures wrote on it: with these the consumer would go on counting where it gave up. */
const WRITTEN_BY_FAILURES = new Set<string>([
  HEADERS.attempt,
  HEADERS.firstFailedAt,
  HEADERS.lastFailedAt,
  HEADERS.failedAt,
  HEADERS.reason,
  HEADERS.code,
  HEADERS.stack,
  HEADERS.violations,
  HEADERS.originalQueue,
]);

/** What brokers write on a dead letter, and headers that would send the copy elsewhere as well. */
const BROKER = /^(x-death$|x-(first|last)-death-|x-delivery-count$|CC$|BCC$)/;

export function redriven(delivery: RawDelivery, queue: string): RawMessage {
  const headers: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(delivery.headers))
    if (!WRITTEN_BY_FAILURES.has(name) && !BROKER.test(name)) headers[name] = value;
  const key = routingKeyOf(delivery);
  if (key !== undefined) headers[HEADERS.originalRoutingKey] = key;
  headers[REDRIVES] = Number(headers[REDRIVES] ?? 0) + 1;
  const { expiration: _expiration, ...properties } = delivery.properties;
  return { exchange: "", routingKey: queue, body: delivery.body, properties, headers, mandatory: true };
}
