import type { ReplayRequest, ReplaySelection } from "@33god/candystore";
import type { FastifyInstance } from "fastify";
import { actorOf } from "../actor.js";
import type { ApiContext } from "../context.js";
import { ref } from "../shapes.js";

const tags = ["repair"];
const text = { type: "string" } as const;
const select = {
  type: "object",
  description: "Which events: by a filter as in GET /api/v1/events, a trace, or positions.",
  properties: {
    filter: { type: "object", additionalProperties: true },
    trace: text,
    from_position: { type: "integer", minimum: 0 },
    to_position: { type: "integer", minimum: 0 },
    include_invalid: { type: "boolean" },
  },
  additionalProperties: false,
} as const;
const params = { type: "object", properties: { replay_id: text }, required: ["replay_id"] } as const;
const response = { 200: ref("Replay"), 404: ref("Problem"), 409: ref("Problem") };

/** `/api/v1/replays…`: what was, sent again. */
export function replayRoutes(server: FastifyInstance, { store }: ApiContext): void {
  server.get(
    "/api/v1/replays",
    { schema: { tags, summary: "All replays, newest first", response: { 200: ref("Replays") } } },
    async () => ({ replays: await store.replays.list() }),
  );
  server.post<{ Body: { readonly select: ReplaySelection } }>(
    "/api/v1/replays/preview",
    {
      schema: {
        tags,
        summary: "What a replay would send",
        body: {
          type: "object",
          properties: { select },
          required: ["select"],
          additionalProperties: false,
        },
        response: { 200: { type: "object", additionalProperties: true } },
      },
    },
    async ({ body }) => store.replays.preview(body.select),
  );
  server.post<{ Body: ReplayRequest }>(
    "/api/v1/replays",
    {
      schema: {
        tags,
        summary: "Start a replay",
        body: {
          type: "object",
          properties: {
            select,
            queue: { ...text, description: "One queue only; all that are bound by default." },
            speed: { anyOf: [{ type: "number", exclusiveMinimum: 0 }, { const: "max" }], default: "max" },
            rate: { type: "number", exclusiveMinimum: 0, description: "Events a second at most." },
            max_waiting: { type: "integer", minimum: 1 },
            reason: text,
          },
          required: ["select"],
          additionalProperties: false,
        },
        response: { 201: ref("Replay"), 400: ref("Problem"), 404: ref("Problem") },
      },
    },
    async (request, reply) =>
      reply.code(201).send(await store.replays.create({ ...request.body, actor: actorOf(request) })),
  );
  server.get<{ Params: { replay_id: string } }>(
    "/api/v1/replays/:replay_id",
    { schema: { tags, summary: "One replay, and how far it is", params, response } },
    async ({ params: { replay_id } }) => store.replays.get(replay_id),
  );
  for (const act of ["pause", "resume", "cancel"] as const)
    server.post<{ Params: { replay_id: string } }>(
      `/api/v1/replays/:replay_id/${act}`,
      { schema: { tags, summary: `${act[0]?.toUpperCase()}${act.slice(1)} a replay`, params, response } },
      async ({ params: { replay_id } }) => store.replays[act](replay_id),
    );
}
