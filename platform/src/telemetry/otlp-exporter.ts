/**
 * Spans to a collector by OTLP over HTTP in JSON (OpenTelemetry Protocol 1.x, "OTLP/HTTP"). Written here because the
 * official exporter needs another major version of the SDK than the client's tests stand on, and brings eight packages.
 */
import type { Attributes, AttributeValue, HrTime } from "@opentelemetry/api";
import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace-node";

const DEADLINE = 10_000;
/** `ExportResultCode` of @opentelemetry/core. */
const SUCCESS = 0;
const FAILED = 1;

export class OtlpJsonExporter implements SpanExporter {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #failed: (reason: string) => void;

  /** @param endpoint as in OTEL_EXPORTER_OTLP_ENDPOINT: `/v1/traces` is added */
  constructor(endpoint: string, headers: Readonly<Record<string, string>>, failed: (reason: string) => void) {
    this.#url = `${endpoint.replace(/\/$/, "")}/v1/traces`;
    this.#headers = headers;
    this.#failed = failed;
  }

  export(spans: ReadableSpan[], done: (result: { code: number; error?: Error }) => void): void {
    fetch(this.#url, {
      method: "POST",
      headers: { "content-type": "application/json", ...this.#headers },
      body: JSON.stringify(request(spans)),
      signal: AbortSignal.timeout(DEADLINE),
    })
      .then(async (response) => {
        await response.body?.cancel();
        if (!response.ok) throw new Error(`${this.#url} answered ${response.status}`);
        done({ code: SUCCESS });
      })
      .catch((error: Error) => {
        this.#failed(error.message);
        done({ code: FAILED, error });
      });
  }

  async shutdown(): Promise<void> {}

  async forceFlush(): Promise<void> {}
}

/** `ExportTraceServiceRequest`: spans by resource and scope. */
function request(spans: readonly ReadableSpan[]): object {
  const scopes = new Map<string, ReadableSpan[]>();
  for (const span of spans) {
    const name = `${span.instrumentationScope.name}@${span.instrumentationScope.version ?? ""}`;
    const known = scopes.get(name);
    if (known) known.push(span);
    else scopes.set(name, [span]);
  }
  const [first] = spans;
  return {
    resourceSpans: [
      {
        resource: { attributes: keyValues(first?.resource.attributes ?? {}) },
        scopeSpans: [...scopes.values()].map((own) => ({
          scope: { name: own[0]?.instrumentationScope.name, version: own[0]?.instrumentationScope.version },
          schemaUrl: own[0]?.instrumentationScope.schemaUrl,
          spans: own.map(spanOf),
        })),
      },
    ],
  };
}

function spanOf(span: ReadableSpan): object {
  const { traceId, spanId, traceState } = span.spanContext();
  return {
    traceId,
    spanId,
    traceState: traceState?.serialize(),
    parentSpanId: span.parentSpanContext?.spanId,
    name: span.name,
    // The API counts kinds from 0, the protocol from 1.
    kind: span.kind + 1,
    startTimeUnixNano: nanoseconds(span.startTime),
    endTimeUnixNano: nanoseconds(span.endTime),
    attributes: keyValues(span.attributes),
    events: span.events.map(({ name, time, attributes = {} }) => ({
      name,
      timeUnixNano: nanoseconds(time),
      attributes: keyValues(attributes),
    })),
    links: span.links.map(({ context, attributes = {} }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      attributes: keyValues(attributes),
    })),
    status: { code: span.status.code, message: span.status.message },
  };
}

const nanoseconds = ([seconds, nanos]: HrTime): string =>
  String(BigInt(seconds) * 1_000_000_000n + BigInt(nanos));

const keyValues = (attributes: Attributes): readonly object[] =>
  Object.entries(attributes)
    .filter((entry): entry is [string, AttributeValue] => entry[1] !== undefined)
    .map(([key, value]) => ({ key, value: anyValue(value) }));

function anyValue(value: unknown): object {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number")
    return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return { stringValue: String(value) };
}
