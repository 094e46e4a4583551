import type { FastifyInstance } from "fastify";
import type { ApiContext } from "../context.js";
import { ref } from "../shapes.js";

/** `GET /health`, `GET /health/ready`, `GET /metrics`: for probes, scrapers, and the page. */
export function healthRoutes(server: FastifyInstance, { health, metrics }: ApiContext): void {
  const tags = ["operations"];
  server.get(
    "/health",
    { schema: { tags, summary: "Alive", response: { 200: { type: "object", additionalProperties: true } } } },
    async () => health.alive(),
  );
  server.get(
    "/health/ready",
    {
      schema: {
        tags,
        summary: "Ready: bus, store and recorder work",
        response: { 200: ref("Readiness"), 503: ref("Readiness") },
      },
    },
    async (_request, reply) => {
      const readiness = await health.readiness();
      return reply
        .code(readiness.status === "ready" ? 200 : 503)
        .header("cache-control", "no-store")
        .send(readiness);
    },
  );
  server.get(
    "/metrics",
    {
      schema: {
        tags,
        summary: "Metrics for Prometheus",
        produces: ["text/plain"],
        response: { 200: { type: "string" } },
      },
    },
    async (_request, reply) => {
      const text = await metrics.text();
      return reply.type(metrics.contentType).serializer(String).send(text);
    },
  );
}
