import { readFileSync } from "node:fs";
import path from "node:path";
import type { GeneratedFile } from "@33god/holyfields/tools";

/** Those that are not there, or say something else. */
export function staleFiles(files: readonly GeneratedFile[], folder: string): readonly string[] {
  return files
    .filter(({ path: file, text }) => textOf(path.join(folder, file)) !== text)
    .map((file) => file.path);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
