/** The Confluent Schema Registry's API, as its clients ask it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Api, api } from "./support/http.js";
import { type RunningPlatform, runPlatform } from "./support/running-platform.js";

let platform: RunningPlatform;
let client: Api;
beforeAll(async () => {
  platform = await runPlatform({ args: ["--no-services"] });
  client = api(`${platform.http}/registry`);
});
afterAll(async () => {
  await platform?.stop();
});

const TYPE = { "content-type": "application/vnd.schemaregistry.v1+json" };
const subject = "artifact.created.v1";
const latest = async () => JSON.parse((await client.get(`/subjects/${subject}/versions/latest`)).body.schema);

test("subjects, versions and schemas are read, each schema whole and by an id of its own", async () => {
  const { body: subjects, headers } = await client.get("/subjects");
  expect(headers.get("content-type")).toContain("application/vnd.schemaregistry.v1+json");
  expect(subjects).toContain(subject);
  const { body } = await client.get(`/subjects/${subject}/versions/1`);
  expect(body).toMatchObject({ subject, version: 1, schemaType: "JSON" });
  expect(body.schema).not.toMatch(/"\$ref":"[^#]/);
  expect((await client.get(`/schemas/ids/${body.id}`)).body.schema).toBe(body.schema);
  expect((await client.get(`/schemas/ids/${body.id}/versions`)).body).toEqual([{ subject, version: 1 }]);
  expect((await client.get(`/subjects/${subject}/versions/1/schema`)).body).toEqual(JSON.parse(body.schema));
});

test("levels, modes, types, contexts and uses are told as clients and their pages ask for them", async () => {
  const { id } = (await client.get(`/subjects/${subject}/versions/latest`)).body;
  const answers: [path: string, body: unknown][] = [
    ["/", {}],
    ["/config", { compatibilityLevel: "FULL_TRANSITIVE" }],
    [`/config/${subject}?defaultToGlobal=true`, { compatibilityLevel: "FULL_TRANSITIVE" }],
    ["/mode", { mode: "READONLY" }],
    ["/schemas/types", ["JSON"]],
    ["/contexts", ["."]],
    [`/schemas/ids/${id}/schema`, await latest()],
    [`/schemas/ids/${id}/subjects`, [subject]],
    [`/subjects/${subject}/versions/1/referencedby`, []],
    [`/subjects/${subject}/versions`, [1]],
  ];
  for (const [path, body] of answers) expect([path, (await client.get(path)).body]).toEqual([path, body]);
  const { body: all } = await client.get("/schemas");
  expect(all).toContainEqual((await client.get(`/subjects/${subject}/versions/1`)).body);
});

test("a compound document, as /schemas bundles it, compares with what the registry holds, and with all versions", async () => {
  const { schema } = (await api(platform.http).get("/schemas/artifact.created?bundle=true")).body;
  for (const path of ["versions", "versions/1"])
    expect(
      (
        await client.post(
          `/compatibility/subjects/${subject}/${path}`,
          { schema: JSON.stringify(schema) },
          TYPE,
        )
      ).body,
    ).toEqual({ is_compatible: true });
});

test("a schema that tightens what is admitted is not compatible, and the messages say why", async () => {
  const schema = await latest();
  const check = (proposal: object) =>
    client.post(
      `/compatibility/subjects/${subject}/versions/latest?verbose=true`,
      { schema: JSON.stringify(proposal), schemaType: "JSON" },
      TYPE,
    );
  expect((await check(schema)).body).toMatchObject({ is_compatible: true, messages: [] });
  schema.properties.payload.required.push("title");
  const { body } = await check(schema);
  expect(body.is_compatible).toBe(false);
  expect(body.messages.join()).toContain('without "title"');
});

test("a schema is found again by what it asserts", async () => {
  const schema = { ...(await latest()), description: "in other words" };
  const found = await client.post(`/subjects/${subject}`, { schema: JSON.stringify(schema) }, TYPE);
  expect(found).toMatchObject({ status: 200, body: { subject, version: 1 } });
});

test("a schema is found in each form in which it is handed out: as its file stands, compound, and as the registry keeps it", async () => {
  const schemas = api(`${platform.http}/schemas`);
  for (const name of (await client.get("/subjects")).body as string[]) {
    const [, type, version] = /^(.*)\.(v\d+)$/.exec(name) ?? [];
    const kept = (await client.get(`/subjects/${name}/versions/latest`)).body;
    for (const schema of [
      (await schemas.get(`/${type}/${version}`)).body.schema,
      (await schemas.get(`/${type}/${version}?bundle=true`)).body.schema,
      JSON.parse(kept.schema),
    ])
      expect(
        await client.post(`/subjects/${name}`, { schema: JSON.stringify(schema) }, TYPE),
        name,
      ).toMatchObject({ status: 200, body: { id: kept.id } });
  }
  const other = (await schemas.get("/artifact.created?bundle=true")).body.schema;
  const envelope = Object.keys(other.$defs).find((id) => id.includes("envelope")) as string;
  other.$defs[envelope].required.push("title");
  expect(await client.post(`/subjects/${subject}`, { schema: JSON.stringify(other) }, TYPE)).toMatchObject({
    status: 404,
    body: { error_code: 40403 },
  });
});

test("what is not there, not valid or not allowed has the code that clients know", async () => {
  const cases: [string, number, number][] = [
    ["/subjects/nope/versions", 404, 40401],
    [`/subjects/${subject}/versions/99`, 404, 40402],
    [`/subjects/${subject}/versions/newest`, 422, 42202],
    ["/schemas/ids/999999", 404, 40403],
  ];
  for (const [path, status, error_code] of cases)
    expect(await client.get(path)).toMatchObject({ status, body: { error_code } });
  expect(await client.post(`/subjects/${subject}/versions`, { schema: "{}" }, TYPE)).toMatchObject({
    status: 422,
    body: { error_code: 42205 },
  });
  for (const [method, path] of [
    ["DELETE", `/subjects/${subject}`],
    ["DELETE", `/subjects/${subject}/versions/1`],
    ["PUT", "/config"],
    ["PUT", `/config/${subject}`],
    ["PUT", "/mode"],
  ]) {
    const answer = await fetch(`${platform.http}/registry${path}`, { method: method as string });
    expect([path, answer.status, await answer.json()]).toMatchObject([path, 422, { error_code: 42205 }]);
  }
  expect(await client.post(`/subjects/${subject}`, { schema: "{" }, TYPE)).toMatchObject({
    body: { error_code: 42201 },
  });
  expect(await client.post(`/subjects/${subject}`, "{", TYPE)).toMatchObject({
    status: 400,
    body: { error_code: 400 },
  });
  expect(await client.post(`/subjects/${subject}`, "{}", { "content-type": "text/plain" })).toMatchObject({
    status: 415,
    body: { error_code: 415 },
  });
});
