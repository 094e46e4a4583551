/** The page's files, and its index for every address that only the page knows. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { StaticFiles } from "../src/http/static-files.js";
import { type RunningPlatform, runPlatform } from "./support/running-platform.js";

let platform: RunningPlatform;
beforeAll(async () => {
  platform = await runPlatform({ args: ["--no-services"] });
});
afterAll(async () => {
  await platform?.stop();
});
const get = (address: string, headers: Record<string, string> = {}) =>
  fetch(platform.http + address, { headers });
const html = { accept: "text/html" };

test("the index is served at / and at every address of the page, and is asked for anew", async () => {
  const index = await (await get("/", html)).text();
  expect(index).toContain("<script");
  for (const address of [
    "/topology",
    "/events/0190f5c4-7b1e-7c3a-8f00-000000000001",
    "/contracts/artifact.created",
  ]) {
    const answer = await get(address, html);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-cache");
    expect(await answer.text()).toBe(index);
  }
});

test("scripts come compressed, with a name that may be kept for ever; an unchanged file is not sent again", async () => {
  const index = await (await get("/", html)).text();
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(index)?.[1] ?? "";
  const answer = await get(script, { "accept-encoding": "gzip" });
  expect(answer.headers.get("content-encoding")).toBe("gzip");
  expect(answer.headers.get("content-type")).toMatch(/^text\/javascript/);
  expect(answer.headers.get("cache-control")).toContain("immutable");
  const plain = await get(script, { "accept-encoding": "identity" });
  expect(await plain.text()).toBe(await answer.text());
  const again = await get("/candybar.svg", {
    "if-none-match": (await get("/candybar.svg")).headers.get("etag") ?? "",
  });
  expect(again.status).toBe(304);
});

test("an address of the API is never the page, nor is a file that is not there", async () => {
  for (const address of ["/api/v1/nothing", "/schemas/nothing/v9", "/assets/nothing.js", "/registry/nothing"])
    expect((await get(address, html)).status).toBe(404);
  expect((await get("/nothing")).status).toBe(404);
  expect((await get("/assets/..%2f..%2fpackage.json", html)).status).toBe(404);
});

test("the page may load nothing from elsewhere, and nobody may frame it", async () => {
  const policy = (await get("/", html)).headers.get("content-security-policy") ?? "";
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("frame-ancestors 'self'");
});

test("a page that is built anew meanwhile is still served as it was, to whoever has it open", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "bloodbank-page-"));
  mkdirSync(path.join(folder, "assets"));
  writeFileSync(path.join(folder, "index.html"), "old");
  writeFileSync(path.join(folder, "assets", "chunk-old.js"), "old");
  const files = new StaticFiles(folder);
  rmSync(folder, { recursive: true });
  expect([...files.paths].sort()).toEqual(["/assets/chunk-old.js", "/index.html"]);
  for (const address of files.paths) expect((await files.get(address)).bytes.toString()).toBe("old");
});
