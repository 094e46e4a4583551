import type { FastifyInstance } from "fastify";
import type { ApiContext } from "../context.js";
import { Problem } from "../problem.js";
import { ref } from "../shapes.js";

/** `/api/v1/cluster`: the broker's nodes, the embedded one's and RabbitMQ's alike. */
export function clusterRoutes(server: FastifyInstance, { management }: ApiContext): void {
  server.get(
    "/api/v1/cluster",
    {
      schema: {
        tags: ["operations"],
        summary: "The broker's nodes, as its management API tells them",
        response: { 200: ref("Cluster"), 503: ref("Problem") },
      },
    },
    async () => {
      if (management === undefined)
        throw new Problem("MANAGEMENT_UNAVAILABLE", "No management API is known.");
      const [overview, nodes] = await Promise.all([management.overview(), management.nodes()]);
      return {
        name: overview.cluster_name ?? null,
        product: overview.product_name ?? "RabbitMQ",
        version: overview.product_version ?? overview.rabbitmq_version ?? null,
        management: management.origin,
        nodes: nodes.map((node) => ({
          name: node.name,
          running: node.running !== false,
          uptime_ms: node.uptime ?? null,
          mem_used: node.mem_used ?? null,
          mem_limit: node.mem_limit ?? null,
          mem_alarm: node.mem_alarm === true,
          disk_free: node.disk_free ?? null,
          disk_free_limit: node.disk_free_limit ?? null,
          disk_free_alarm: node.disk_free_alarm === true,
          partitions: node.partitions ?? [],
        })),
      };
    },
  );
}
