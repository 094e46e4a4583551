import type { FastifyInstance } from "fastify";
import { alongTrace } from "../../dead-letters/along-trace.js";
import { withAttempts } from "../../dead-letters/attempts.js";
import type { ApiContext } from "../context.js";
import { filterOf, filterQuery, type Query } from "../filter.js";
import { Problem } from "../problem.js";
import { ref } from "../shapes.js";

const tags = ["history"];
const params = {
  type: "object",
  properties: { event_id: { type: "string" } },
  required: ["event_id"],
} as const;

interface ListQuery extends Query {
  readonly limit?: string;
  readonly cursor?: string;
  readonly order?: "newest" | "oldest";
}

/** `GET /api/v1/events…`: what was, found and explained. */
export function eventRoutes(server: FastifyInstance, context: ApiContext): void {
  server.get<{ Querystring: ListQuery }>(
    "/api/v1/events",
    {
      schema: {
        tags,
        summary: "Find events",
        description: "Any `payload.<path>=value` is a filter too.",
        querystring: filterQuery({
          limit: { type: "integer", minimum: 1, maximum: 1000, default: 100 },
          cursor: { type: "string" },
          order: { type: "string", enum: ["newest", "oldest"], default: "newest" },
        }),
        response: { 200: ref("Page"), 400: ref("Problem") },
      },
    },
    async ({ query }, reply) => {
      const page = await context.store.events.findJson(filterOf(query), {
        limit: Number(query.limit ?? 100),
        ...(query.cursor !== undefined && { cursor: query.cursor }),
        ...(query.order !== undefined && { order: query.order }),
      });
      return reply.type("application/json; charset=utf-8").send(page);
    },
  );
  server.get<{ Querystring: Query }>(
    "/api/v1/events/counts",
    {
      schema: {
        tags,
        summary: "Count events by type and source",
        querystring: filterQuery(),
        response: { 200: ref("Counts") },
      },
    },
    async ({ query }) => context.store.events.count(filterOf(query)),
  );
  server.get<{ Querystring: Query & { readonly buckets?: string } }>(
    "/api/v1/events/histogram",
    {
      schema: {
        tags,
        summary: "Events over time",
        querystring: filterQuery({
          buckets: { type: "integer", minimum: 1, maximum: 1000, default: 60 },
        }),
        response: { 200: ref("Histogram") },
      },
    },
    async ({ query }) => context.store.events.histogram(filterOf(query), Number(query.buckets ?? 60)),
  );
  server.get<{
    Params: { event_id: string };
    Querystring: { readonly limit?: number; readonly dead_letters?: boolean };
  }>(
    "/api/v1/events/trace/:event_id",
    {
      schema: {
        tags,
        summary: "What caused an event, and what came of it",
        params,
        querystring: {
          type: "object",
          properties: {
            limit: { type: "integer", minimum: 1, maximum: 10000 },
            dead_letters: {
              type: "boolean",
              default: false,
              description: "Also where its events died and still lie, and what operators did to them.",
            },
          },
        },
        response: { 200: ref("Trace"), 404: ref("Problem") },
      },
    },
    async ({ params: { event_id }, query }) => {
      const { events } = context.store;
      const graph = (await events.trace(event_id, query.limit)) ?? notFound(event_id);
      const trace = await withAttempts(graph, events);
      return query.dead_letters === true ? alongTrace(trace, events, context.deadLetters) : trace;
    },
  );
  server.get<{ Params: { event_id: string } }>(
    "/api/v1/events/:event_id",
    {
      schema: {
        tags,
        summary: "One event",
        params,
        response: { 200: ref("StoredEvent"), 404: ref("Problem") },
      },
    },
    async ({ params: { event_id } }, reply) => {
      const event = (await context.store.events.getJson(event_id)) ?? notFound(event_id);
      return reply.type("application/json; charset=utf-8").send(event);
    },
  );
}

function notFound(eventId: string): never {
  throw new Problem("EVENT_NOT_FOUND", `No event ${eventId} is stored.`);
}
