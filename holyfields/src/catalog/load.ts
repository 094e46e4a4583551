import type { Contract } from "../contract.js";
import { HolyfieldsError } from "../errors.js";
import { ownSchemasDir, readSchemaFiles, schemaNames } from "../schema/read-files.js";
import { type SchemaFile, SchemaSet } from "../schema/schema-set.js";
import { faults } from "../schema/soundness.js";
import { CheckedCatalog } from "./catalog.js";
import { contractOf, isShared } from "./contracts.js";
import { byVersion } from "./event-type.js";

export interface CatalogOptions {
  /** The folder of `<domain>/<entity>.<action>.v<N>.schema.json`; the package's own contracts by default. */
  readonly schemasDir?: string;
  /**
   * Also compile every contract and hold its examples against it: milliseconds a contract. Without it a contract
   * is compiled when its first event comes, and `bb schema lint` checks the examples.
   */
  readonly verify?: boolean;
}

/** The schema files of a folder, and of ours those that theirs may refer to and do not bring along. */
export const loadSchemaSet = (schemasDir: string = ownSchemasDir): SchemaSet =>
  setOf(readSchemaFiles(schemasDir), schemasDir);

/** The same for files that were read already. @throws HolyfieldsError where two have one `$id`. */
export function setOf(files: readonly SchemaFile[], schemasDir: string): SchemaSet {
  const present = new Map<string, SchemaFile>();
  for (const file of files) {
    const other = present.get(file.id);
    if (other !== undefined)
      throw new HolyfieldsError("SCHEMA_DUPLICATE", `${file.id} is the $id of ${other.file} as well.`, {
        file: file.file,
        pointer: "/$id",
        hint: "Give each file its own.",
      });
    present.set(file.id, file);
  }
  const ours = schemasDir === ownSchemasDir ? [] : readSchemaFiles(ownSchemasDir);
  return new SchemaSet([...files, ...ours.filter((file) => isShared(file) && !present.has(file.id))]);
}

/**
 * Loads the contracts of a folder and checks that each agrees with itself: name, folder, `$id`, consts, that
 * references lead somewhere, that patterns and formats are usable. Milliseconds for the package's own.
 *
 * @throws HolyfieldsError with a stable code, the file, the pointer and what to do.
 * @example
 * const catalog = loadCatalog();
 * const verdict = catalog.validate(event);
 * if (!verdict.valid) console.error(verdict.message);
 */
export function loadCatalog(options: CatalogOptions = {}): CheckedCatalog {
  const { schemasDir = ownSchemasDir, verify = false } = options;
  const set = loadSchemaSet(schemasDir);
  const contracts: Contract[] = [];
  for (const file of set.files) {
    for (const fault of faults(set, file))
      throw new HolyfieldsError(fault.code, fault.message, {
        file: file.file,
        pointer: fault.pointer,
        hint: fault.hint,
      });
    if (!isShared(file)) contracts.push(contractOf(file));
  }
  if (contracts.length === 0)
    throw new HolyfieldsError("SCHEMAS_NOT_FOUND", `${schemasDir} holds no contract.`, {
      hint: `It has ${schemaNames(schemasDir).length} schema files; contracts are named <domain>/<entity>.<action>.v<N>.schema.json.`,
    });
  contracts.sort((a, b) =>
    a.eventType === b.eventType ? byVersion(a.version, b.version) : a.eventType < b.eventType ? -1 : 1,
  );
  const catalog = new CheckedCatalog(set, contracts);
  if (verify) catalog.verify();
  return catalog;
}
