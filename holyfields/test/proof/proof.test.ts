/**
 * One contract, one verdict: ajv, the generated Zod, the generated Pydantic and Python's jsonschema judge the same
 * texts. A disagreement prints the shortest event that shows it.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadSchemaSet } from "../../src/catalog/load.js";
import { HolyfieldsError } from "../../src/errors.js";
import { fileTitle } from "../../src/generate/names.js";
import { ownSchemasDir } from "../../src/schema/read-files.js";
import { compareSchemas, generate } from "../../src/tools/index.js";
import { referring, value } from "../support/random-schemas.js";
import { type Case, judge, type Verdicts } from "./engines.js";
import { mutations, sample } from "./mutate.js";
import { synthetic } from "./synthetic.js";

const full = process.env.TEST_FULL === "1";
const DRAFT = "https://json-schema.org/draft/2020-12/schema";

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

  test("for random schemas, which refer to themselves and to one another", { timeout: 600_000 }, async () => {
    const folder = path.join(workspace, "random", "schemas");
    mkdirSync(folder, { recursive: true });
    const alone = path.join(workspace, "alone");
    const seed = full ? Date.now() % 1_000_000 : 20_260_131;
    for (const [index, root] of fc.sample(referring, { seed, numRuns: full ? 1_500 : 150 }).entries()) {
      const name = `r${String(index).padStart(4, "0")}.schema.json`;
      const $id = `https://example.com/random/${name}`;
      rmSync(alone, { recursive: true, force: true });
      mkdirSync(alone);
      for (const into of [alone, folder])
        writeFileSync(path.join(into, name), JSON.stringify({ $schema: DRAFT, $id, ...root }));
      try {
        generate({ target: "zod", from: alone });
      } catch (error) {
        // A circle, or what engines do not judge alike: refused, and nothing to compare.
        if (!(error instanceof HolyfieldsError)) throw error;
        rmSync(path.join(folder, name));
      }
    }
    // Without the envelope, which every set of contracts comes with.
    const files = loadSchemaSet(folder).files.filter(({ file }) => file.startsWith(folder));
    const tried = fc.sample(value, { seed, numRuns: 40 });
    const cases = files.flatMap((file): Case[] => {
      // Values that the schema takes, as far as the checker finds some, and what is near to them.
      const { findings } = compareSchemas(file.schema, false);
      const seeds = findings.flatMap(({ witness }) => (witness === undefined ? [] : [witness]));
      const near = seeds.flatMap((one) => sample(mutations(one, file.schema), 25));
      const texts = new Set([...tried.map((one) => JSON.stringify(one)), ...near]);
      return [...texts].map((text) => ({ file, model: fileTitle(file), text }));
    });
    const verdicts = await judge(cases, folder, path.dirname(folder));
    expect([seed, disagreements(cases, verdicts)]).toEqual([seed, {}]);
    expect(files.length).toBeGreaterThan(100);
    expect(verdicts.filter(({ ajv }) => ajv === true).length).toBeGreaterThan(cases.length / 20);
  });
});
