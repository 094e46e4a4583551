import type { FastifyInstance } from "fastify";
import { asyncApiDocument } from "../../schema-registry/async-api-document.js";
import type { ApiContext } from "../context.js";
import { docsPage, type OpenApiDocument } from "../docs-page.js";

/** `GET /openapi.json`, made from the routes' schemas, and `GET /docs`, the same to read. */
export function documentRoutes(server: FastifyInstance, { registry, config, version }: ApiContext): void {
  server.get(
    "/asyncapi.json",
    {
      schema: {
        tags: ["contracts"],
        summary: "The bus as an AsyncAPI 3 document: channels, messages, who sends and receives",
        response: { 200: { type: "object", additionalProperties: true } },
      },
    },
    () => asyncApiDocument(registry, config.exchange, version),
  );
  server.get("/openapi.json", { schema: { hide: true } }, async () => server.swagger());
  server.get("/docs", { schema: { hide: true } }, async (_request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .serializer(String)
      .send(docsPage(server.swagger() as unknown as OpenApiDocument)),
  );
}
