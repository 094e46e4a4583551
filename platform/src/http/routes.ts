/** All routes, each resource in a file of its own. */
import type { FastifyInstance } from "fastify";
import type { ApiContext } from "./context.js";
import { clusterRoutes } from "./routes/cluster.js";
import { contractDiffRoutes } from "./routes/contract-diff.js";
import { contractRoutes } from "./routes/contracts.js";
import { deadLetterRoutes } from "./routes/dead-letters.js";
import { documentRoutes } from "./routes/documents.js";
import { eventRoutes } from "./routes/events.js";
import { healthRoutes } from "./routes/health.js";
import { pageRoutes } from "./routes/page.js";
import { publishRoutes } from "./routes/publish.js";
import { queueRoutes } from "./routes/queues.js";
import { redriveRoutes } from "./routes/redrives.js";
import { registryRoutes } from "./routes/registry.js";
import { replayRoutes } from "./routes/replays.js";
import { serviceRoutes } from "./routes/services.js";
import { signInRoutes } from "./routes/sign-in.js";
import { storeRoutes } from "./routes/store.js";
import { streamRoutes } from "./routes/stream.js";
import { subscriptionRoutes } from "./routes/subscriptions.js";
import { topologyRoutes } from "./routes/topology.js";
import { webhookRoutes } from "./routes/webhooks.js";
import { addShapes } from "./shapes.js";

export async function routes(server: FastifyInstance, context: ApiContext): Promise<void> {
  addShapes(server);
  healthRoutes(server, context);
  publishRoutes(server, context);
  eventRoutes(server, context);
  streamRoutes(server, context);
  storeRoutes(server, context);
  contractRoutes(server, context);
  contractDiffRoutes(server, context);
  serviceRoutes(server, context);
  topologyRoutes(server, context);
  clusterRoutes(server, context);
  deadLetterRoutes(server, context);
  redriveRoutes(server, context);
  queueRoutes(server, context);
  replayRoutes(server, context);
  subscriptionRoutes(server, context);
  if (context.tokens !== undefined) await server.register(async (scope) => signInRoutes(scope, context));
  await server.register(async (scope) => webhookRoutes(scope, context));
  await server.register(async (scope) => registryRoutes(scope));
  documentRoutes(server, context);
  pageRoutes(server, context);
}
