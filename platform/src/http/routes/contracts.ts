import type { Contract } from "@33god/holyfields";
import type { FastifyInstance } from "fastify";
import type { ApiContext } from "../context.js";
import { Problem } from "../problem.js";
import { ref } from "../shapes.js";

const tags = ["contracts"];

/** `/schemas/…`: the catalog, a contract, and the verdict on an event that is not published. */
export function contractRoutes(server: FastifyInstance, { catalog }: ApiContext): void {
  server.get(
    "/schemas/catalog",
    { schema: { tags, summary: "All contracts", response: { 200: ref("Catalog") } } },
    async () => ({ contracts: catalog.contracts.map(summaryOf) }),
  );
  server.post(
    "/schemas/validate",
    {
      schema: {
        tags,
        summary: "The verdict on an event; nothing is published",
        body: { description: "A whole event." },
        response: { 200: ref("Verdict"), 400: ref("Problem") },
      },
    },
    async ({ body }) => {
      const verdict = catalog.validate(body);
      if (verdict.valid) return { valid: true, violations: [], nearest: [] };
      const { code, message, violations, nearest } = verdict;
      return { valid: false, code, message, violations, nearest };
    },
  );
  const params = {
    type: "object",
    properties: { event_type: { type: "string" }, version: { type: "string", description: "`v1`, `v2`, …" } },
    required: ["event_type"],
  } as const;
  const response = { 200: ref("Contract"), 404: ref("Problem") };
  const one = (type: string, version?: string) => {
    const contract = catalog.get(type, version);
    if (contract !== undefined) return { ...summaryOf(contract), schema: contract.schema };
    const nearest = catalog.nearest(type);
    throw new Problem(
      "CONTRACT_NOT_FOUND",
      catalog.get(type) === undefined
        ? `There is no contract for ${type}.`
        : `There is no ${version} of ${type}.`,
      {
        nearest,
        ...(nearest[0] !== undefined && nearest[0] !== type && { hint: `Did you mean ${nearest[0]}?` }),
      },
    );
  };
  server.get<{ Params: { event_type: string } }>(
    "/schemas/:event_type",
    {
      schema: {
        tags,
        summary: "The newest version of a contract",
        params: {
          type: "object",
          properties: { event_type: params.properties.event_type },
          required: ["event_type"],
        },
        response,
      },
    },
    async ({ params: { event_type } }) => one(event_type),
  );
  server.get<{ Params: { event_type: string; version: string } }>(
    "/schemas/:event_type/:version",
    { schema: { tags, summary: "A contract", params, response } },
    async ({ params: { event_type, version } }) => one(event_type, version),
  );
}

function summaryOf({ eventType, version, id, title, description, owner, stability, examples }: Contract) {
  return { event_type: eventType, version, id, title, description, owner, stability, examples };
}
