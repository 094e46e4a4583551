import type { FastifyInstance } from "fastify";
import type { NewWebhook } from "../../webhooks/webhooks.js";
import type { ApiContext } from "../context.js";
import { ref } from "../shapes.js";

const tags = ["webhooks"];
const params = { type: "object", properties: { id: { type: "string" } }, required: ["id"] } as const;
const open = { type: "object", additionalProperties: true } as const;

/** `/api/v1/webhooks…`: subscriptions of addresses outside. */
export function subscriptionRoutes(server: FastifyInstance, { webhooks }: ApiContext): void {
  server.get(
    "/api/v1/webhooks",
    { schema: { tags, summary: "All outgoing webhooks", response: { 200: open } } },
    async () => ({ webhooks: webhooks.list() }),
  );
  server.post<{
    Body: NewWebhook;
  }>(
    "/api/v1/webhooks",
    {
      schema: {
        tags,
        summary: "Deliver matching events to an address, signed as Standard Webhooks has it",
        body: {
          type: "object",
          properties: {
            url: { type: "string" },
            types: {
              type: "array",
              items: { type: "string" },
              minItems: 1,
              description: "Types or patterns.",
            },
            secret: {
              type: "string",
              description: "`whsec_` and base64; made, and shown once, where it is not given.",
            },
            replays: {
              type: "boolean",
              description: "Deliver also what replays publish again; `false` by default.",
            },
          },
          required: ["url", "types"],
          additionalProperties: false,
        },
        response: { 201: open, 400: ref("Problem") },
      },
    },
    async ({ body }, reply) => reply.code(201).send(await webhooks.add(body)),
  );
  server.delete<{ Params: { id: string } }>(
    "/api/v1/webhooks/:id",
    {
      schema: {
        tags,
        summary: "End a subscription",
        params,
        response: { 204: { type: "null" }, 404: ref("Problem") },
      },
    },
    async ({ params: { id } }, reply) => {
      await webhooks.remove(id);
      return reply.code(204).send();
    },
  );
  server.post<{ Params: { id: string } }>(
    "/api/v1/webhooks/:id/test",
    {
      schema: {
        tags,
        summary: "Send a test event once",
        params,
        response: { 200: open, 404: ref("Problem") },
      },
    },
    async ({ params: { id } }) => webhooks.test(id),
  );
  server.post<{ Params: { id: string } }>(
    "/api/v1/webhooks/:id/resume",
    {
      schema: {
        tags,
        summary: "Deliver again after it was held",
        params,
        response: { 200: open, 404: ref("Problem") },
      },
    },
    async ({ params: { id } }) => webhooks.resume(id),
  );
}
