/** The store as a whole: out and in again, proven, copied, cleared. */
import { access, constants } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import type { Retention } from "@33god/candystore";
import type { FastifyInstance } from "fastify";
import type { ApiContext } from "../context.js";
import { filterOf, filterQuery, type Query } from "../filter.js";
import { Problem } from "../problem.js";
import { ref } from "../shapes.js";

const tags = ["history"];
const open = { type: "object", additionalProperties: true } as const;

export function storeRoutes(server: FastifyInstance, { store }: ApiContext): void {
  server.get<{ Querystring: Query & { readonly format: "ndjson" | "csv" } }>(
    "/api/v1/events/export",
    {
      schema: {
        tags,
        summary: "Events as a file, oldest first",
        querystring: filterQuery({
          format: { type: "string", enum: ["ndjson", "csv"], default: "ndjson" },
        }),
        produces: ["application/x-ndjson", "text/csv"],
        response: { 200: { type: "string" } },
      },
    },
    async ({ query }, reply) => {
      const bytes = store.events.export(filterOf(query), query.format);
      return reply
        .type(query.format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson")
        .send(Readable.from(bytes));
    },
  );
  server.get(
    "/api/v1/store",
    { schema: { tags, summary: "What the store holds", response: { 200: open } } },
    async () => store.events.stats(),
  );
  server.post(
    "/api/v1/store/verify",
    {
      schema: { tags, summary: "Prove that nothing was altered: reads everything", response: { 200: open } },
    },
    async () => store.events.verifyAudit(),
  );
  server.get(
    "/api/v1/store/checkpoints",
    { schema: { tags, summary: "Links of the hash chain, to be kept elsewhere", response: { 200: open } } },
    async () => ({ checkpoints: await store.events.checkpoints() }),
  );
  server.post<{ Body: { readonly file: string } }>(
    "/api/v1/store/backup",
    {
      schema: {
        tags,
        summary: "Copy the store into a new file of the platform's machine",
        body: { type: "object", properties: { file: { type: "string", minLength: 1 } }, required: ["file"] },
        response: { 200: open, 409: ref("Problem") },
      },
    },
    async ({ body }) => {
      const folder = path.dirname(path.resolve(body.file));
      await access(folder, constants.W_OK).catch((cause) => {
        throw new Problem(
          "BAD_REQUEST",
          `${folder} is no folder that the platform may write to.`,
          {},
          { cause },
        );
      });
      return store.events.backup(body.file);
    },
  );
  server.post<{ Body: Retention }>(
    "/api/v1/store/retain",
    {
      schema: {
        tags,
        summary: "Apply retention rules now; with `dry_run`, only tell what would go",
        body: {
          type: "object",
          properties: {
            rules: { type: "array", items: open },
            max_bytes: { type: "integer", minimum: 0 },
            dry_run: { type: "boolean" },
          },
          required: ["rules"],
          additionalProperties: false,
        },
        response: { 200: open },
      },
    },
    async ({ body }) => store.events.retain(body),
  );
  // A scope of its own: an import is read as it streams in, however long it is.
  server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(/^application\/(x-ndjson|ndjson|jsonl)(;|$)/, (_request, payload, done) =>
      done(null, payload),
    );
    scope.post<{ Body: Readable }>(
      "/api/v1/events/import",
      {
        bodyLimit: Number.MAX_SAFE_INTEGER,
        schema: {
          tags,
          summary: "Store what an export gave, byte for byte",
          consumes: ["application/x-ndjson"],
          response: { 200: open },
        },
      },
      async ({ body }) => store.events.import(body),
    );
  });
}
