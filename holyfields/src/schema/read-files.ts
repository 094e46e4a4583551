import { Buffer, isUtf8 } from "node:buffer";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { HolyfieldsError } from "../errors.js";
import { nestsTooDeep } from "../json/decode.js";
import { findFlaw } from "../json/flaws.js";
import { isObject } from "../json/value.js";
import { withParts } from "./parts.js";
import type { SchemaFile } from "./schema-set.js";
import type { SchemaObject } from "./walk.js";

export const SUFFIX = ".schema.json";

/** The package's own contracts: beside `src/` and `dist/` alike. */
export const ownSchemasDir = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../schemas");

/** Names below the folder, with `/`, sorted; so that two machines read them in the same order. */
export function schemaNames(folder: string, suffix: string = SUFFIX): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new HolyfieldsError("SCHEMAS_NOT_FOUND", `There is no folder ${folder}.`, {
      hint: "Name a folder that holds <domain>/<entity>.<action>.v<N>.schema.json.",
    });
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join("/"))
    .sort();
}

/** @throws HolyfieldsError where bytes are no UTF-8, or begin with a byte order mark. */
function textOf(source: string | Uint8Array, file: string): string {
  if (typeof source === "string") return source;
  if (!isUtf8(source))
    throw new HolyfieldsError("SCHEMA_NOT_JSON", "The file is not UTF-8.", {
      file,
      hint: "Save it as UTF-8.",
    });
  const text = Buffer.from(source).toString("utf8");
  if (text.startsWith("\uFEFF"))
    throw new HolyfieldsError("SCHEMA_NOT_JSON", "The file begins with a byte order mark.", {
      file,
      hint: "Save it as UTF-8 without one.",
    });
  return text;
}

/**
 * One schema as a value.
 *
 * @throws HolyfieldsError for what is no UTF-8, no JSON object, has a member twice or nests without end.
 */
export function parseSchema(source: string | Uint8Array, file: string): SchemaObject {
  const text = textOf(source, file);
  if (nestsTooDeep(text, 256))
    throw new HolyfieldsError("SCHEMA_TOO_DEEP", "The schema nests deeper than 256 levels.", {
      file,
      hint: "Take parts out of it into $defs.",
    });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new HolyfieldsError(
      "SCHEMA_NOT_JSON",
      `The file is not JSON: ${(error as Error).message}.`,
      { file, hint: "Correct the file; an editor with JSON support shows the place." },
      { cause: error },
    );
  }
  if (!isObject(value))
    throw new HolyfieldsError("SCHEMA_NOT_JSON", "The file holds no JSON object.", {
      file,
      hint: "A contract is an object; `bb schema new <event type>` writes one.",
    });
  const flaw = findFlaw(text, value);
  if (flaw !== undefined)
    throw new HolyfieldsError("SCHEMA_NOT_JSON", flaw.message, {
      file,
      pointer: flaw.pointer,
      hint: "Correct the file.",
    });
  return value;
}

/** Reads all schema files below a folder, and those that they carry. A file without `$id` gets its file URL as one. */
export function readSchemaFiles(folder: string, suffix?: string): SchemaFile[] {
  return withParts(
    schemaNames(folder, suffix).map((name) => {
      const file = path.join(folder, name);
      return schemaFile(name, file, parseSchema(readFileSync(file), file));
    }),
  );
}

export function schemaFile(name: string, file: string, schema: SchemaObject): SchemaFile {
  const id = typeof schema.$id === "string" ? schema.$id : `https://schemas.invalid/${name}`;
  return { file, name, id, schema };
}
