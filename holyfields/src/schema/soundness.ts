/**
 * What makes a schema unusable whatever it says: references that lead nowhere or in a circle, patterns that are
 * none or that never end, formats that nobody checks. Found without compiling anything, so that a catalog of a
 * thousand contracts loads at once.
 */
import type { HolyfieldsErrorCode } from "../errors.js";
import { FORMATS } from "../formats/formats.js";
import { isObject } from "../json/value.js";
import { patternFault } from "./pattern.js";
import type { Located, SchemaFile, SchemaSet } from "./schema-set.js";
import { children, ownPatterns, subschemas } from "./walk.js";

export interface Fault {
  readonly code: HolyfieldsErrorCode;
  readonly pointer: string;
  readonly message: string;
  readonly hint: string;
}

/** Everything unsound in one file. */
export function* faults(set: SchemaSet, file: SchemaFile): Generator<Fault> {
  for (const { schema, pointer } of subschemas(file.schema)) {
    const { $ref, format } = schema;
    if (typeof $ref === "string" && set.resolve(file, $ref) === undefined)
      yield {
        code: "SCHEMA_REF_UNRESOLVED",
        pointer: `${pointer}/$ref`,
        message: `$ref ${JSON.stringify($ref)} leads to nothing.`,
        hint: "Name a file below the schemas' folder, relative to this file's $id, or a JSON Pointer in this file.",
      };
    if (typeof format === "string" && !Object.hasOwn(FORMATS, format))
      yield {
        code: "SCHEMA_FORMAT_UNKNOWN",
        pointer: `${pointer}/format`,
        message: `The format ${JSON.stringify(format)} is not one that every engine asserts.`,
        hint: `Use one of ${Object.keys(FORMATS).join(", ")}, or a pattern.`,
      };
    for (const { pattern, pointer: at } of ownPatterns({ schema, pointer })) {
      const fault = patternFault(pattern);
      if (fault !== undefined)
        yield { code: "SCHEMA_PATTERN_INVALID", pointer: at, message: fault.message, hint: fault.hint };
    }
  }
  const circle = findCircle(set, file);
  if (circle !== undefined)
    yield {
      code: "SCHEMA_REF_CYCLIC",
      pointer: circle,
      message:
        "The schema refers back to itself without stepping into the event, so that no check of it would end.",
      hint: "Put the reference below properties or items, or take it out.",
    };
}

/** The pointer, in this file, of a reference that leads back to itself in place. */
function findCircle(set: SchemaSet, file: SchemaFile): string | undefined {
  const done = new Set<unknown>();
  const visit = (at: Located, open: Set<unknown>): boolean => {
    if (!isObject(at.schema) || done.has(at.schema)) return false;
    if (open.has(at.schema)) return true;
    open.add(at.schema);
    const next: Located[] = [];
    if (typeof at.schema.$ref === "string") {
      const target = set.resolve(at.file, at.schema.$ref);
      if (target !== undefined) next.push(target);
    }
    for (const child of children(at.schema))
      if (child.inPlace)
        next.push({ file: at.file, pointer: at.pointer + child.pointer, schema: child.schema as boolean });
    const found = next.some((target) => visit(target, open));
    open.delete(at.schema);
    done.add(at.schema);
    return found;
  };
  for (const { schema, pointer } of subschemas(file.schema))
    if (visit({ file, pointer, schema }, new Set())) return pointer;
  return undefined;
}
