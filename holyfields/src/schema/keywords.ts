/** The keywords of JSON Schema 2020-12 by what their values are, so that every walk over a schema agrees. */

/** The value is a schema. `inPlace`: it judges the same value as its parent does. */
export const SCHEMA_KEYWORDS: Readonly<Record<string, { readonly inPlace: boolean }>> = {
  items: { inPlace: false },
  contains: { inPlace: false },
  additionalProperties: { inPlace: false },
  propertyNames: { inPlace: false },
  unevaluatedItems: { inPlace: false },
  unevaluatedProperties: { inPlace: false },
  not: { inPlace: true },
  if: { inPlace: true },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema, not a promise
  then: { inPlace: true },
  else: { inPlace: true },
};

/** The value is a list of schemas. */
export const LIST_KEYWORDS: Readonly<Record<string, { readonly inPlace: boolean }>> = {
  allOf: { inPlace: true },
  anyOf: { inPlace: true },
  oneOf: { inPlace: true },
  prefixItems: { inPlace: false },
};

/** The value maps names to schemas. */
export const MAP_KEYWORDS: Readonly<Record<string, { readonly inPlace: boolean }>> = {
  properties: { inPlace: false },
  patternProperties: { inPlace: false },
  dependentSchemas: { inPlace: true },
  $defs: { inPlace: false },
};

/** Keywords that assert something about the value itself. */
const ASSERTIONS: ReadonlySet<string> = new Set([
  "type",
  "const",
  "enum",
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "format",
  "minItems",
  "maxItems",
  "uniqueItems",
  "minContains",
  "maxContains",
  "minProperties",
  "maxProperties",
  "required",
  "dependentRequired",
]);

export const ANNOTATIONS: ReadonlySet<string> = new Set([
  "title",
  "description",
  "default",
  "examples",
  "deprecated",
  "readOnly",
  "writeOnly",
  "$comment",
  "contentEncoding",
  "contentMediaType",
  "contentSchema",
]);

/** Identity and reference. `$dynamicRef` and `$anchor` are not admitted: see `bb schema lint`. */
const CORE: ReadonlySet<string> = new Set(["$schema", "$id", "$ref", "$defs"]);

export const isAdmitted = (keyword: string): boolean =>
  keyword.startsWith("x-") ||
  CORE.has(keyword) ||
  ASSERTIONS.has(keyword) ||
  ANNOTATIONS.has(keyword) ||
  Object.hasOwn(SCHEMA_KEYWORDS, keyword) ||
  Object.hasOwn(LIST_KEYWORDS, keyword) ||
  Object.hasOwn(MAP_KEYWORDS, keyword);
