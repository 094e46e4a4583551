import type { FastifyInstance } from "fastify";
import type { ApiContext } from "../context.js";

/** `GET /openapi.json`, made from the routes' schemas, and `GET /docs`, the same to read. */
export function documentRoutes(server: FastifyInstance, _context: ApiContext): void {
  server.get("/openapi.json", { schema: { hide: true } }, async () => server.swagger());
}
