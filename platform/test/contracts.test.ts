/** `/schemas/…` as a client asks it, and `bb schema check` against a running platform. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bb } from "./cli/support/bb.js";
import { type Api, api } from "./support/http.js";
import { eventually, type RunningPlatform, root, runPlatform } from "./support/running-platform.js";

let platform: RunningPlatform;
let client: Api;
const folder = mkdtempSync(path.join(tmpdir(), "bloodbank-contracts-"));
beforeAll(async () => {
  platform = await runPlatform({ args: ["--no-services"] });
  client = api(platform.http);
});
afterAll(async () => {
  await platform?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ENVELOPE = "https://33god.dev/schemas/core/event-envelope.v1.schema.json";
const good = async () => (await client.get("/schemas/artifact.created")).body.examples[0];

test("the catalog lists every contract, and each is read in its newest version or in one that is named", async () => {
  const { contracts } = (await client.get("/schemas/catalog")).body;
  expect(contracts.length).toBeGreaterThan(40);
  const newest = (await client.get("/schemas/artifact.created")).body;
  expect(newest).toMatchObject({ event_type: "artifact.created", version: "v1" });
  expect(newest.schema).toEqual(
    JSON.parse(readFileSync(path.join(root, "holyfields/schemas/artifact/created.v1.schema.json"), "utf8")),
  );
  expect((await client.get("/schemas/artifact.created/v1")).body).toEqual(newest);
  expect(await client.get("/schemas/artifact.created/v9")).toMatchObject({
    status: 404,
    body: { code: "CONTRACT_NOT_FOUND" },
  });
  expect(await client.get("/schemas/artifact.craeted")).toMatchObject({
    status: 404,
    body: { nearest: expect.arrayContaining(["artifact.created"]) },
  });
});

test("a bundle is a compound document that any validator of 2020-12 takes alone; `bb schema show --bundle` gives the same", async () => {
  const { schema } = (await client.get("/schemas/artifact.created?bundle=true")).body;
  expect(Object.keys(schema.$defs)).toEqual([ENVELOPE]);
  expect((await client.get("/schemas/artifact.created/v1?bundle=true")).body.schema).toEqual(schema);
  const validate = new Ajv2020({ strict: false, validateFormats: false }).compile(schema);
  const event = await good();
  expect(validate(event)).toBe(true);
  expect(validate({ ...event, source: {} })).toBe(false);
  const { out } = await bb(["schema", "show", "artifact.created", "--bundle"]);
  expect(JSON.parse(out)).toEqual(schema);
});

test("events are judged one by one, in a list or in lines, and nothing is published", async () => {
  const event = await good();
  const bad = { ...event, payload: {} };
  expect((await client.post("/schemas/validate", event)).body).toEqual({
    valid: true,
    violations: [],
    nearest: [],
  });
  expect((await client.post("/schemas/validate", bad)).body).toMatchObject({
    valid: false,
    code: "CONTRACT_VIOLATION",
    violations: expect.arrayContaining([expect.objectContaining({ pointer: "/payload/file_path" })]),
  });
  const both = { valid: false, verdicts: [{ valid: true }, { valid: false, code: "CONTRACT_VIOLATION" }] };
  expect((await client.post("/schemas/validate", [event, bad])).body).toMatchObject(both);
  const lines = [event, bad].map((one) => `${JSON.stringify(one)}\n`).join("");
  expect(
    (await client.post("/schemas/validate", lines, { "content-type": "application/x-ndjson" })).body,
  ).toMatchObject(both);
  expect((await client.post("/schemas/validate", [])).body).toEqual({ valid: true, verdicts: [] });
  expect((await client.get("/api/v1/events/counts")).body.total).toBe(0);
});

const deep = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
test.each([
  ["a member twice", '{"event_type":"a.b","event_type":"c.d"}', /twice/],
  [
    "a byte order mark",
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from("{}")]),
    /byte order mark/,
  ],
  ["what is not UTF-8", Buffer.from([0x22, 0xff, 0x22]), /UTF-8/],
  ["10,000 levels", deep, /deeper/],
  ["half a document", '{"event_type":', /JSON/],
])("a body with %s is refused with a reason, at every door that takes JSON", async (_, body, reason) => {
  for (const door of ["/schemas/validate", "/events", "/events/artifact.created"])
    expect(await client.post(door, body), door).toMatchObject({
      status: 400,
      body: { code: "MALFORMED_JSON", detail: expect.stringMatching(reason) },
    });
});

const circle = { allOf: [{ $ref: "#/$defs/a" }], $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }] } } };
test.each([
  ["a $ref that leads in a circle", circle, /back to itself/],
  ["a $ref that leads nowhere", { $ref: "https://example.com/nothing.json" }, /leads to nothing/],
  ["a pattern that takes exponential time", { type: "string", pattern: "^(a+)+$" }, /exponential/],
  ["10,000 levels", JSON.parse(`${'{"not":'.repeat(10_000)}{}${"}".repeat(10_000)}`), /deep/],
  ["a member twice", '{"type":"object","type":"string"}', /twice/],
  ["a keyword of the wrong kind", { minLength: "x" }, /minLength|must be/],
])(
  "a schema with %s is refused with a reason by the registry, and the platform goes on",
  async (_, schema, reason) => {
    const text = typeof schema === "string" ? schema : depthSafe(schema);
    const { status, body } = await client.post(
      "/registry/compatibility/subjects/artifact.created.v1/versions/latest",
      `{"schema":${JSON.stringify(text)}}`,
    );
    expect(body).toMatchObject({ error_code: 42201, message: expect.stringMatching(reason) });
    expect(status).toBe(422);
    expect((await client.get("/health")).status).toBe(200);
  },
);

/** JSON.stringify itself gives up on what nests so deep. */
function depthSafe(schema: unknown): string {
  let text = "";
  let end = "";
  let at = schema;
  while (typeof at === "object" && at !== null && Object.keys(at).join() === "not") {
    text += '{"not":';
    end += "}";
    at = (at as { not: unknown }).not;
  }
  return text + JSON.stringify(at) + end;
}

test("bb schema check --against <URL> says what a change breaks of what runs there, and leaves nothing behind", async () => {
  const schemas = path.join(folder, "holyfields", "schemas");
  cpSync(path.join(root, "holyfields", "schemas"), schemas, { recursive: true });
  const here = { cwd: folder, env: { TMPDIR: path.join(folder) } };
  const same = await bb(["schema", "check", "--against", platform.http, "--json"], here);
  expect(same.code, same.err).toBe(0);
  expect(
    JSON.parse(same.out).subjects.every(({ change }: { change: string }) => change === "unchanged"),
  ).toBe(true);
  const file = path.join(schemas, "artifact", "created.v1.schema.json");
  const changed = JSON.parse(readFileSync(file, "utf8"));
  changed.properties.payload.properties.file_path.maxLength = 4;
  writeFileSync(file, JSON.stringify(changed));
  rmSync(path.join(schemas, "ledger.json"));
  const broken = await bb(["schema", "check", "--against", `${platform.http}/`, "--json"], here);
  expect(broken.code, broken.err).toBe(1);
  const { compatible, subjects } = JSON.parse(broken.out);
  expect(compatible).toBe(false);
  const [one, ...others] = subjects.filter(({ change }: { change: string }) => change !== "unchanged");
  expect(others).toEqual([]);
  expect(one).toMatchObject({
    subject: "artifact.created.v1",
    change: "changed",
    findings: [
      {
        rule: "SIZE_NARROWED",
        pointer: "/properties/payload/properties/file_path/maxLength",
        witness: { event_type: "artifact.created" },
      },
    ],
  });
  expect(readdirSync(folder)).toEqual(["holyfields"]);

  for (const file_path of ["/a", "/long", "/longer"])
    await client.post("/events/artifact.created", { artifact_type: "code", file_path });
  await eventually(async () => (await client.get("/api/v1/events/counts")).body.total === 3);
  const args = ["schema", "check", "--against", platform.http, "--events", "--url", platform.http];
  const counted = JSON.parse((await bb([...args, "--json"], here)).out).subjects.find(
    (subject: { change: string }) => subject.change === "changed",
  );
  expect(counted.impact.events).toEqual({ days: 7, looked: 3, broken: 2, complete: true });
  const { out } = await bb([...args, "--days", "1"], here);
  expect(out).toContain("2 of 3 recorded events of the last 1 days would break it");
});

test("bb schema check --against a URL where nobody answers says so", async () => {
  const { code, err } = await bb(["schema", "check", "--against", "http://127.0.0.1:9/"], { cwd: root });
  expect(code).toBe(69);
  expect(err).toContain("127.0.0.1:9");
});
