/**
 * The `ajv` command of this workspace: checks a schema alone, or data against it, by JSON Schema 2020-12 with
 * Holyfields' formats. The public ajv-cli insists on data and reads draft-07.
 */
import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { HolyfieldsError } from "../errors.js";
import { decode } from "../json/decode.js";
import { parseSchema, readSchemaFiles, schemaFile } from "../schema/read-files.js";
import { type SchemaFile, SchemaSet } from "../schema/schema-set.js";
import { faults } from "../schema/soundness.js";
import { Compiler, metaViolations } from "../verdict/compiler.js";

export interface CommandResult {
  /** 0: all valid. 1: something is not. 2: wrong usage, or a file that can't be read. */
  readonly code: 0 | 1 | 2;
  readonly out: string;
  readonly err: string;
}

const USAGE = `Usage: ajv validate -s <schema> [-d <data>]… [-r <schema>]…
       ajv compile  -s <schema> [-r <schema>]…

Checks a schema by JSON Schema 2020-12, and each data file against it.

  -s <file>   the schema
  -d <file>   a JSON file to check; may be repeated
  -r <file>   a schema that it refers to; those of its schemas folder are found by themselves

Exit codes: 0 all valid, 1 something is not, 2 wrong usage.
`;

const usage = (sentence: string): CommandResult => ({
  code: 2,
  out: "",
  err: `error: ${sentence}\n${USAGE}`,
});

export function ajvCommand(argv: readonly string[]): CommandResult {
  const [command, ...rest] = argv;
  if (command === undefined || command === "help" || argv.includes("--help") || argv.includes("-h"))
    return command === undefined ? usage("no command") : { code: 0, out: USAGE, err: "" };
  if (command !== "validate" && command !== "compile") return usage(`there is no command ${command}`);
  let values: { s?: string; d?: string[]; r?: string[] };
  try {
    const text = { type: "string" } as const;
    values = parseArgs({
      args: [...rest],
      options: {
        s: { ...text, short: "s" },
        d: { ...text, short: "d", multiple: true },
        r: { ...text, short: "r", multiple: true },
      },
    }).values;
  } catch (error) {
    return usage((error as Error).message);
  }
  if (values.s === undefined) return usage("-s <schema> is missing");
  try {
    return check(values.s, values.d ?? [], values.r ?? []);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const read = code === "ENOENT" || code === "EISDIR" || code === "EACCES";
    if (!read && !(error instanceof HolyfieldsError)) throw error;
    return { code: read ? 2 : 1, out: "", err: `error: ${message}\n` };
  }
}

function check(schemaPath: string, dataPaths: readonly string[], refs: readonly string[]): CommandResult {
  const file = read(schemaPath);
  const set = new SchemaSet([file, ...neighbours(schemaPath, refs).filter(({ id }) => id !== file.id)]);
  const wrong = [
    ...metaViolations(file.schema).map(({ pointer, message }) => `${pointer}: ${message}`),
    ...[...faults(set, file)].map(({ pointer, message, hint }) => `${pointer}: ${message} ${hint}`),
  ];
  if (wrong.length > 0)
    return { code: 1, out: "", err: `${schemaPath} invalid\n${wrong.map((line) => `  ${line}\n`).join("")}` };
  const compiler = new Compiler(set);
  compiler.check(file.id, null);
  if (dataPaths.length === 0) return { code: 0, out: `${schemaPath} valid\n`, err: "" };
  let out = "";
  let err = "";
  for (const dataPath of dataPaths) {
    const decoded = decode(readFileSync(dataPath), { strict: true });
    const violations = "malformed" in decoded ? [decoded.malformed] : compiler.check(file.id, decoded.value);
    if (violations.length === 0) out += `${dataPath} valid\n`;
    else {
      err += `${dataPath} invalid\n`;
      for (const { pointer, message } of violations) err += `  ${pointer || "/"} ${message}\n`;
    }
  }
  return { code: err === "" ? 0 : 1, out, err };
}

function read(name: string): SchemaFile {
  return schemaFile(path.basename(name), name, parseSchema(readFileSync(name), name));
}

/** The schemas folder that a file stands in, and what was named besides. */
function neighbours(schemaPath: string, refs: readonly string[]): SchemaFile[] {
  const found = refs.map(read);
  let folder = path.dirname(path.resolve(schemaPath));
  while (path.basename(folder) !== "schemas" && path.dirname(folder) !== folder)
    folder = path.dirname(folder);
  if (path.basename(folder) !== "schemas" || !statSync(folder).isDirectory()) return found;
  const ids = new Set(found.map(({ id }) => id));
  return [...found, ...readSchemaFiles(folder).filter(({ id }) => !ids.has(id))];
}
