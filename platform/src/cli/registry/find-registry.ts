/** The registry that a command works on: `services/registry.yaml` here or in a folder above. */
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CliError } from "../errors.js";

export interface RegistryPlace {
  readonly file: string;
  /** The folder that `services/` lies in. */
  readonly root: string;
  /** `services/`, where each service has its folder. */
  readonly folder: string;
}

const NAME = path.join("services", "registry.yaml");

export function findRegistryFile(cwd: string, named: string | undefined): RegistryPlace {
  if (named !== undefined) {
    const file = path.resolve(cwd, named);
    if (!existsSync(file)) throw new CliError("NO_INPUT", `there is no registry ${file}`);
    return place(file);
  }
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    const file = path.join(folder, NAME);
    if (existsSync(file)) return place(file);
    if (folder === path.dirname(folder)) break;
  }
  throw new CliError("NO_INPUT", `there is no ${NAME} in ${cwd} or above it`, {
    hint: "go into the project, or name the file with --registry",
  });
}

const place = (file: string): RegistryPlace => ({
  file,
  folder: path.dirname(file),
  root: path.dirname(path.dirname(file)),
});

/** One language's template: beside the registry, or in the checkout that `bb` is of. */
export function findTemplate({ folder }: RegistryPlace, language: "typescript" | "python"): string {
  const below = path.join("templates", "generic-consumer", language);
  const found = [
    path.join(folder, below),
    fileURLToPath(new URL(`../../../../services/templates/generic-consumer/${language}`, import.meta.url)),
  ].find((candidate) => existsSync(candidate));
  if (found === undefined)
    throw new CliError("NO_INPUT", `there is no template for ${language} at ${path.join(folder, below)}`);
  return found;
}
