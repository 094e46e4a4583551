import type { FastifyInstance } from "fastify";
import type { ApiContext } from "../context.js";
import { Problem } from "../problem.js";
import { ref } from "../shapes.js";

const tags = ["services"];
const params = { type: "object", properties: { name: { type: "string" } }, required: ["name"] } as const;

/** `/api/v1/services…`: the registry, observed; and the processes that the platform runs. */
export function serviceRoutes(server: FastifyInstance, context: ApiContext): void {
  const { supervisor, observer } = context;
  server.get(
    "/api/v1/services",
    { schema: { tags, summary: "Who produces and consumes what", response: { 200: ref("Services") } } },
    async () => ({ services: await observer.services() }),
  );
  server.get<{ Params: { name: string } }>(
    "/api/v1/services/:name",
    {
      schema: {
        tags,
        summary: "One service",
        params,
        response: { 200: ref("Service"), 404: ref("Problem") },
      },
    },
    async ({ params: { name } }) => {
      const found = (await observer.services()).find((service) => service.name === name);
      return found ?? unknown(name, false);
    },
  );
  const process = (name: string) => supervisor.get(name) ?? unknown(name, name in context.registry.services);

  server.get<{ Params: { name: string }; Querystring: { lines: number; follow: boolean } }>(
    "/api/v1/services/:name/logs",
    {
      schema: {
        tags,
        summary: "What it wrote, as lines; with `follow` also what it writes",
        params,
        querystring: {
          type: "object",
          properties: {
            lines: { type: "integer", minimum: 0, maximum: 1000, default: 100 },
            follow: { type: "boolean", default: false },
          },
        },
        produces: ["text/plain"],
        response: { 200: { type: "string" }, 404: ref("Problem") },
      },
    },
    async (request, reply) => {
      const service = process(request.params.name);
      const { lines, follow } = request.query;
      const before =
        lines === 0
          ? ""
          : service
              .lines(lines)
              .map(({ line }) => `${line}\n`)
              .join("");
      if (!follow) return reply.type("text/plain; charset=utf-8").serializer(String).send(before);
      reply.hijack();
      const { raw } = reply;
      raw.writeHead(200, {
        "content-type": "text/plain; charset=utf-8",
        "cache-control": "no-cache, no-transform",
      });
      raw.write(before);
      // A reader that does not keep up loses lines rather than holding up the service.
      const unfollow = service.follow(({ line }) => raw.writableLength < 1e6 && raw.write(`${line}\n`));
      const end = () => raw.end();
      context.stopping.addEventListener("abort", end, { once: true });
      raw.on("close", () => {
        unfollow();
        context.stopping.removeEventListener("abort", end);
      });
    },
  );
  for (const act of ["restart", "stop", "start"] as const)
    server.post<{ Params: { name: string } }>(
      `/api/v1/services/:name/${act}`,
      {
        schema: {
          tags,
          summary: `${act[0]?.toUpperCase()}${act.slice(1)} a service that the platform runs`,
          params,
          response: { 200: { type: "object", additionalProperties: true }, 404: ref("Problem") },
        },
      },
      async ({ params: { name } }) => {
        const service = process(name);
        await service[act]();
        return { name, ...service.status() };
      },
    );
}

function unknown(name: string, registered: boolean): never {
  throw new Problem(
    "SERVICE_NOT_FOUND",
    registered ? `The platform does not run ${name}.` : `The registry knows no service ${name}.`,
  );
}
