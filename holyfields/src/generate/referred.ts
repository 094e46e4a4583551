import { isObject } from "../json/value.js";
import { type Embedded, embed } from "../schema/embed.js";
import type { SchemaSet } from "../schema/schema-set.js";

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
