/** The contracts that a command works on: those of the project one is in, or those that `bb` came with. */
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import type { CheckedCatalog, HolyfieldsError } from "@33god/holyfields";
import { CliError } from "../errors.js";

/** `holyfields/schemas` here or in a folder above; `undefined`: the ones that `bb` came with. */
export function projectSchemas(cwd: string): string | undefined {
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    const schemas = path.join(folder, "holyfields", "schemas");
    if (existsSync(schemas)) return schemas;
    if (folder === path.dirname(folder)) return undefined;
  }
}

export function schemasFolder(cwd: string, named: string | undefined): string | undefined {
  if (named === undefined) return projectSchemas(cwd);
  const folder = path.resolve(cwd, named);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
    throw new CliError("NO_INPUT", `there is no folder ${folder}`);
  return folder;
}

export async function openCatalog(cwd: string, named?: string): Promise<CheckedCatalog> {
  const { loadCatalog } = await import("@33god/holyfields");
  const schemasDir = schemasFolder(cwd, named);
  return inWords(() => loadCatalog(schemasDir === undefined ? {} : { schemasDir }));
}

/** What Holyfields objects to, as an error of the command. */
export function inWords<Value>(work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw asCliError(error);
  }
}

export function asCliError(error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== "HolyfieldsError") return error;
  const { code, hint, sentence } = error as HolyfieldsError;
  return new CliError("BAD_DATA", sentence, { problem: code, hint, cause: error });
}
