/** The HTTP server: security headers, bodies, one shape of errors, and the routes, one file a resource. */
import helmet from "@fastify/helmet";
import swagger from "@fastify/swagger";
import websocket from "@fastify/websocket";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { messageOf } from "../errors.js";
import { guard } from "./access.js";
import { BODY_LIMIT, readBodies } from "./body.js";
import type { ApiContext } from "./context.js";
import { lazyCompilers } from "./lazy-validation.js";
import { openapi } from "./openapi.js";
import { PROBLEM_TYPE, Problem } from "./problem.js";
import { problemOf } from "./problem-of.js";
import { signInFor } from "./routes/sign-in.js";
import { routes } from "./routes.js";
import { traced } from "./tracing.js";
import { VERSION_HEADER } from "./version-header.js";

/** What is read of a body that is too large, and for how long. */
const READ_AWAY_BYTES = 64 * 1024 * 1024;
const READ_AWAY_MS = 5_000;

/** Not listening yet. */
export async function buildServer(
  context: ApiContext,
  tls?: { readonly cert: string; readonly key: string },
): Promise<FastifyInstance> {
  const server: FastifyInstance = fastify({
    bodyLimit: BODY_LIMIT,
    // Streams and the page's connections are ended, not waited for.
    forceCloseConnections: true,
    trustProxy: false,
    routerOptions: { maxParamLength: 300 },
    ...(tls && { https: tls }),
    schemaController: lazyCompilers,
    // What the router refuses before a route is found.
    frameworkErrors: (error: unknown, request: FastifyRequest, reply: FastifyReply) =>
      refuse(context, error, request, reply),
  }) as unknown as FastifyInstance;
  server.setErrorHandler((error, request, reply) => refuse(context, error, request, reply));
  server.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "";
    context.metrics.request(request.method, route, reply.statusCode, reply.elapsedTime / 1_000);
  });
  server.addHook("onRequest", async (_request, reply) => {
    reply.header(VERSION_HEADER, context.version);
  });
  traced(server);
  readBodies(server);
  guard(server, context);
  await server.register(helmet, {
    // The page draws with inline styles (React Flow, charts); scripts come from files alone.
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", "data:"],
        connectSrc: ["'self'", "ws:", "wss:"],
        upgradeInsecureRequests: null,
      },
    },
    crossOriginEmbedderPolicy: false,
    // With helmet's own, no-referrer, a browser sends the form of /sign-in as from the origin `null`.
    referrerPolicy: { policy: "same-origin" },
    strictTransportSecurity: tls !== undefined,
  });
  await server.register(websocket, { options: { maxPayload: 64 * 1024 } });
  await server.register(swagger, openapi(context.version));
  await routes(server, context);
  return server;
}

function refuse(context: ApiContext, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const known = problemOf(error);
  if (known === undefined)
    context.log(
      "error",
      `${request.method} ${request.routeOptions.url ?? request.url}: ${messageOf(error)}`,
      {
        stack: error instanceof Error ? error.stack : undefined,
      },
    );
  const problem = known ?? new Problem("INTERNAL", "The platform could not answer; its log says why.");
  context.metrics.problem(problem.code);
  if (reply.raw.headersSent) {
    reply.raw.destroy();
    return;
  }
  if (problem.code === "NOT_SIGNED_IN") {
    // A person with a browser is shown where to sign in.
    if (request.method === "GET" && (request.headers.accept ?? "").includes("text/html"))
      return void reply.redirect(signInFor(request.url), 303);
    reply.header("www-authenticate", "Bearer");
  }
  const send = () =>
    void reply
      .code(problem.status)
      .type(PROBLEM_TYPE)
      .send(JSON.stringify(problem.document(request.url.split("?")[0])));
  if (problem.code === "TOO_LARGE") readAway(request, send);
  else send();
}

/** A client that still writes when the connection closes never sees why: the rest is read, up to a limit. */
function readAway({ raw }: FastifyRequest, send: () => void): void {
  let sent = false;
  const once = () => {
    clearTimeout(timer);
    if (!sent) send();
    sent = true;
  };
  const timer = setTimeout(once, READ_AWAY_MS);
  let bytes = 0;
  raw.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > READ_AWAY_BYTES) once();
  });
  raw.on("end", once);
  raw.on("close", once);
  raw.resume();
}
