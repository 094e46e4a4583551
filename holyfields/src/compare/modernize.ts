/**
 * Schemas of older drafts as 2020-12 says the same: `items` as a list, `additionalItems`, `dependencies`,
 * `exclusiveMinimum: true`. Schemas from elsewhere come in draft-07; what is here already passes unchanged.
 */
import { isObject } from "../json/value.js";
import { children, type SchemaObject } from "../schema/walk.js";

export function modernized(schema: SchemaObject): SchemaObject {
  const old = typeof schema.$schema === "string" && !schema.$schema.includes("2020-12");
  const copy = structuredClone(schema) as Record<string, unknown>;
  if (old) delete copy.$schema;
  visit(copy, old);
  return copy;
}

function visit(schema: Record<string, unknown>, old: boolean): void {
  if (Array.isArray(schema.items)) {
    schema.prefixItems = schema.items;
    if ("additionalItems" in schema) schema.items = schema.additionalItems;
    else delete schema.items;
  }
  delete schema.additionalItems;
  if (isObject(schema.dependencies)) {
    const entries = Object.entries(schema.dependencies);
    const required = entries.filter(([, value]) => Array.isArray(value));
    const schemas = entries.filter(([, value]) => !Array.isArray(value));
    if (required.length > 0) schema.dependentRequired = Object.fromEntries(required);
    if (schemas.length > 0) schema.dependentSchemas = Object.fromEntries(schemas);
    delete schema.dependencies;
  }
  for (const [flag, bound] of [
    ["exclusiveMinimum", "minimum"],
    ["exclusiveMaximum", "maximum"],
  ] as const) {
    if (typeof schema[flag] !== "boolean") continue;
    if (schema[flag] === true) {
      schema[flag] = schema[bound];
      delete schema[bound];
    } else delete schema[flag];
  }
  // Before 2019-09 nothing beside a $ref counted.
  if (old && typeof schema.$ref === "string")
    for (const keyword of Object.keys(schema))
      if (!["$ref", "$id", "definitions", "$defs"].includes(keyword)) delete schema[keyword];
  for (const child of children(schema)) if (isObject(child.schema)) visit(child.schema, old);
  if (isObject(schema.definitions))
    for (const one of Object.values(schema.definitions)) if (isObject(one)) visit(one, old);
}
