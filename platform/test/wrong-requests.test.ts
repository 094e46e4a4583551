/** What the API cannot understand is refused, and the answer says where, what and what was meant. */
import { request } from "node:http";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PROBLEMS } from "../src/http/problem-codes.js";
import { type Api, api } from "./support/http.js";
import { type RunningPlatform, runPlatform } from "./support/running-platform.js";

let platform: RunningPlatform;
let client: Api;
beforeAll(async () => {
  platform = await runPlatform({ args: ["--no-services"] });
  client = api(platform.http);
});
afterAll(async () => {
  await platform?.stop();
});

test("an act with a misspelt choice is refused: without the choice it would reach everything", async () => {
  const letters = "/api/v1/dead-letters";
  const acts: [path: string, body: unknown, pointer: string, meant?: string][] = [
    [`${letters}/redrives`, { event_typ: "artifact.created" }, "/body/event_typ", "event_type"],
    [`${letters}/redrive`, { queue: "q", grup: "x" }, "/body/grup", "group"],
    [`${letters}/discard`, { queue: "q", cod: "x", reason: "a test's" }, "/body/cod", "code"],
    [`${letters}/preview`, { queu: "q" }, "/body/queu", "queue"],
    ["/api/v1/replays", { select: {}, queu: "q" }, "/body/queu", "queue"],
    ["/api/v1/replays/preview", { select: { trac: "x" } }, "/body/select/trac", "trace"],
  ];
  for (const [path, body, pointer, meant] of acts)
    expect(await client.post(path, body), path).toMatchObject({
      status: 400,
      body: {
        code: "BAD_REQUEST",
        violations: [{ pointer, message: `is not known here; did you mean "${meant}"?` }],
      },
    });
  expect(await client.post(`${letters}/redrives`, { all: false })).toMatchObject({ status: 400 });
  expect((await client.get(`${letters}/redrives`)).body.redrives).toEqual([]);
  expect((await client.get("/api/v1/replays")).body.replays).toEqual([]);
});

test("redrives take the event type by the names that the other acts take", async () => {
  for (const name of ["type", "event_type"])
    expect(
      await client.post("/api/v1/dead-letters/redrives", { [name]: "artifact.created" }),
      name,
    ).toMatchObject({ status: 202, body: { total: 0 } });
});

test("a misspelt filter is refused, and any path of the payload is not", async () => {
  const filtered = ["/events", "/events/counts", "/events/histogram", "/events/export"];
  for (const path of [...filtered, "/events/stream", "/dead-letters"])
    expect(await client.get(`/api/v1${path}?sourc=x`), path).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining("/querystring/sourc is not known here") },
    });
  for (const path of filtered)
    expect(await client.get(`/api/v1${path}?payload.a.b=x`), path).toMatchObject({ status: 200 });
});

test("a path of the payload that stands there twice is refused: one of its values would be passed over", async () => {
  for (const path of ["/events", "/events/counts", "/events/histogram", "/events/export"])
    expect(await client.get(`/api/v1${path}?payload.a.b=x&payload.a.b=y`), path).toMatchObject({
      status: 400,
      body: { code: "BAD_REQUEST", detail: expect.stringContaining('"y"') },
    });
});

test("an export that cannot be is refused before a byte of it is out", async () => {
  for (const format of ["ndjson", "csv"])
    expect(await client.get(`/api/v1/events/export?format=${format}&text=!`), format).toMatchObject({
      status: 400,
      body: { code: "BAD_REQUEST", detail: expect.stringContaining("no word") },
    });
});

test("a refusal names the value, and what would be right", async () => {
  const cases: [query: string, detail: string][] = [
    ["limit=0", "/querystring/limit must be >= 1, but is 0"],
    ["limit=many", '/querystring/limit must be integer, but is "many"'],
    ["valid=maybe", '/querystring/valid must be one of "true", "false", but is "maybe"'],
  ];
  for (const [query, detail] of cases)
    expect((await client.get(`/api/v1/events?${query}`)).body.detail).toBe(detail);
  expect((await client.post("/api/v1/replays", {})).body).toMatchObject({
    detail: "/body/select is required, but is missing",
    violations: [{ pointer: "/body/select", keyword: "required" }],
  });
  expect(
    (await client.post("/events/artifact.created", "{}", { "content-type": "text/plain" })).body,
  ).toMatchObject({
    code: "UNSUPPORTED_MEDIA_TYPE",
    detail: expect.stringContaining("text/plain"),
  });
});

test("an address that is no address of HTTP, and a method that an address does not take, are problems too", async () => {
  const { port } = new URL(platform.http);
  const raw = (method: string, path: string) =>
    new Promise<Record<string, unknown>>((resolve, reject) => {
      const asked = request({ host: "127.0.0.1", port, method, path }, async (answer) => {
        const body = Buffer.concat(await answer.toArray()).toString();
        const { allow, "content-type": type } = answer.headers;
        resolve({ status: answer.statusCode, type, allow, body: JSON.parse(body) });
      });
      asked.on("error", reject).end();
    });
  for (const path of ["/api/v1/events/%ZZ", `/api/v1/events/${"x".repeat(400)}`])
    expect(await raw("GET", path)).toMatchObject({
      type: expect.stringContaining("application/problem+json"),
      body: { instance: path },
    });
  expect(await raw("PUT", "/api/v1/events/an-id")).toMatchObject({
    status: 405,
    allow: "GET, HEAD",
    body: { code: "METHOD_NOT_ALLOWED", detail: "/api/v1/events/an-id takes GET and HEAD, not PUT." },
  });
  expect(await raw("GET", "/events")).toMatchObject({ status: 405, allow: "POST" });
  expect(await raw("PUT", "/api/v1/nothing")).toMatchObject({ status: 404, body: { code: "NOT_FOUND" } });
  expect(Object.keys(PROBLEMS)).not.toContain("SHUTTING_DOWN");
});
