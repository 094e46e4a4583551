/** Traces, where OTEL_EXPORTER_OTLP_ENDPOINT names a collector; otherwise nothing of an SDK is loaded. */
import { hostname } from "node:os";
import type { Config } from "../config/contract.js";
import type { Log } from "../log/log.js";
import { VERSION } from "../start/version.js";

/** Resolves when spans are recorded; returns how to send the last ones and stop. */
export async function startTelemetry(
  { otelEndpoint, otelHeaders }: Config,
  log: Log,
): Promise<() => Promise<void>> {
  if (otelEndpoint === undefined) return async () => undefined;
  const [{ BatchSpanProcessor, NodeTracerProvider }, { resourceFromAttributes }, { OtlpJsonExporter }] =
    await Promise.all([
      import("@opentelemetry/sdk-trace-node"),
      import("@opentelemetry/resources"),
      import("./otlp-exporter.js"),
    ]);
  let told = false;
  const exporter = new OtlpJsonExporter(otelEndpoint, otelHeaders, (reason) => {
    if (!told) log("warn", `traces cannot be sent: ${reason}`);
    told = true;
  });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      "service.name": "bloodbank",
      "service.version": VERSION,
      "host.name": hostname(),
    }),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  provider.register();
  return () => provider.shutdown();
}
