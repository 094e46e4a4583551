import { purgeQueue, queueDepth } from "@33god/bloodbank";
import type { FastifyInstance } from "fastify";
import { actorOf } from "../actor.js";
import type { ApiContext } from "../context.js";
import { Problem } from "../problem.js";
import { ref } from "../shapes.js";

const tags = ["repair"];
const text = { type: "string" } as const;
const count = { type: "integer", minimum: 0 } as const;
const params = {
  type: "object",
  properties: { queue: { ...text, minLength: 1 } },
  required: ["queue"],
} as const;

interface Named {
  readonly Params: { readonly queue: string };
}

/** `/api/v1/queues/{queue}`: what waits in one, asked of the broker itself, and taken out for good. */
export function queueRoutes(server: FastifyInstance, { bus, config, publisher }: ApiContext): void {
  const missing = (queue: string) => new Problem("QUEUE_NOT_FOUND", `There is no queue ${queue}.`);
  server.get<Named>(
    "/api/v1/queues/:queue",
    {
      schema: {
        tags,
        summary: "What waits in a queue right now, and for how many consumers",
        params,
        response: {
          200: {
            type: "object",
            properties: { queue: text, ready: count, consumers: count },
            required: ["queue", "ready", "consumers"],
          },
          404: ref("Problem"),
          503: ref("Problem"),
        },
      },
    },
    async ({ params: { queue } }) => {
      const depth = await queueDepth(bus, queue);
      if (depth === undefined) throw missing(queue);
      return { queue, ...depth };
    },
  );
  server.post<Named & { Body: { readonly reason: string } }>(
    "/api/v1/queues/:queue/purge",
    {
      schema: {
        tags,
        summary:
          "Take out of a queue for good what no consumer holds; who did it, why and how many is an event",
        params,
        body: { type: "object", properties: { reason: { ...text, minLength: 1 } }, required: ["reason"] },
        response: {
          200: {
            type: "object",
            properties: { queue: text, purged: count },
            required: ["queue", "purged"],
          },
          404: ref("Problem"),
          409: ref("Problem"),
          503: ref("Problem"),
        },
      },
    },
    async (request) => {
      const { queue } = request.params;
      if (queue === config.storeQueue)
        throw new Problem(
          "CONFLICT",
          `What waits in ${queue} is not recorded yet: the event store would never know it.`,
        );
      const purged = await purgeQueue(bus, queue);
      if (purged === undefined) throw missing(queue);
      const { reason } = request.body;
      await publisher.publish("bloodbank.queue.purged", {
        actor: actorOf(request),
        queue,
        count: purged,
        reason,
      });
      return { queue, purged };
    },
  );
}
