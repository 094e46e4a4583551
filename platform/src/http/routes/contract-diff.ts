import type { FastifyInstance } from "fastify";
import { contractDiff, findRevision, revisionsOf } from "../../schema-registry/diff.js";
import { loadSubjects, type Subjects } from "../../schema-registry/subjects.js";
import type { ApiContext } from "../context.js";
import { Problem } from "../problem.js";
import { ref } from "../shapes.js";

const tags = ["contracts"];
const text = { type: "string" } as const;
const params = { type: "object", properties: { event_type: text }, required: ["event_type"] } as const;

/** `/schemas/{type}/revisions` and `/schemas/{type}/diff`: how a contract came to be what it is. */
export function contractDiffRoutes(server: FastifyInstance, { catalog }: ApiContext): void {
  let loading: Promise<Subjects> | undefined;
  const subjects = () => (loading ??= loadSubjects());
  const unknown = (type: string, message: string) =>
    new Problem("CONTRACT_NOT_FOUND", message, { nearest: catalog.nearest(type) });

  server.get<{ Params: { event_type: string } }>(
    "/schemas/:event_type/revisions",
    {
      schema: {
        tags,
        summary: "All revisions of all versions of a contract, oldest first",
        params,
        response: { 200: ref("Revisions"), 404: ref("Problem") },
      },
    },
    async ({ params: { event_type } }) => {
      const revisions = revisionsOf(await subjects(), event_type);
      if (revisions.length === 0) throw unknown(event_type, `There is no contract for ${event_type}.`);
      return { event_type, revisions };
    },
  );
  server.get<{ Params: { event_type: string }; Querystring: { from: string; to: string } }>(
    "/schemas/:event_type/diff",
    {
      schema: {
        tags,
        summary: "What changed between two versions, what breaks, and an event that shows it",
        params,
        querystring: {
          type: "object",
          properties: {
            from: { ...text, description: "`v1`, or `v1.2` for its second revision." },
            to: { ...text, description: "The same." },
          },
          required: ["from", "to"],
        },
        response: { 200: ref("ContractDiff"), 404: ref("Problem") },
      },
    },
    async ({ params: { event_type }, query: { from, to } }) => {
      const all = await subjects();
      const [older, newer] = [from, to].map((name) => {
        const found = findRevision(all, event_type, name);
        if (found === undefined) throw unknown(event_type, `There is no ${name} of ${event_type}.`);
        return found;
      }) as [NonNullable<ReturnType<typeof findRevision>>, NonNullable<ReturnType<typeof findRevision>>];
      return { ...(await contractDiff(all, event_type, older, newer)), from, to };
    },
  );
}
