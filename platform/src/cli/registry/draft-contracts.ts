/** A draft for each event type that no contract describes yet. */
import { existsSync } from "node:fs";
import path from "node:path";
import type { RegistryPlace } from "./find-registry.js";

export interface DraftContract {
  readonly eventType: string;
  /** Relative to the project's root. */
  readonly file: string;
  readonly content: string;
}

/** Patterns ask for no contract of their own. */
export async function draftContracts(
  { root }: RegistryPlace,
  types: readonly string[],
  owner: string,
): Promise<readonly DraftContract[]> {
  const { loadCatalog } = await import("@33god/holyfields");
  const schemasDir = path.join(root, "holyfields", "schemas");
  const catalog = existsSync(schemasDir) ? loadCatalog({ schemasDir }) : loadCatalog();
  const unknown = [...new Set(types)].filter(
    (type) => !/[*#]/.test(type) && catalog.get(type) === undefined && existsSync(schemasDir),
  );
  if (unknown.length === 0) return [];
  const { scaffoldSchema } = (await import("@33god/holyfields/tools")) as unknown as {
    scaffoldSchema(options: { eventType: string; owner: string }): { path: string; text: string };
  };
  return unknown.map((eventType) => {
    const { path: file, text } = scaffoldSchema({ eventType, owner });
    return { eventType, file: path.join("holyfields", "schemas", file), content: text };
  });
}
