/** A span for each request, within the trace and the cause that its headers name (W3C Trace Context). */

import { whileCausedBy } from "@33god/bloodbank";
import { context, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { FastifyInstance, FastifyRequest } from "fastify";

const tracer = () => trace.getTracer("@33god/platform");
/** Asked so often, and by machines, that their spans would bury all others. */
const UNTRACED = /^\/(health|metrics|assets)/;

export function traced(server: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  server.addHook("onRequest", (request, _reply, done) => {
    whileCausedBy(request.headers, () => {
      if (UNTRACED.test(request.url)) return done();
      const route = request.routeOptions.url ?? "";
      const span = tracer().startSpan(`${request.method} ${route}`, {
        kind: SpanKind.SERVER,
        attributes: {
          "http.request.method": request.method,
          "http.route": route,
          "url.path": request.url.split("?")[0] ?? "",
        },
      });
      spans.set(request, span);
      context.with(trace.setSpan(context.active(), span), done);
    });
  });
  server.addHook("onResponse", async (request, reply) => {
    const span = spans.get(request);
    if (span === undefined) return;
    span.setAttribute("http.response.status_code", reply.statusCode);
    if (reply.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
}
