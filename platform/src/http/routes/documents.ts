import type { FastifyInstance } from "fastify";
import { docsPage, type OpenApiDocument } from "../docs-page.js";

/** `GET /openapi.json`, made from the routes' schemas, and `GET /docs`, the same to read. */
export function documentRoutes(server: FastifyInstance): void {
  server.get("/openapi.json", { schema: { hide: true } }, async () => server.swagger());
  server.get("/docs", { schema: { hide: true } }, async (_request, reply) =>
    reply
      .type("text/html; charset=utf-8")
      .serializer(String)
      .send(docsPage(server.swagger() as unknown as OpenApiDocument)),
  );
}
