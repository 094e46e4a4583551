/**
 * One contract, one verdict: ajv, the generated Zod, the generated Pydantic and Python's jsonschema judge the same
 * texts. A disagreement prints the shortest event that shows it.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type * as z from "zod";
import { loadSchemaSet } from "../../src/catalog/load.js";
import { generate, writeFiles } from "../../src/generate/generate.js";
import { fileTitle } from "../../src/generate/names.js";
import { ownSchemasDir } from "../../src/schema/read-files.js";
import type { SchemaFile } from "../../src/schema/schema-set.js";
import { newAjv } from "../../src/verdict/compiler.js";
import { mutations, sample } from "./mutate.js";
import { synthetic } from "./synthetic.js";

const python = process.env.TEST_PYTHON;
const full = process.env.TEST_FULL === "1";

interface Case {
  readonly file: SchemaFile;
  readonly model: string;
  readonly text: string;
}

type Verdicts = Readonly<Record<string, boolean | string>>;

/** The verdict of each engine on each case. */
async function judge(
  cases: readonly Case[],
  schemasDir: string,
  workspace: string,
): Promise<readonly Verdicts[]> {
  writeFiles(generate({ target: "zod", from: schemasDir }), path.join(workspace, "typescript"));
  const zod = (await import(path.join(workspace, "typescript/index.ts"))) as Record<string, z.ZodType>;
  const ajv = newAjv();
  for (const file of loadSchemaSet(schemasDir).files) ajv.addSchema(file.schema, file.id);
  const verdicts: Record<string, boolean | string>[] = cases.map(({ file, model, text }) => {
    const value = JSON.parse(text) as unknown;
    const attempt = (judge: () => boolean) => {
      try {
        return judge();
      } catch (error) {
        return String(error);
      }
    };
    return {
      ajv: attempt(() => ajv.getSchema(file.id)!(value) as boolean),
      zod: attempt(() => zod[model]!.safeParse(value).success),
    };
  });
  if (python !== undefined) {
    writeFiles(
      generate({ target: "pydantic", from: schemasDir, packageName: "proven" }),
      path.join(workspace, "python"),
    );
    const input = cases
      .map(({ file, model, text }) => JSON.stringify({ model, id: file.id, text }))
      .join("\n");
    const script = path.join(import.meta.dirname, "verdicts.py");
    const run = spawnSync(python, [script, "proven", schemasDir], {
      input,
      encoding: "utf8",
      maxBuffer: 1 << 28,
      env: {
        ...process.env,
        PYTHONPATH: path.join(workspace, "python"),
        PYTHONDONTWRITEBYTECODE: "1",
        PYTHONUTF8: "1",
      },
    });
    expect(run.stderr).toBe("");
    const lines = run.stdout.trim().split("\n");
    expect(lines).toHaveLength(cases.length);
    for (const [index, line] of lines.entries()) {
      verdicts[index]!.pydantic = line.startsWith("!") ? line : line[0] === "1";
      verdicts[index]!.jsonschema = line.startsWith("!") ? line : line[1] === "1";
    }
  }
  return verdicts;
}

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
