import { HolyfieldsError } from "../errors.js";
import { inexpressible } from "../schema/inexpressible.js";
import type { SchemaFile } from "../schema/schema-set.js";

/** @throws HolyfieldsError at the first keyword that a target could only drop or get wrong. */
export function refuseInexpressible(file: SchemaFile): void {
  for (const { pointer, message, hint } of inexpressible(file.schema))
    throw new HolyfieldsError("KEYWORD_NOT_EXPRESSIBLE", message, { file: file.file, pointer, hint });
}
