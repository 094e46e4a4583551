/**
 * `/registry`: the part of the Confluent Schema Registry's REST API that reads and checks compatibility, with that
 * API's own errors (a code of five digits). Nothing can be registered: contracts are files, and reviewed as such.
 */

import { decode, HolyfieldsError } from "@33god/holyfields";
import type { Revision } from "@33god/holyfields/tools";
import type { FastifyInstance, FastifyReply } from "fastify";
import { loadSubjects, type Subjects } from "../../schema-registry/subjects.js";
import { problemOf } from "../problem-of.js";

const TYPE = "application/vnd.schemaregistry.v1+json";
const tags = ["registry"];
const open = { type: "object", additionalProperties: true } as const;
const text = { type: "string" } as const;
const subjectParams = { type: "object", properties: { subject: text }, required: ["subject"] } as const;
const versionParams = {
  type: "object",
  properties: { subject: text, version: { ...text, description: "A number, or `latest`." } },
  required: ["subject", "version"],
} as const;
const idParams = { type: "object", properties: { id: { type: "integer" } }, required: ["id"] } as const;
const schemaBody = {
  type: "object",
  properties: { schema: text, schemaType: text, references: { type: "array" } },
  required: ["schema"],
} as const;

class RegistryError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export function registryRoutes(server: FastifyInstance): void {
  let loading: Promise<Subjects> | undefined;
  const subjects = () => (loading ??= loadSubjects());

  server.setErrorHandler((error: unknown, _request, reply) => refuse(error, reply));
  server.addHook("onSend", async (_request, reply, payload) => {
    reply.type(TYPE);
    return payload;
  });
  const get = (
    path: string,
    summary: string,
    params: object | undefined,
    answer: (p: Params) => Promise<unknown>,
  ) =>
    server.get<{ Params: Params }>(
      path,
      { schema: { tags, summary, ...(params && { params }), response: { 200: {} } } },
      async (request, reply) => reply.send(await answer(request.params)),
    );

  get("/registry/", "Nothing but that it is there", undefined, async () => ({}));
  get("/registry/subjects", "All subjects", undefined, async () => (await subjects()).names);
  get("/registry/schemas/types", "Only JSON Schema", undefined, async () => ["JSON"]);
  get("/registry/config", "The compatibility level", undefined, async () => ({
    compatibilityLevel: (await subjects()).level(),
  }));
  get(
    "/registry/config/:subject",
    "The compatibility level of a subject",
    subjectParams,
    async ({ subject = "" }) => {
      const all = await subjects();
      known(all, subject);
      return { compatibilityLevel: all.level(subject) };
    },
  );
  get("/registry/mode", "Only to be read", undefined, async () => ({ mode: "READONLY" }));
  get("/registry/subjects/:subject/versions", "Its versions", subjectParams, async ({ subject = "" }) =>
    known(await subjects(), subject).map(({ revision }) => revision),
  );
  get("/registry/subjects/:subject/versions/:version", "A version", versionParams, async (params) =>
    shown(version(await subjects(), params)),
  );
  get(
    "/registry/subjects/:subject/versions/:version/schema",
    "Its schema alone",
    versionParams,
    async (params) => version(await subjects(), params).schema,
  );
  get("/registry/schemas/ids/:id", "A schema by its id", idParams, async ({ id }) => ({
    schema: JSON.stringify(byId(await subjects(), Number(id)).schema),
    schemaType: "JSON",
  }));
  get(
    "/registry/schemas/ids/:id/schema",
    "A schema alone by its id",
    idParams,
    async ({ id }) => byId(await subjects(), Number(id)).schema,
  );
  get("/registry/schemas/ids/:id/subjects", "The subjects of a schema", idParams, async ({ id }) => [
    byId(await subjects(), Number(id)).subject,
  ]);
  get("/registry/schemas", "All versions of all subjects", undefined, async () => {
    const all = await subjects();
    return all.names.flatMap((name) => all.revisions(name).map(shown));
  });
  get("/registry/contexts", "Only the one without a name", undefined, async () => ["."]);
  get(
    "/registry/subjects/:subject/versions/:version/referencedby",
    "None: each schema is whole",
    versionParams,
    async (params) => {
      version(await subjects(), params);
      return [];
    },
  );
  get("/registry/schemas/ids/:id/versions", "Where a schema is used", idParams, async ({ id }) => {
    const { subject, revision } = byId(await subjects(), Number(id));
    return [{ subject, version: revision }];
  });

  server.post<{ Params: Params; Body: { schema: string } }>(
    "/registry/subjects/:subject",
    {
      schema: {
        tags,
        summary: "The version that a schema is",
        params: subjectParams,
        body: schemaBody,
        response: { 200: open },
      },
    },
    async ({ params: { subject = "" }, body }) => {
      const all = await subjects();
      known(all, subject);
      const found = all.find(subject, parsed(body.schema));
      if (found === undefined) throw new RegistryError(40403, "Schema not found");
      return shown(found);
    },
  );
  server.post<{ Params: Params; Body: { schema: string }; Querystring: { verbose?: boolean } }>(
    "/registry/compatibility/subjects/:subject/versions/:version",
    {
      schema: {
        tags,
        summary: "Whether a schema may follow a version",
        params: versionParams,
        querystring: { type: "object", properties: { verbose: { type: "boolean" } } },
        body: schemaBody,
        response: { 200: open },
      },
    },
    async ({ params, body, query }) => {
      const all = await subjects();
      return compatibility(all, [version(all, params)], body.schema, query.verbose === true);
    },
  );
  server.post<{ Params: Params; Body: { schema: string }; Querystring: { verbose?: boolean } }>(
    "/registry/compatibility/subjects/:subject/versions",
    {
      schema: {
        tags,
        summary: "Whether a schema may follow all versions",
        params: subjectParams,
        querystring: { type: "object", properties: { verbose: { type: "boolean" } } },
        body: schemaBody,
        response: { 200: open },
      },
    },
    async ({ params: { subject = "" }, body, query }) => {
      const all = await subjects();
      return compatibility(all, known(all, subject), body.schema, query.verbose === true);
    },
  );
  for (const [method, path, params] of [
    ["POST", "/registry/subjects/:subject/versions", subjectParams],
    ["DELETE", "/registry/subjects/:subject", subjectParams],
    ["DELETE", "/registry/subjects/:subject/versions/:version", versionParams],
    ["PUT", "/registry/config", undefined],
    ["PUT", "/registry/config/:subject", subjectParams],
    ["PUT", "/registry/mode", undefined],
  ] as const)
    server.route({
      method,
      url: path,
      schema: {
        tags,
        summary: "Refused: contracts are files",
        ...(params && { params }),
        response: { 422: open },
      },
      handler: async () => {
        throw new RegistryError(
          42205,
          "This registry is read-only: add a file to holyfields/schemas (`bb schema new`).",
        );
      },
    });
}

/** Confluent's answer: compatible where it is with each of these versions. */
function compatibility(subjects: Subjects, versions: readonly Revision[], schema: string, verbose: boolean) {
  const newer = parsed(schema);
  const comparisons = versions.map((older) => subjects.compare(older.schema, newer, older.subject));
  return {
    is_compatible: comparisons.every(({ compatible }) => compatible === true),
    ...(verbose && {
      messages: comparisons
        .flatMap(({ findings }) => findings)
        .map(({ pointer, message, advice }) => `${pointer}: ${message} ${advice}`),
    }),
  };
}

interface Params {
  readonly subject?: string;
  readonly version?: string;
  readonly id?: string;
}

function known(subjects: Subjects, subject: string): readonly Revision[] {
  const revisions = subjects.revisions(subject);
  if (revisions.length === 0) throw new RegistryError(40401, `Subject '${subject}' not found.`);
  return revisions;
}

function version(subjects: Subjects, { subject = "", version: asked = "" }: Params): Revision {
  const revisions = known(subjects, subject);
  if (asked !== "latest" && !/^[1-9]\d*$/.test(asked))
    throw new RegistryError(42202, `The specified version '${asked}' is not a valid version id.`);
  const found =
    asked === "latest" ? revisions.at(-1) : revisions.find(({ revision }) => String(revision) === asked);
  if (found === undefined) throw new RegistryError(40402, `Version ${asked} not found.`);
  return found;
}

function byId(subjects: Subjects, id: number): Revision {
  const found = subjects.byId(id);
  if (found === undefined) throw new RegistryError(40403, `Schema ${id} not found`);
  return found;
}

const shown = ({ subject, id, revision, schema }: Revision) => ({
  subject,
  version: revision,
  id,
  schemaType: "JSON",
  schema: JSON.stringify(schema),
});

function parsed(schema: string): unknown {
  const decoded = decode(Buffer.from(schema), { strict: true });
  if ("malformed" in decoded)
    throw new RegistryError(
      42201,
      `The schema is not usable JSON. ${decoded.malformed.message.replace("The body", "It")}`,
    );
  return decoded.value;
}

/** The first three digits are the HTTP status. */
function refuse(error: unknown, reply: FastifyReply): void {
  if (error instanceof RegistryError) {
    void reply.code(Math.floor(error.code / 100)).send({ error_code: error.code, message: error.message });
    return;
  }
  // What Holyfields objects to is the schema that was sent: its own were checked when they were read.
  if (error instanceof HolyfieldsError) {
    void reply.code(422).send({ error_code: 42201, message: error.message });
    return;
  }
  const status = problemOf(error)?.status ?? 500;
  const message = error instanceof Error ? error.message : String(error);
  void reply.code(status).send({ error_code: status === 500 ? 50001 : status, message });
}
