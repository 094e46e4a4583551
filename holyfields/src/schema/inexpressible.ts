/**
 * What the engines do not judge alike, whatever is generated: keywords that some of them do not know, and
 * combinations that some of them get wrong. Lint refuses it, and so do the generators.
 */
import { isObject } from "../json/value.js";
import { isAdmitted } from "./keywords.js";
import { subschemas } from "./walk.js";

export interface Inexpressible {
  readonly pointer: string;
  readonly message: string;
  readonly hint: string;
}

const HINTS: Readonly<Record<string, string>> = {
  $dynamicRef: "Write $ref with a JSON Pointer, and name what it leads to under $defs.",
  $dynamicAnchor: "Name the schema under $defs and refer to it by a JSON Pointer.",
  $anchor: "Name the schema under $defs and refer to it by a JSON Pointer.",
  $vocabulary: "Take it out: contracts use the vocabularies of 2020-12.",
  definitions: "Write $defs, as 2020-12 does.",
  dependencies: "Write dependentRequired or dependentSchemas, as 2020-12 does.",
  additionalItems: "Write prefixItems and items, as 2020-12 does.",
};

export function* inexpressible(root: unknown): Generator<Inexpressible> {
  for (const { schema, pointer } of subschemas(root)) {
    for (const keyword of Object.keys(schema))
      if (!isAdmitted(keyword))
        yield {
          pointer: `${pointer}/${keyword.replaceAll("~", "~0").replaceAll("/", "~1")}`,
          message: `The keyword ${JSON.stringify(keyword)} has no form that every engine judges alike.`,
          hint:
            HINTS[keyword] ??
            "Use the keywords of JSON Schema 2020-12, or the prefix x- for notes of your own.",
        };
    if (pointer !== "" && "$id" in schema)
      yield {
        pointer: `${pointer}/$id`,
        message: "$id inside a file changes what every $ref below it is relative to.",
        hint: "Leave $id to the file's root; refer to this schema by a JSON Pointer, or give it a file of its own.",
      };
    // ajv passes over it.
    for (const keyword of ["properties", "dependentSchemas", "dependentRequired"])
      if (isObject(schema[keyword]) && Object.hasOwn(schema[keyword], "__proto__"))
        yield {
          pointer: `${pointer}/${keyword}/__proto__`,
          message: "A member named __proto__ is not judged alike by the engines.",
          hint: "Choose another name.",
        };
    if (Array.isArray(schema.items))
      yield {
        pointer: `${pointer}/items`,
        message: "items is a list, which only older drafts know.",
        hint: "Write prefixItems.",
      };
    const { multipleOf } = schema;
    if (typeof multipleOf === "number" && !Number.isInteger(multipleOf))
      yield {
        pointer: `${pointer}/multipleOf`,
        message: `multipleOf ${multipleOf} is no integer: engines round the quotient differently.`,
        hint: "Count in the smaller unit: cents instead of euros.",
      };
  }
}
