/** The API's description: a valid OpenAPI document, and problem codes that agree with the docs. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { PROBLEMS } from "../src/http/problem-codes.js";
import { problemsPage } from "../src/http/problems-page.js";
import { type RunningPlatform, root, runPlatform } from "./support/running-platform.js";

let platform: RunningPlatform;
beforeAll(async () => {
  platform = await runPlatform({ args: ["--no-services"] });
});
afterAll(async () => {
  await platform?.stop();
});

test("/openapi.json is a valid OpenAPI 3.1 document in which every operation has a name, a tag and a refusal", async () => {
  const text = await (await fetch(`${platform.http}/openapi.json`)).text();
  const document = JSON.parse(text);
  expect(document.openapi).toBe("3.1.0");
  const config = await createConfig({
    rules: {
      struct: "error",
      "no-unresolved-refs": "error",
      "operation-operationId-unique": "error",
      "path-parameters-defined": "error",
    },
  });
  const problems = await lintFromString({ source: text, config });
  expect(problems.map(({ message, location }) => `${location[0]?.pointer}: ${message}`)).toEqual([]);
  const tags = new Set(document.tags.map(({ name }: { name: string }) => name));
  for (const [address, item] of Object.entries<Record<string, Record<string, unknown>>>(document.paths))
    for (const [method, operation] of Object.entries(item)) {
      expect(operation.summary, `${method} ${address}`).toBeTruthy();
      expect(operation.responses, `${method} ${address}`).toHaveProperty("default");
      for (const tag of operation.tags as string[]) expect(tags).toContain(tag);
    }
});

test("every address of the document is answered, and the docs page shows it", async () => {
  const document = JSON.parse(await (await fetch(`${platform.http}/openapi.json`)).text());
  const page = await (await fetch(`${platform.http}/docs`)).text();
  for (const address of Object.keys(document.paths)) expect(page).toContain(`<code>${address}</code>`);
  expect(page).not.toContain("<script");
});

test("the page of problems in the docs is the table's", () => {
  expect(readFileSync(path.join(root, "docs/reference/problems.md"), "utf8")).toBe(problemsPage(PROBLEMS));
});
