/** The frame of `/openapi.json`; paths and shapes come from the routes' own schemas. */
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";

export const TAGS = {
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
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json.$id === "string" ? json.$id : `def-${index}`,
    },
  };
}
