import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../templates");

/** A file that is copied into what is generated. */
export const template = (name: string): string => readFileSync(path.join(folder, name), "utf8");
