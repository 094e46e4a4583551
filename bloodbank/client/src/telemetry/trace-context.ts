/**
 * W3C Trace Context (https://www.w3.org/TR/trace-context/) in message and HTTP headers. Read and written here and
 * not by OpenTelemetry's global propagator: a service without an SDK still passes on the trace that it is part of.
 */
import {
  type Context,
  context,
  createTraceState,
  isSpanContextValid,
  type SpanContext,
  trace,
} from "@opentelemetry/api";
import { currentHandling } from "../correlation/handling.js";

export interface TraceHeaders {
  readonly traceparent?: string;
  readonly tracestate?: string;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Undefined for headers without a trace, or with a broken one. */
export function spanContextOf(headers: Readonly<Record<string, unknown>>): SpanContext | undefined {
  const { traceparent, tracestate } = headers;
  const match = typeof traceparent === "string" ? TRACEPARENT.exec(traceparent) : null;
  if (match === null) return undefined;
  const [, version, traceId = "", spanId = "", flags = "00", rest] = match;
  // Version 00 has exactly four fields; ff is forbidden; later versions may have more.
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  const context: SpanContext = {
    traceId,
    spanId,
    traceFlags: Number.parseInt(flags, 16) & 1,
    isRemote: true,
    ...(typeof tracestate === "string" && { traceState: createTraceState(tracestate) }),
  };
  return isSpanContextValid(context) ? context : undefined;
}

/** Nothing for a span that belongs to no trace. */
export function headersOf(context: SpanContext): TraceHeaders | undefined {
  if (!isSpanContextValid(context)) return undefined;
  const state = context.traceState?.serialize();
  const flags = (context.traceFlags & 0xff).toString(16).padStart(2, "0");
  return {
    traceparent: `00-${context.traceId}-${context.spanId}-${flags}`,
    ...(state !== undefined && state !== "" && { tracestate: state }),
  };
}

/** `within`, as a child of the trace in the headers, if there is one. */
export function childOf(within: Context, headers: Readonly<Record<string, unknown>>): Context {
  const parent = spanContextOf(headers);
  return parent === undefined ? within : trace.setSpanContext(within, parent);
}

/** The trace that the calling code is part of. */
export function currentTrace(): TraceHeaders | undefined {
  const active = trace.getSpanContext(context.active());
  return active === undefined ? currentHandling()?.trace : headersOf(active);
}
