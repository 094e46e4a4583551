/** Schemas as generated code carries them: without annotations, every `$ref` absolute. */
import { isObject } from "../json/value.js";
import { ANNOTATIONS } from "../schema/keywords.js";
import { type SchemaFile, type SchemaSet, splitRef } from "../schema/schema-set.js";
import { children } from "../schema/walk.js";

type Embedded = boolean | Record<string, unknown>;

export function embed(schema: unknown, file: SchemaFile): Embedded {
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
    } else if (inner.has(`/${keyword}`)) out[keyword] = embed(value, file);
    else if (Array.isArray(value) && inner.has(`/${keyword}/0`))
      out[keyword] = value.map((one) => embed(one, file));
    else if (
      isObject(value) &&
      ["properties", "patternProperties", "dependentSchemas", "$defs"].includes(keyword)
    )
      out[keyword] = Object.fromEntries(Object.entries(value).map(([name, one]) => [name, embed(one, file)]));
    else out[keyword] = value;
  }
  return out;
}

/** The files that these embedded schemas refer to, directly or through one another. */
export function referredFiles(roots: readonly unknown[], set: SchemaSet): ReadonlyMap<string, Embedded> {
  const found = new Map<string, Embedded>();
  const visit = (value: unknown) => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isObject(value)) {
      for (const [name, inner] of Object.entries(value)) {
        if (name === "$ref" && typeof inner === "string") {
          const id = inner.slice(0, inner.indexOf("#"));
          const file = found.has(id) ? undefined : set.byId(id);
          if (file !== undefined) {
            const embedded = embed(file.schema, file);
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
