/** What admission turned away, as the broker left it: the message, and headers that say who, where and why. */
import type { RawDelivery } from "../consume/raw-delivery.js";
import type { Quarantined } from "./contract.js";
import { fingerprint, member, parsed, text, violationsOf } from "./letter.js";

export function quarantinedOf(delivery: RawDelivery, queue: string): Quarantined {
  const { headers, properties } = delivery;
  const event = parsed(delivery.body);
  const exchange = text(headers["x-exchange"]) ?? delivery.exchange;
  const routing_key = text(headers["x-routing-key"]) ?? delivery.routingKey;
  return {
    id: `${queue}/${fingerprint(queue, delivery)}`,
    event_id: text(member(event, "event_id")) ?? properties.messageId ?? null,
    event_type: text(member(event, "event_type")) ?? properties.type ?? routing_key,
    reason: text(headers["x-reason"]) ?? "",
    client: text(headers["x-client"]) ?? properties.appId ?? "",
    exchange,
    routing_key,
    refused_at: instant(headers["x-refused-at"]),
    violations: violationsOf(headers),
    headers,
    event,
  };
}

function instant(value: unknown): string | null {
  if (value instanceof Date) return value.toISOString();
  return text(value) ?? null;
}
