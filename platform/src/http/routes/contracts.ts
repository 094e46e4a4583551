import type { CheckedCatalog, Contract } from "@33god/holyfields";
import type { FastifyInstance } from "fastify";
import { Lines } from "../body.js";
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
        summary: "The verdict on an event, or on each of several; nothing is published",
        consumes: ["application/json", "application/x-ndjson"],
        body: { description: "A whole event, a list of them, or lines of them." },
        response: { 200: { anyOf: [ref("Verdict"), ref("Verdicts")] }, 400: ref("Problem") },
      },
    },
    async ({ body }) => {
      const many = body instanceof Lines ? body.documents : Array.isArray(body) ? body : undefined;
      if (many === undefined) return verdictOn(catalog, body);
      const verdicts = many.map((one) => verdictOn(catalog, one));
      return { valid: verdicts.every(({ valid }) => valid), verdicts };
    },
  );
  const params = {
    type: "object",
    properties: { event_type: { type: "string" }, version: { type: "string", description: "`v1`, `v2`, …" } },
    required: ["event_type"],
  } as const;
  const querystring = {
    type: "object",
    properties: {
      bundle: {
        type: "boolean",
        description:
          "The schema as a compound document: what it refers to is carried under `$defs`, by `$id`. Without it `$ref`s are as they are.",
      },
    },
  } as const;
  const response = { 200: ref("Contract"), 404: ref("Problem") };
  const one = async (bundle: boolean | undefined, type: string, version?: string) => {
    const contract = catalog.get(type, version);
    if (contract !== undefined)
      return { ...summaryOf(contract), schema: bundle ? await bundled(catalog, contract) : contract.schema };
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
  server.get<{ Params: { event_type: string }; Querystring: Bundle }>(
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
        querystring,
        response,
      },
    },
    async ({ params: { event_type }, query }) => one(query.bundle, event_type),
  );
  server.get<{ Params: { event_type: string; version: string }; Querystring: Bundle }>(
    "/schemas/:event_type/:version",
    { schema: { tags, summary: "A contract", params, querystring, response } },
    async ({ params: { event_type, version }, query }) => one(query.bundle, event_type, version),
  );
}

function verdictOn(catalog: CheckedCatalog, event: unknown) {
  const verdict = catalog.validate(event);
  if (verdict.valid) return { valid: true, violations: [], nearest: [] };
  const { code, message, violations, nearest } = verdict;
  return { valid: false, code, message, violations, nearest };
}

interface Bundle {
  readonly bundle?: boolean;
}

/** Loaded when it is first asked for: a start pays nothing for it. */
async function bundled(catalog: CheckedCatalog, contract: Contract) {
  const { bundleContract } = await import("@33god/holyfields/tools");
  return bundleContract(catalog, contract);
}

function summaryOf({ eventType, version, id, title, description, owner, stability, examples }: Contract) {
  return { event_type: eventType, version, id, title, description, owner, stability, examples };
}
