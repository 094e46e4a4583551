/** One span for each message sent, handled, or batch of them taken; nothing but a few calls where no SDK is installed. */
import {
  type Context,
  context,
  type Link,
  ProxyTracerProvider,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import type { RawDelivery } from "../consume/raw-delivery.js";
import { currentHandling } from "../correlation/handling.js";
import { BloodbankError } from "../errors.js";
import { ATTRIBUTE, destinationOf, SCHEMA_URL } from "./conventions.js";
import { childOf, headersOf, spanContextOf } from "./trace-context.js";

const NAME = "@33god/bloodbank";
const VERSION = "0.1.0";
const OPTIONS = { schemaUrl: SCHEMA_URL };

/** Undefined where no SDK is installed: then nothing is built that nobody would see. */
function installed(): Tracer | undefined {
  const provider = trace.getTracerProvider();
  return provider instanceof ProxyTracerProvider
    ? provider.getDelegateTracer(NAME, VERSION, OPTIONS)
    : provider.getTracer(NAME, VERSION, OPTIONS);
}

const nothing = (): void => undefined;
/** What is neither traced nor carries headers: the same for all, so that nothing is made for it. */
const UNTRACED: Sending = { headers: undefined, end: nothing };

/** Links that a batch's span carries at most: SDKs drop what is beyond 128. */
const LINKS = 128;

export interface Sent {
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageId: string;
  readonly conversationId?: string;
  readonly size: number;
  readonly headers: Readonly<Record<string, unknown>> | undefined;
}

export interface Sending {
  /** The message's headers, with the trace that it belongs to. */
  readonly headers: Readonly<Record<string, unknown>> | undefined;
  end(error?: unknown): void;
}

/** A message leaves: a child of the active span, of the trace in its headers, or of the event being handled. */
export function sending(message: Sent): Sending {
  const tracer = installed();
  if (tracer === undefined) {
    const headers = passedOn(message.headers);
    return headers === undefined ? UNTRACED : { headers, end: nothing };
  }
  const destination = destinationOf(message.exchange, message.routingKey);
  const span = tracer.startSpan(
    `publish ${destination}`,
    {
      kind: SpanKind.PRODUCER,
      attributes: {
        [ATTRIBUTE.system]: "rabbitmq",
        [ATTRIBUTE.operationName]: "publish",
        [ATTRIBUTE.operationType]: "send",
        [ATTRIBUTE.destination]: destination,
        [ATTRIBUTE.routingKey]: message.routingKey,
        [ATTRIBUTE.messageId]: message.messageId,
        [ATTRIBUTE.bodySize]: message.size,
        ...(message.conversationId !== undefined && {
          [ATTRIBUTE.conversationId]: message.conversationId,
        }),
      },
    },
    parentOf(message.headers),
  );
  const carried = headersOf(span.spanContext());
  return {
    headers: carried === undefined ? message.headers : { ...message.headers, ...carried },
    end: (error) => finish(span, error),
  };
}

/** Runs the handling of one message as a child of the trace that it came with. */
export function handlingOf(
  delivery: RawDelivery,
  queue: string,
  attempt: number,
  work: () => Promise<void> | void,
): Promise<void> | void {
  const tracer = installed();
  if (tracer === undefined) return work();
  const destination = destinationOf(delivery.exchange, delivery.routingKey, queue);
  const { messageId, correlationId } = delivery.properties;
  const parent = childOf(context.active(), delivery.headers);
  const span = tracer.startSpan(
    `process ${destination}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        [ATTRIBUTE.system]: "rabbitmq",
        [ATTRIBUTE.operationName]: "process",
        [ATTRIBUTE.operationType]: "process",
        [ATTRIBUTE.destination]: destination,
        [ATTRIBUTE.routingKey]: delivery.routingKey,
        [ATTRIBUTE.bodySize]: delivery.body.byteLength,
        [ATTRIBUTE.attempt]: attempt,
        ...(messageId !== undefined && { [ATTRIBUTE.messageId]: messageId }),
        ...(correlationId !== undefined && { [ATTRIBUTE.conversationId]: correlationId }),
      },
    },
    parent,
  );
  return ended(span, () => context.with(trace.setSpan(parent, span), work));
}

/** Runs the handling of a batch in a span of its own, linked to the trace of each message. */
export async function batchOf(
  batch: readonly RawDelivery[],
  queue: string,
  work: () => Promise<void>,
): Promise<void> {
  const tracer = installed();
  if (tracer === undefined) return work();
  const links: Link[] = [];
  for (const { headers } of batch) {
    if (links.length === LINKS) break;
    const linked = spanContextOf(headers);
    if (linked !== undefined) links.push({ context: linked });
  }
  const span = tracer.startSpan(`process ${queue}`, {
    kind: SpanKind.CONSUMER,
    links,
    attributes: {
      [ATTRIBUTE.system]: "rabbitmq",
      [ATTRIBUTE.operationName]: "process",
      [ATTRIBUTE.operationType]: "process",
      [ATTRIBUTE.destination]: queue,
      [ATTRIBUTE.batchCount]: batch.length,
    },
  });
  return ended(span, () => context.with(trace.setSpan(context.active(), span), work));
}

/** Without an SDK: the trace that the handled event came with, unless the message has its own. */
function passedOn(headers: Sent["headers"]): Sent["headers"] {
  const carried = currentHandling()?.trace;
  return carried === undefined || headers?.traceparent !== undefined ? headers : { ...headers, ...carried };
}

function parentOf(headers: Readonly<Record<string, unknown>> | undefined): Context {
  const active = context.active();
  if (trace.getSpanContext(active) !== undefined) return active;
  if (headers?.traceparent !== undefined) return childOf(active, headers);
  const handling = currentHandling();
  return handling?.trace === undefined ? active : childOf(active, { ...handling.trace });
}

async function ended(span: Span, work: () => Promise<void> | void): Promise<void> {
  try {
    await work();
  } catch (error) {
    finish(span, error);
    throw error;
  }
  finish(span);
}

function finish(span: Span, error?: unknown): void {
  if (error !== undefined) {
    const type =
      error instanceof BloodbankError ? error.code : error instanceof Error ? error.name : "_OTHER";
    span.setAttribute(ATTRIBUTE.errorType, type);
    span.setStatus({
      code: SpanStatusCode.ERROR,
      ...(error instanceof Error && { message: error.message }),
    });
    if (error instanceof Error) span.recordException(error);
  }
  span.end();
}
