/** Schemas as an evaluator reads them: without annotations, every `$ref` absolute. */
import { isObject } from "../json/value.js";
import { ANNOTATIONS } from "./keywords.js";
import { splitRef } from "./schema-set.js";
import { children } from "./walk.js";

export type Embedded = boolean | Record<string, unknown>;

/** `pattern` rewrites regular expressions for the language that will read them. */
export function embed(
  schema: unknown,
  file: { readonly id: string },
  pattern: (source: string) => string = (source) => source,
): Embedded {
  if (!isObject(schema)) return schema as boolean;
  const out: Record<string, unknown> = {};
  const inner = new Map([...children(schema)].map((child) => [child.pointer, child.schema]));
  for (const keyword of Object.keys(schema)) {
    if (ANNOTATIONS.has(keyword) || keyword.startsWith("x-") || keyword === "$schema" || keyword === "$id")
      continue;
    const value = schema[keyword];
    if (keyword === "$ref") {
      const { id, pointer } = splitRef(file.id, value as string);
      out.$ref = `${id}#${pointer ?? ""}`;
    } else if (keyword === "pattern") out.pattern = pattern(value as string);
    else if (inner.has(`/${keyword}`)) out[keyword] = embed(value, file, pattern);
    else if (Array.isArray(value) && inner.has(`/${keyword}/0`))
      out[keyword] = value.map((one) => embed(one, file, pattern));
    else if (
      isObject(value) &&
      ["properties", "patternProperties", "dependentSchemas", "$defs"].includes(keyword)
    )
      out[keyword] = Object.fromEntries(
        Object.entries(value).map(([name, one]) => [
          keyword === "patternProperties" ? pattern(name) : name,
          embed(one, file, pattern),
        ]),
      );
    else out[keyword] = value;
  }
  return out;
}
