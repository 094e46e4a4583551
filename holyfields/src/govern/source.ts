/** Where the contracts of another time come from: a folder, or a git revision of this one. */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import path from "node:path";
import { HolyfieldsError } from "../errors.js";
import { ownSchemasDir, parseSchema, readSchemaFiles, SUFFIX, schemaFile } from "../schema/read-files.js";
import type { SchemaFile } from "../schema/schema-set.js";

function git(cwd: string, ...args: string[]): string {
  const run = spawnSync("git", args, { cwd, encoding: "utf8", maxBuffer: 1 << 28 });
  if (run.status !== 0)
    throw new HolyfieldsError(
      "GIT_FAILED",
      `git ${args[0]} failed: ${run.error?.message ?? run.stderr.trim()}.`,
      {
        hint: "Name a revision that this repository has, or a folder of schemas.",
      },
    );
  return run.stdout;
}

/** The schema files as they stood in a git revision. */
export function filesAtRevision(revision: string, schemasDir: string = ownSchemasDir): SchemaFile[] {
  if (revision.startsWith("-"))
    throw new HolyfieldsError("GIT_FAILED", `${revision} is no revision.`, {
      hint: "Name a branch, a tag or a commit.",
    });
  const top = git(schemasDir, "rev-parse", "--show-toplevel").trim();
  const folder = path.relative(top, schemasDir).split(path.sep).join("/");
  const names = git(top, "ls-tree", "-r", "-z", "--name-only", revision, "--", `${folder}/`)
    .split("\0")
    .filter((name) => name.endsWith(SUFFIX));
  return names.map((name) => {
    const text = git(top, "show", `${revision}:${name}`);
    const where = `${revision}:${name}`;
    return schemaFile(path.posix.relative(folder, name), where, parseSchema(text, where));
  });
}

/** The schema files that `against` names: a folder if there is one of that name, or else a git revision. */
export function filesAgainst(against: string, schemasDir?: string): SchemaFile[] {
  return statSync(against, { throwIfNoEntry: false })?.isDirectory()
    ? readSchemaFiles(path.resolve(against))
    : filesAtRevision(against, schemasDir);
}
