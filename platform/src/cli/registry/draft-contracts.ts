/** A draft for each event type that no contract describes yet. */
import { existsSync } from "node:fs";
import path from "node:path";
import { inWords } from "../contracts/contract-files.js";
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
  const schemasDir = path.join(root, "holyfields", "schemas");
  if (!existsSync(schemasDir)) return [];
  const { loadCatalog } = await import("@33god/holyfields");
  const catalog = inWords(() => loadCatalog({ schemasDir }));
  const unknown = [...new Set(types)].filter((type) => !/[*#]/.test(type) && catalog.get(type) === undefined);
  if (unknown.length === 0) return [];
  const { scaffoldSchema } = await import("@33god/holyfields/tools");
  return unknown.map((eventType) => {
    const { file, text } = inWords(() => scaffoldSchema({ eventType, owner, schemasDir }));
    return { eventType, file: path.relative(root, file), content: text };
  });
}
