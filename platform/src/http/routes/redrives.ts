import { refuseEmpty } from "@33god/bloodbank";
import type { FastifyInstance } from "fastify";
import { RedriveFiles } from "../../dead-letters/redrive-files.js";
import { Redrives } from "../../dead-letters/redrives.js";
import { actorOf } from "../actor.js";
import type { ApiContext } from "../context.js";
import { Problem } from "../problem.js";
import { ref } from "../shapes.js";
import { type Choice, filterOf, order } from "./dead-letters.js";

const tags = ["repair"];
const text = { type: "string" } as const;

interface Order extends Choice {
  readonly rate?: number;
  readonly reason?: string;
}

/** `/api/v1/dead-letters/redrives…`: dead letters sent back at a rate, with a progress to watch. */
export function redriveRoutes(
  server: FastifyInstance,
  { config, deadLetters, stopping, log }: ApiContext,
): void {
  const redrives = new Redrives(deadLetters, new RedriveFiles(config.dataDir), stopping, log);
  server.get(
    "/api/v1/dead-letters/redrives",
    {
      schema: {
        tags,
        summary: "Redrives, newest first; they go on after a restart",
        response: { 200: ref("Redrives") },
      },
    },
    async () => ({ redrives: redrives.list() }),
  );
  server.post<{ Body: Order }>(
    "/api/v1/dead-letters/redrives",
    {
      schema: {
        tags,
        summary: "Begin to send dead letters back, at a rate; 10,000 at most",
        body: {
          ...order,
          properties: {
            ...order.properties,
            rate: { type: "number", exclusiveMinimum: 0, description: "Letters a second at most." },
          },
        },
        response: { 202: ref("Redrive"), 400: ref("Problem") },
      },
    },
    async (request, reply) => {
      const { rate, reason } = request.body;
      const filter = filterOf(request.body);
      refuseEmpty(filter);
      return reply.code(202).send(
        await redrives.start({
          filter,
          actor: actorOf(request),
          ...(rate !== undefined && { rate }),
          ...(reason !== undefined && { reason }),
        }),
      );
    },
  );
  for (const act of ["pause", "resume", "cancel"] as const)
    server.post<{ Params: { redrive_id: string } }>(
      `/api/v1/dead-letters/redrives/:redrive_id/${act}`,
      {
        schema: {
          tags,
          summary: `${act[0]?.toUpperCase()}${act.slice(1)} a redrive; one that has ended stays as it is`,
          params: { type: "object", properties: { redrive_id: text }, required: ["redrive_id"] },
          response: { 200: ref("Redrive"), 404: ref("Problem") },
        },
      },
      async ({ params: { redrive_id } }) => {
        const redrive = await redrives.act(redrive_id, act);
        if (redrive === undefined)
          throw new Problem("REDRIVE_NOT_FOUND", `There is no redrive ${redrive_id}, or it ended long ago.`);
        return redrive;
      },
    );
}
