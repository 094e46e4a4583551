/** Schemas as generated code carries them: without annotations, every `$ref` absolute. */
import { isObject } from "../json/value.js";
import { ANNOTATIONS } from "../schema/keywords.js";
import { type SchemaFile, type SchemaSet, splitRef } from "../schema/schema-set.js";
import { children } from "../schema/walk.js";

type Embedded = boolean | Record<string, unknown>;

/** `pattern` rewrites regular expressions for the language that will read them. */
export function embed(
  schema: unknown,
  file: SchemaFile,
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

/** The files that these embedded schemas refer to, directly or through one another. */
export function referredFiles(
  roots: readonly unknown[],
  set: SchemaSet,
  pattern?: (source: string) => string,
): ReadonlyMap<string, Embedded> {
  const found = new Map<string, Embedded>();
  const visit = (value: unknown) => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isObject(value)) {
      for (const [name, inner] of Object.entries(value)) {
        if (name === "$ref" && typeof inner === "string") {
          const id = inner.slice(0, inner.indexOf("#"));
          const file = found.has(id) ? undefined : set.byId(id);
          if (file !== undefined) {
            const embedded = embed(file.schema, file, pattern);
            found.set(id, embedded);
            visit(embedded);
          }
        } else visit(inner);
      }
    }
  };
  roots.forEach(visit);
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
