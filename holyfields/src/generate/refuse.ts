import { HolyfieldsError } from "../errors.js";
import { inexpressible } from "../schema/inexpressible.js";
import { unportable } from "../schema/pattern.js";
import type { SchemaFile } from "../schema/schema-set.js";
import { patternsOf } from "../schema/walk.js";

const DRAFT = "https://json-schema.org/draft/2020-12/schema";

/** @throws HolyfieldsError at the first keyword that a target could only drop or get wrong. */
export function refuseInexpressible(file: SchemaFile): void {
  const { $schema } = file.schema;
  if ($schema !== undefined && $schema !== DRAFT)
    throw new HolyfieldsError(
      "KEYWORD_NOT_EXPRESSIBLE",
      `$schema ${JSON.stringify($schema)} is not the draft that is generated from.`,
      {
        file: file.file,
        pointer: "/$schema",
        hint: `Write the schema in 2020-12, with "$schema": "${DRAFT}".`,
      },
    );
  for (const { pointer, message, hint } of inexpressible(file.schema))
    throw new HolyfieldsError("KEYWORD_NOT_EXPRESSIBLE", message, { file: file.file, pointer, hint });
  for (const { pattern, pointer } of patternsOf(file.schema)) {
    const fault = unportable(pattern, true);
    if (fault !== undefined)
      throw new HolyfieldsError("KEYWORD_NOT_EXPRESSIBLE", fault.message, {
        file: file.file,
        pointer,
        hint: fault.hint,
      });
  }
}
