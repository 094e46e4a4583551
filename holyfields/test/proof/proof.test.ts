/**
 * One contract, one verdict: ajv, the generated Zod, the generated Pydantic and Python's jsonschema judge the same
 * texts. A disagreement prints the shortest event that shows it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadSchemaSet } from "../../src/catalog/load.js";
import { fileTitle } from "../../src/generate/names.js";
import { ownSchemasDir } from "../../src/schema/read-files.js";
import { type Case, judge, type Verdicts } from "./engines.js";
import { mutations, sample } from "./mutate.js";
import { synthetic } from "./synthetic.js";

const full = process.env.TEST_FULL === "1";

/** The shortest disagreement of each schema. */
function disagreements(cases: readonly Case[], verdicts: readonly Verdicts[]): Record<string, string> {
  const found = new Map<string, { text: string; verdict: Verdicts }>();
  for (const [index, { model, text }] of cases.entries()) {
    const verdict = verdicts[index]!;
    if (new Set(Object.values(verdict)).size === 1 && typeof verdict.ajv === "boolean") continue;
    const known = found.get(model);
    if (known === undefined || text.length < known.text.length) found.set(model, { text, verdict });
  }
  return Object.fromEntries(
    [...found].map(([model, { text, verdict }]) => [model, `${text} ${JSON.stringify(verdict)}`]),
  );
}

let workspace: string;
beforeAll(() => {
  // Below the package, so that generated code finds zod.
  workspace = mkdtempSync(path.join(import.meta.dirname, ".proof-"));
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

describe("ajv, Zod, Pydantic and jsonschema give the same verdict", () => {
  test("for every contract", { timeout: 600_000 }, async () => {
    const files = loadSchemaSet().files;
    const cases = files.flatMap((file): Case[] => {
      const seeds = (file.schema.examples ?? []) as unknown[];
      const texts = seeds.flatMap((seed) => mutations(seed, file.schema));
      return sample([...new Set(texts)], full ? 5_000 : 150).map((text) => ({
        file,
        model: fileTitle(file),
        text,
      }));
    });
    const verdicts = await judge(cases, ownSchemasDir, path.join(workspace, "contracts"));
    expect(disagreements(cases, verdicts)).toEqual({});
    expect(cases.length).toBeGreaterThan(5_000);
    expect(verdicts.filter(({ ajv }) => ajv === true).length).toBeGreaterThan(cases.length / 20);
    expect(verdicts.filter(({ ajv }) => ajv === false).length).toBeGreaterThan(cases.length / 20);
  });

  test("for schemas that use every keyword which lint admits", { timeout: 600_000 }, async () => {
    const folder = path.join(workspace, "synthetic");
    mkdirSync(path.join(folder, "schemas"), { recursive: true });
    for (const { name, schema } of synthetic)
      writeFileSync(path.join(folder, "schemas", `${name}.schema.json`), JSON.stringify(schema));
    const files = new Map(loadSchemaSet(path.join(folder, "schemas")).files.map((file) => [file.name, file]));
    const cases = synthetic.flatMap(({ name, schema, seeds }): Case[] => {
      const file = files.get(`${name}.schema.json`)!;
      const texts = seeds.flatMap((seed) => mutations(seed, schema));
      return sample([...new Set(texts)], full ? 20_000 : 500).map((text) => ({
        file,
        model: fileTitle(file),
        text,
      }));
    });
    const verdicts = await judge(cases, path.join(folder, "schemas"), folder);
    expect(disagreements(cases, verdicts)).toEqual({});
    expect(cases.length).toBeGreaterThan(3_000);
  });
});
