/**
 * OpenTelemetry's semantic conventions for messaging and RabbitMQ, in the version named here. They are not stable
 * yet: names change between versions, so they stand in one file and change only together with the version.
 */
export const CONVENTIONS_VERSION = "1.37.0";
export const SCHEMA_URL = `https://opentelemetry.io/schemas/${CONVENTIONS_VERSION}`;

export const ATTRIBUTE = {
  system: "messaging.system",
  operationName: "messaging.operation.name",
  operationType: "messaging.operation.type",
  destination: "messaging.destination.name",
  routingKey: "messaging.rabbitmq.destination.routing_key",
  messageId: "messaging.message.id",
  conversationId: "messaging.message.conversation_id",
  bodySize: "messaging.message.body.size",
  batchCount: "messaging.batch.message_count",
  errorType: "error.type",
  /** Ours: how often the message was handled before, and once more. */
  attempt: "bloodbank.attempt",
} as const;

/** `{exchange}:{routing key}` for producers, with `:{queue}` for consumers; empty and equal parts are left out. */
export function destinationOf(exchange: string, routingKey: string, queue?: string): string {
  const parts = [exchange, routingKey, queue ?? ""].filter((part) => part !== "");
  return [...new Set(parts)].join(":") || "amq.default";
}
