import { HolyfieldsError } from "../errors.js";
import { isObject } from "../json/value.js";
import { ANNOTATIONS } from "../schema/keywords.js";
import type { Located, SchemaFile, SchemaSet } from "../schema/schema-set.js";
import type { SchemaObject } from "../schema/walk.js";
import { intersect } from "./intersect.js";
import { ANY, type Doc, NEVER, type Node, type Property, type Scalar } from "./node.js";

const keyOf = (at: Located): string => `${at.file.id}#${at.pointer}`;

/** A schema that gets a name of its own: a file's root, or what a `$ref` leads to. */
export interface Definition {
  readonly key: string;
  readonly at: Located;
  readonly node: Node;
  readonly doc: Doc;
}

const KINDS = ["null", "boolean", "number", "string", "array", "object"] as const;
type Kind = (typeof KINDS)[number];

/** Which kinds of value each keyword speaks about; one that is not here speaks about all. */
const OF_KIND: Readonly<Record<string, Kind>> = {
  minLength: "string",
  maxLength: "string",
  pattern: "string",
  format: "string",
  minimum: "number",
  maximum: "number",
  exclusiveMinimum: "number",
  exclusiveMaximum: "number",
  multipleOf: "number",
  items: "array",
  minItems: "array",
  maxItems: "array",
  uniqueItems: "array",
  properties: "object",
  required: "object",
  additionalProperties: "object",
  minProperties: "object",
  maxProperties: "object",
};

/** Keywords that nodes hold. Everything else makes a node `checked`. */
const EXPRESSED = new Set([...Object.keys(OF_KIND), "type", "const", "enum", "$ref", "allOf", "anyOf"]);
const SILENT = new Set(["$schema", "$id", "$defs", "$comment"]);

/** Names that every object has already in JavaScript: reading them off a value finds the wrong thing. */
const isPrototypeName = (name: string): boolean => name in {} || name === "__proto__";

const docOf = (schema: unknown): Doc =>
  isObject(schema)
    ? {
        title: typeof schema.title === "string" ? schema.title : undefined,
        description: typeof schema.description === "string" ? schema.description : undefined,
        deprecated: schema.deprecated === true || undefined,
      }
    : {};

/** Reads schema files into definitions. */
export class ModelBuilder {
  readonly #schemas: SchemaSet;
  readonly #definitions = new Map<string, Definition>();
  readonly #open = new Set<string>();

  constructor(schemas: SchemaSet) {
    this.#schemas = schemas;
  }

  get definitions(): readonly Definition[] {
    return [...this.#definitions.values()];
  }

  get(key: string): Definition | undefined {
    return this.#definitions.get(key);
  }

  /** Adds a file's root, and every schema that it refers to. */
  addFile(file: SchemaFile): Definition {
    return this.#define({ file, pointer: "", schema: file.schema });
  }

  #define(at: Located): Definition {
    const key = keyOf(at);
    const known = this.#definitions.get(key);
    if (known !== undefined) return known;
    this.#open.add(key);
    const definition = { key, at, node: this.#build(at), doc: docOf(at.schema) };
    this.#open.delete(key);
    this.#definitions.set(key, definition);
    return definition;
  }

  #at(parent: Located, pointer: string, schema: unknown): Located {
    return { file: parent.file, pointer: parent.pointer + pointer, schema: schema as boolean };
  }

  #build(at: Located): Node {
    const { schema } = at;
    if (schema === true) return ANY;
    if (schema === false) return NEVER;
    const keywords = Object.keys(schema).filter((name) => !SILENT.has(name) && !name.startsWith("x-"));
    const asserted = keywords.filter((name) => !ANNOTATIONS.has(name));
    let node = this.#own(at, schema, asserted);
    let exact = node !== undefined && asserted.every((name) => EXPRESSED.has(name));
    node ??= ANY;
    const join = (other: Node) => {
      const both = intersect(node!, other, (key) => this.#resolved(key));
      if (both === undefined) exact = false;
      else node = both;
    };
    if (typeof schema.$ref === "string") join(this.#ref(at, schema.$ref));
    if (Array.isArray(schema.allOf))
      for (const [index, part] of schema.allOf.entries())
        join(this.#build(this.#at(at, `/allOf/${index}`, part)));
    for (const keyword of ["anyOf", "oneOf"] as const) {
      const options = schema[keyword];
      if (Array.isArray(options) && (keyword === "anyOf" || node.kind === "any"))
        join({
          kind: "union",
          options: options.map((option, index) => this.#build(this.#at(at, `/${keyword}/${index}`, option))),
        });
    }
    return exact ? node : { kind: "checked", shape: node.kind === "checked" ? node.shape : node, at };
  }

  /** What the keywords of this very schema say, apart from references and combinations; undefined: too loose to shape. */
  #own(at: Located, schema: SchemaObject, asserted: readonly string[]): Node | undefined {
    if ("const" in schema) return this.#literals(schema, [schema.const]);
    if (Array.isArray(schema.enum)) return this.#literals(schema, schema.enum);
    const { type } = schema;
    if (type === undefined) {
      // Without a type, `minLength` lets every number pass: no type of a language says that.
      return asserted.some((name) => Object.hasOwn(OF_KIND, name)) ? undefined : ANY;
    }
    const types = (Array.isArray(type) ? type : [type]) as string[];
    const kinds = types.includes("number") ? types.filter((name) => name !== "integer") : types;
    const options: Node[] = [];
    for (const kind of kinds) {
      const node = this.#ofKind(kind, at, schema);
      if (node === undefined) return undefined;
      options.push(node);
    }
    return options.length === 1 ? options[0] : { kind: "union", options };
  }

  /** Literals, where all are scalars and the other keywords can be decided now. */
  #literals(schema: SchemaObject, values: readonly unknown[]): Node | undefined {
    if (!values.every((value) => typeof value !== "object" || value === null)) return undefined;
    const beside = Object.keys(schema).some((name) => Object.hasOwn(OF_KIND, name));
    if (beside || ("const" in schema && "enum" in schema)) return undefined;
    const { type } = schema;
    const types = type === undefined ? undefined : ((Array.isArray(type) ? type : [type]) as string[]);
    const fits = (value: unknown) =>
      types === undefined ||
      types.includes(value === null ? "null" : typeof value) ||
      (types.includes("integer") && Number.isInteger(value));
    const fitting = values.filter(fits) as Scalar[];
    return fitting.length === 0 ? NEVER : { kind: "literal", values: fitting };
  }

  #ofKind(kind: string, at: Located, schema: SchemaObject): Node | undefined {
    const n = (name: string) => schema[name] as number | undefined;
    switch (kind) {
      case "null":
      case "boolean":
        return { kind };
      case "string":
        return {
          kind,
          minLength: n("minLength"),
          maxLength: n("maxLength"),
          pattern: schema.pattern as string | undefined,
          format: schema.format as string | undefined,
        };
      case "number":
      case "integer":
        return {
          kind: "number",
          integer: kind === "integer",
          minimum: n("minimum"),
          maximum: n("maximum"),
          exclusiveMinimum: n("exclusiveMinimum"),
          exclusiveMaximum: n("exclusiveMaximum"),
          multipleOf: n("multipleOf"),
        };
      case "array":
        // With prefixItems, `items` speaks of the rest only.
        return {
          kind,
          items:
            schema.items === undefined || schema.prefixItems !== undefined
              ? ANY
              : this.#build(this.#at(at, "/items", schema.items)),
          minItems: n("minItems"),
          maxItems: n("maxItems"),
          uniqueItems: schema.uniqueItems === true,
        };
      case "object":
        return this.#object(at, schema);
      default:
        return undefined;
    }
  }

  #object(at: Located, schema: SchemaObject): Node | undefined {
    const described = isObject(schema.properties) ? schema.properties : {};
    const required = new Set(Array.isArray(schema.required) ? (schema.required as string[]) : []);
    const names = [...new Set([...Object.keys(described), ...required])];
    // The evaluator looks at own members only; what languages do with these names is their own.
    if (names.some(isPrototypeName)) return undefined;
    const patterned = schema.patternProperties !== undefined;
    const properties = names.map((name): Property => {
      const of = Object.hasOwn(described, name) ? described[name] : true;
      const pointer = `/properties/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`;
      // A required member that is not described falls under additionalProperties.
      const undescribed =
        !Object.hasOwn(described, name) && schema.additionalProperties !== undefined && !patterned;
      return {
        name,
        required: required.has(name),
        node: undescribed
          ? this.#build(this.#at(at, "/additionalProperties", schema.additionalProperties))
          : this.#build(this.#at(at, pointer, of)),
        doc: docOf(of),
        fallback: isObject(of) && "default" in of ? { value: of.default } : undefined,
      };
    });
    const { additionalProperties = true } = schema;
    return {
      kind: "object",
      properties,
      additional: patterned ? ANY : this.#build(this.#at(at, "/additionalProperties", additionalProperties)),
      minProperties: schema.minProperties as number | undefined,
      maxProperties: schema.maxProperties as number | undefined,
      doc: docOf(schema),
    };
  }

  #ref(at: Located, ref: string): Node {
    const target = this.#schemas.resolve(at.file, ref);
    if (target === undefined)
      throw new HolyfieldsError("SCHEMA_REF_UNRESOLVED", `$ref ${JSON.stringify(ref)} leads to nothing.`, {
        file: at.file.file,
        pointer: `${at.pointer}/$ref`,
        hint: "Name a file below the schemas' folder, or a JSON Pointer in this file.",
      });
    if (!this.#open.has(keyOf(target))) this.#define(target);
    return { kind: "ref", key: keyOf(target) };
  }

  /** What a reference stands for, unless it is still being built: it then refers to itself. */
  #resolved(key: string): Node | undefined {
    return this.#definitions.get(key)?.node;
  }
}
