/**
 * Causes and traces over HTTP: what a handler calls knows which event it is called for, and what it publishes in
 * turn names that event as its cause.
 */
import { context } from "@opentelemetry/api";
import { validate as isUuid } from "uuid";
import { childOf, currentTrace, headersOf, spanContextOf } from "../telemetry/trace-context.js";
import { currentHandling, whileHandling } from "./handling.js";

/** Names of the headers, beside `traceparent` and `tracestate`. */
export const HTTP_HEADERS = {
  eventId: "x-bloodbank-event-id",
  eventType: "x-bloodbank-event-type",
  conversationId: "x-bloodbank-conversation-id",
} as const;

/**
 * Headers for a request that is made while an event is handled; empty outside of a handler and a trace.
 *
 * @example
 * await fetch(url, { headers: { ...correlationHeaders(), "content-type": "application/json" }, method: "POST", body });
 */
export function correlationHeaders(): Record<string, string> {
  const handling = currentHandling();
  return {
    ...(handling && {
      [HTTP_HEADERS.eventId]: handling.eventId,
      [HTTP_HEADERS.eventType]: handling.eventType,
      [HTTP_HEADERS.conversationId]: handling.conversationId,
    }),
    ...currentTrace(),
  };
}

/**
 * Runs the handling of a request with the cause and trace that its headers name, if they do. Header names are lower
 * case, as Node gives them. What is not an id is passed over: headers come from outside.
 */
export function whileCausedBy<T>(
  headers: Readonly<Record<string, string | readonly string[] | undefined>>,
  work: () => T,
): T {
  const eventId = one(headers[HTTP_HEADERS.eventId]);
  const conversationId = one(headers[HTTP_HEADERS.conversationId]);
  const parent = spanContextOf(headers);
  const carried = parent && headersOf(parent);
  const within = () => context.with(childOf(context.active(), headers), work);
  if (eventId === undefined || !isUuid(eventId)) return within();
  return whileHandling(
    {
      eventId,
      eventType: one(headers[HTTP_HEADERS.eventType]) ?? "",
      conversationId: conversationId !== undefined && isUuid(conversationId) ? conversationId : eventId,
      ...(carried && { trace: carried }),
    },
    within,
  );
}

const one = (value: string | readonly string[] | undefined): string | undefined =>
  typeof value === "string" ? value : value?.[0];
