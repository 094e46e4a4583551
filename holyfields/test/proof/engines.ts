/** The four engines: ajv, the generated Zod, the generated Pydantic and Python's jsonschema, asked about the same texts. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { expect } from "vitest";
import type * as z from "zod";
import { loadSchemaSet } from "../../src/catalog/load.js";
import { generate, writeFiles } from "../../src/generate/generate.js";
import type { SchemaFile } from "../../src/schema/schema-set.js";
import { Compiler } from "../../src/verdict/compiler.js";

export const python = process.env.TEST_PYTHON;

export interface Case {
  readonly file: SchemaFile;
  readonly model: string;
  readonly text: string;
}

/** The verdict of each engine, or what it threw. */
export type Verdicts = Readonly<Record<string, boolean | string>>;

/** The verdict of each engine on each case. Generated code is written below `workspace`, where it finds zod. */
export async function judge(
  cases: readonly Case[],
  schemasDir: string,
  workspace: string,
): Promise<readonly Verdicts[]> {
  writeFiles(generate({ target: "zod", from: schemasDir }), path.join(workspace, "typescript"));
  const zod = (await import(path.join(workspace, "typescript/index.ts"))) as Record<string, z.ZodType>;
  const ajv = new Compiler(loadSchemaSet(schemasDir));
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
      ajv: attempt(() => ajv.check(file.id, value).length === 0),
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
    for (const [index, line] of lines.entries())
      [verdicts[index]!.pydantic, verdicts[index]!.jsonschema] = JSON.parse(line) as [boolean, boolean];
  }
  return verdicts;
}
