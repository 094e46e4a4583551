/**
 * Compound documents (JSON Schema 2020-12, 9.3): a file that carries the files it refers to, each whole under `$defs`
 * with its own `$id`. What `bundleContract` writes, `withParts` takes apart again.
 */
import { canonical, isObject } from "../json/value.js";
import type { SchemaFile } from "./schema-set.js";
import type { SchemaObject } from "./walk.js";

/** Embedded files keep the name that they have below the schemas' folder, where both `$id`s tell it. */
function nameOf(id: string, root: SchemaFile): string {
  const base = root.id.endsWith(root.name) ? root.id.slice(0, -root.name.length) : undefined;
  return base !== undefined && id.startsWith(base)
    ? id.slice(base.length)
    : `core/${id.split("/").at(-1) || "part.schema.json"}`;
}

/** The file without what it carries, and what it carries as files. A `$ref` leads to the same schemas as before. */
function partsOf(root: SchemaFile): readonly SchemaFile[] {
  const { $defs } = root.schema;
  if (!isObject($defs)) return [root];
  const embedded = Object.entries($defs).filter(
    (entry): entry is [string, SchemaObject & { readonly $id: string }] =>
      isObject(entry[1]) && typeof entry[1].$id === "string" && URL.canParse(entry[1].$id),
  );
  if (embedded.length === 0) return [root];
  const own = Object.fromEntries(
    Object.entries($defs).filter(([name]) => !embedded.some(([one]) => one === name)),
  );
  const { $defs: _, ...rest } = root.schema;
  return [
    { ...root, schema: Object.keys(own).length === 0 ? rest : { ...rest, $defs: own } },
    ...embedded.flatMap(([, schema]) =>
      partsOf({ file: root.file, name: nameOf(schema.$id, root), id: schema.$id, schema }),
    ),
  ];
}

/** Files and all that they carry; what several carry alike is there once. */
export function withParts(files: readonly SchemaFile[]): SchemaFile[] {
  const texts = new Map<string, string>();
  const all: SchemaFile[] = [];
  for (const [root, ...parts] of files.map(partsOf)) {
    all.push(root!);
    for (const part of parts) {
      const text = canonical(part.schema);
      if (texts.get(part.id) === text) continue;
      texts.set(part.id, text);
      all.push(part);
    }
  }
  return all;
}
