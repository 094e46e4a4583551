import type { EventEnvelope } from "@33god/holyfields";

/** AMQP's properties of an event that is sent now (DESIGN §3). */
export const eventProperties = (
  event: EventEnvelope,
  conversation: string,
  headers: Readonly<Record<string, unknown>> | undefined,
) => ({
  contentType: "application/json",
  headers,
  deliveryMode: 2,
  correlationId: conversation,
  messageId: event.event_id,
  timestamp: Math.floor(Date.now() / 1_000),
  type: event.event_type,
  appId: event.source.app,
});
