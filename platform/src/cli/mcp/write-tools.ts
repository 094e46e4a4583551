/** Tools that change something; there only with `bb mcp --allow-write`. */
import type { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import * as z from "zod";
import type { PlatformClient } from "../api/client.js";
import { publishHeaders } from "../api/publish.js";
import { answer } from "./answer.js";

export function addWriteTools(server: McpServer, client: PlatformClient): void {
  server.registerTool(
    "publish_event",
    {
      description:
        "Publishes an event: its contract is checked, and the bus has confirmed it when this answers.",
      inputSchema: {
        event_type: z.string().describe("as artifact.created; get_contract tells its payload"),
        payload: z.record(z.string(), z.unknown()),
        caused_by: z.array(z.uuid()).default([]).describe("event_ids of the direct causes"),
        agent_context: z
          .record(z.string(), z.unknown())
          .default({})
          .describe("who you are and what you work on: name, instance_id, checkpoint_id, file_references, …"),
        idempotency_key: z.string().max(255).optional().describe("published twice with it, it is one event"),
      },
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: false,
        openWorldHint: false,
      },
    },
    ({ event_type, payload, caused_by, agent_context, idempotency_key }) =>
      answer(() => {
        const { name = "mcp", version } = server.server.getClientVersion() ?? {};
        return client.json(`/events/${encodeURIComponent(event_type)}`, {
          method: "POST",
          body: payload,
          headers: publishHeaders({
            app: name,
            sourceType: "agent",
            causes: caused_by,
            id: idempotency_key,
            agentContext: { type: "mcp", name, ...(version && { meta: { version } }), ...agent_context },
          }),
        });
      }),
  );
  server.registerTool(
    "redrive_dead_letters",
    {
      description:
        "Sends dead letters back to the queues that they died in. Put right first what they died of.",
      inputSchema: { ids: z.array(z.string()).min(1), reason: z.string().min(1) },
      annotations: {
        readOnlyHint: false,
        destructiveHint: false,
        idempotentHint: false,
        openWorldHint: false,
      },
    },
    ({ ids, reason }) =>
      answer(() =>
        client.json("/api/v1/dead-letters/redrive", { method: "POST", body: { ids, reason }, deadline: 0 }),
      ),
  );
}
