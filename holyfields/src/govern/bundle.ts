/** A contract as one document that refers to nothing outside. */
import type { Contract } from "../contract.js";
import { isObject } from "../json/value.js";
import { withParts } from "../schema/parts.js";
import { type SchemaFile, SchemaSet, splitRef } from "../schema/schema-set.js";
import { type SchemaObject, subschemas, withChildren } from "../schema/walk.js";

/**
 * The schema with every file that it refers to under `$defs`, by a name made of its path, and every `$ref` pointing
 * there. The verdict is the same; `$id`s of the parts are dropped: for hashes, for comparing, and for tools that know no
 * `$id` inside a file.
 */
export function bundleSchema(set: SchemaSet, file: SchemaFile): Record<string, unknown> {
  const parts = new Map<string, { readonly name: string; schema?: unknown }>();
  const names = new Set(isObject(file.schema.$defs) ? Object.keys(file.schema.$defs) : []);
  const rewrite = (schema: SchemaObject, from: SchemaFile): Record<string, unknown> => {
    const rewritten = withChildren(schema, (inner) => rewrite(inner, from));
    return typeof schema.$ref === "string" ? { ...rewritten, $ref: target(schema.$ref, from) } : rewritten;
  };
  const target = (ref: string, from: SchemaFile): string => {
    const { id, pointer = "" } = splitRef(from.id, ref);
    const other = set.byId(id);
    if (id === file.id || other === undefined) return `#${pointer}`;
    let part = parts.get(id);
    if (part === undefined) {
      let name = other.name.replace(/\.schema\.json$/, "").replaceAll(/[^A-Za-z0-9]/g, "_");
      while (names.has(name)) name += "_";
      names.add(name);
      part = { name };
      parts.set(id, part);
      const { $id: _, $schema: __, ...schema } = rewrite(other.schema, other);
      part.schema = schema;
    }
    return `#/$defs/${part.name}${pointer}`;
  };
  const root = rewrite(file.schema, file);
  if (parts.size === 0) return root;
  const own = isObject(root.$defs) ? root.$defs : {};
  return {
    ...root,
    $defs: { ...own, ...Object.fromEntries([...parts.values()].map(({ name, schema }) => [name, schema])) },
  };
}

/**
 * A schema that came from elsewhere, as `bundleSchema` gives one of the set's: a contract as it stands in its file, a
 * compound document, or one that is bundled already. What it carries counts; what it only refers to is the set's.
 */
export function bundleForeign(set: SchemaSet, schema: unknown): unknown {
  if (!isObject(schema) || typeof schema.$id !== "string") return schema;
  const id = schema.$id;
  const name = set.byId(id)?.name ?? id;
  const [root, ...parts] = withParts([{ file: name, name, id, schema }]) as [SchemaFile, ...SchemaFile[]];
  const carried = new Set([root, ...parts].map((file) => file.id));
  const others = set.files.filter((file) => !carried.has(file.id));
  return bundleSchema(new SchemaSet([...others, ...parts, root]), root);
}

/**
 * A contract as a compound document of 2020-12: as it stands in its file, and under `$defs`, by their `$id`, the whole
 * files that it refers to, directly or through one another. Every `$ref` is as it was, and leads to the same schema.
 * The verdict is the same in every tool that keeps the specification; Holyfields reads it where it reads files.
 *
 * @example
 * const catalog = loadCatalog();
 * const document = bundleContract(catalog, catalog.get("artifact.created")!);
 */
export function bundleContract(
  catalog: { readonly schemas: SchemaSet },
  contract: Contract,
): Record<string, unknown> {
  const root = catalog.schemas.byId(contract.id);
  const found = new Map<string, SchemaFile>();
  const visit = (file: SchemaFile) => {
    for (const { schema } of subschemas(file.schema)) {
      const target =
        typeof schema.$ref === "string" ? catalog.schemas.resolve(file, schema.$ref)?.file : undefined;
      if (target === undefined || target.id === contract.id || found.has(target.id)) continue;
      found.set(target.id, target);
      visit(target);
    }
  };
  if (root !== undefined) visit(root);
  if (found.size === 0) return { ...contract.schema };
  const own = isObject(contract.schema.$defs) ? contract.schema.$defs : {};
  const carried = Object.fromEntries([...found.values()].map(({ id, schema }) => [id, schema]));
  return { ...contract.schema, $defs: { ...own, ...carried } };
}
