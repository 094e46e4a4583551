import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { readLedger } from "../../src/tools/index.js";

const home = path.resolve(import.meta.dirname, "../..");
const workflow = readFileSync(path.resolve(home, "../.github/workflows/schemas.yml"), "utf8");
const manifest = (folder: string) =>
  JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8")) as {
    scripts: Record<string, string>;
    bin: Record<string, string>;
  };

describe("the specification's workflow", () => {
  test("runs scripts and files that are there, here and at the root", () => {
    const names = [...workflow.matchAll(/npm run (generate[:a-z]*)/g)].map(([, name]) => name!);
    expect(names).toEqual(["generate:python", "generate:typescript", "generate:sql"]);
    for (const name of names)
      for (const folder of [home, path.resolve(home, "..")])
        expect(manifest(folder).scripts).toHaveProperty([name]);
    for (const [, file] of workflow.matchAll(/-s (\S+)/g))
      expect(existsSync(path.join(home, file!))).toBe(true);
    expect(manifest(home).bin).toHaveProperty("ajv");
  });

  test("has the generators as scripts that can be run", () => {
    for (const name of ["generate-python.sh", "generate-typescript.sh"])
      expect(statSync(path.join(home, "scripts", name)).mode & 0o111).not.toBe(0);
  });
});

test("the ledger's ids are those of a registry: from 1, without a gap", () => {
  const { revisions } = readLedger();
  expect(revisions.map(({ id }) => id)).toEqual(revisions.map((_, index) => index + 1));
});
