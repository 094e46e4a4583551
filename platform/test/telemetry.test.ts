/** Traces: one from the request to the bus, sent to the collector that OpenTelemetry's own variable names. */
import { expect, test } from "vitest";
import { startPeer } from "../../services/service-kit/test/support/peer.js";
import { api } from "./support/http.js";
import { eventually, runPlatform } from "./support/running-platform.js";

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
}

test("a request's trace goes on in the event that it publishes, and a cause named in its headers is the event's", async () => {
  const collector = await startPeer([{ body: {} }]);
  const platform = await runPlatform({
    args: ["--no-services"],
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20b" },
  });
  const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
  const cause = crypto.randomUUID();
  const { body } = await api(platform.http).post(
    "/events/artifact.created",
    { artifact_type: "code", file_path: "/traced" },
    { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, "x-bloodbank-event-id": cause },
  );
  expect(body.correlation_ids).toEqual([cause]);
  const stored = await eventually(async () => {
    const answer = await api(platform.http).get(`/api/v1/events/${body.event_id}`);
    return answer.status === 200 && answer.body;
  });
  expect(stored.headers.traceparent).toContain(traceId);
  await platform.stop();
  expect(collector.requests[0]).toMatchObject({
    method: "POST",
    path: "/v1/traces",
    headers: { "x-key": "a b" },
  });
  const spans = collector.requests.flatMap((request): Span[] =>
    JSON.parse(request.body).resourceSpans.flatMap(({ scopeSpans }: { scopeSpans: { spans: Span[] }[] }) =>
      scopeSpans.flatMap((scope) => scope.spans),
    ),
  );
  const own = spans.filter((span) => span.traceId === traceId);
  const server = own.find(({ name }) => name === "POST /events/:event_type");
  expect(server).toMatchObject({ kind: 2, parentSpanId: "00f067aa0ba902b7" });
  expect(server?.attributes).toContainEqual({ key: "http.response.status_code", value: { intValue: "202" } });
  const sent = own.find(({ parentSpanId }) => parentSpanId === server?.spanId);
  expect(sent).toMatchObject({ kind: 4 });
  await collector.close();
});
