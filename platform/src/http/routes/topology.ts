import type { FastifyInstance } from "fastify";
import type { ApiContext } from "../context.js";
import { Problem } from "../problem.js";
import { ref } from "../shapes.js";

const tags = ["services"];

/** `/api/v1/topology`: who is connected to whom, as declared and as observed; and the broker's own lists. */
export function topologyRoutes(server: FastifyInstance, { observer, management }: ApiContext): void {
  server.get(
    "/api/v1/topology",
    { schema: { tags, summary: "Declared against observed", response: { 200: ref("Topology") } } },
    async () => observer.topology(),
  );
  const lists = ["connections", "exchanges", "bindings", "queues", "consumers"] as const;
  for (const list of lists)
    server.get(
      `/api/v1/topology/${list}`,
      {
        schema: {
          tags,
          summary: `The broker's ${list}, as its management API tells them`,
          response: { 200: { type: "object", additionalProperties: true }, 503: ref("Problem") },
        },
      },
      async () => {
        if (management === undefined)
          throw new Problem("MANAGEMENT_UNAVAILABLE", "No management API is known.");
        return { [list]: await management[list]() };
      },
    );
}
