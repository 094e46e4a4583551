/** The frame of `/openapi.json`; paths and shapes come from the routes' own schemas. */
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { PROBLEM_TYPE } from "./problem.js";

const TAGS = {
  publish: "Events into the bus.",
  history: "Events that were: found, traced, followed.",
  contracts: "What events must look like.",
  repair: "Dead letters, quarantine and replays.",
  services: "Who produces and consumes what, declared and observed.",
  webhooks: "Doors for other people's webhooks.",
  operations: "Health and metrics.",
  registry: "The Confluent Schema Registry's API, to read and to check compatibility.",
} as const;

export function openapi(version: string): FastifyDynamicSwaggerOptions {
  return {
    mode: "dynamic",
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Bloodbank",
        version,
        description: "Typed events between services: publish, find, trace, repair.",
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/" }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      components: {
        securitySchemes: {
          token: { type: "http", scheme: "bearer", description: "Where BLOODBANK_TOKENS is set." },
        },
      },
      security: [{}, { token: [] }],
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json.$id === "string" ? json.$id : `def-${index}`,
    },
    transformObject: (document) => ("openapiObject" in document ? finished(document.openapiObject) : {}),
  };
}

/** The parts of an operation that are looked at here. */
interface Operation {
  operationId?: string;
  responses?: Record<string, { description: string; content?: Record<string, unknown> }>;
}

const REFUSED = {
  description: "Refused: the problem says why.",
  content: { [PROBLEM_TYPE]: { schema: { $ref: "#/components/schemas/Problem" } } },
};

/** What is the same for every operation: a name, and what a refusal looks like. */
// biome-ignore lint/suspicious/noExplicitAny: the plugin's types know OpenAPI 3.0 and 3.1 at once
function finished(document: any) {
  for (const [path, item] of Object.entries<Record<string, Operation>>(document.paths ?? {}))
    for (const [method, operation] of Object.entries(item)) {
      operation.operationId = operationId(method, path);
      const responses = operation.responses ?? {};
      for (const [status, response] of Object.entries(responses)) {
        if (status.startsWith("2") || path === "/health/ready")
          response.description = response.description.replace("Default Response", "Done.");
        else responses[status] = { ...REFUSED };
      }
      responses.default = REFUSED;
      operation.responses = responses;
    }
  return document;
}

/** `GET /api/v1/events/trace/{event_id}` is `getEventsTraceByEventId`. */
function operationId(method: string, path: string): string {
  const words = path
    .replace(/^\/api\/v1/, "")
    .split("/")
    .filter((part) => part !== "")
    .map((part) => part.replace(/^\{(.+)\}$/, "by_$1"))
    .flatMap((part) => part.split(/[^a-zA-Z0-9]+/));
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("");
}
