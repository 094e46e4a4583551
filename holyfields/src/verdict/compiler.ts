/**
 * ajv behind one door. Contracts are compiled when their first event comes, and ajv itself is loaded then:
 * a program that starts pays for neither.
 */
import { createRequire } from "node:module";
import type { Ajv2020, ErrorObject, ValidateFunction } from "ajv/dist/2020.js";
import type { Violation } from "../contract.js";
import { HolyfieldsError } from "../errors.js";
import { FORMATS, formatCheck } from "../formats/formats.js";
import { canonical, equal } from "../json/value.js";
import type { SchemaFile, SchemaSet } from "../schema/schema-set.js";
import { subschemas } from "../schema/walk.js";
import { addByEvaluator } from "./by-evaluator.js";
import { isMultiple } from "./evaluate.js";
import { violationsOf } from "./sentences.js";

const require = createRequire(import.meta.url);

/**
 * An ajv that gives our verdict: formats as Holyfields defines them, own properties only, and equality that an
 * event with a member named `valueOf` can't upset (ajv's own calls it).
 *
 * `unevaluatedProperties` and `unevaluatedItems` are judged by our evaluator. ajv 8.20's own account of what was
 * evaluated is wrong for `if` without `then`, for `contains`, for `items` in an alternative, and is code that does not
 * run for some `if` around `oneOf`.
 */
export function newAjv(): Ajv2020 {
  const { Ajv2020: Ajv } = require("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
  const ajv = new Ajv({
    allErrors: true,
    ownProperties: true,
    strict: false,
    // 1e400 is read as Infinity, which is no number of JSON, and would be written as null.
    strictNumbers: true,
    validateFormats: true,
    verbose: true,
    // Contracts are checked by lint, once, and not at every start.
    validateSchema: false,
    messages: false,
    logger: false,
    inlineRefs: false,
  });
  ajv.opts.unevaluated = false;
  addByEvaluator(ajv);
  for (const name of Object.keys(FORMATS)) ajv.addFormat(name, formatCheck(name)!);
  ajv.removeKeyword("const");
  ajv.addKeyword({
    keyword: "const",
    errors: false,
    compile: (value: unknown) =>
      typeof value === "object" && value !== null
        ? (data: unknown) => equal(data, value)
        : (data) => data === value,
  });
  ajv.removeKeyword("enum");
  ajv.addKeyword({
    keyword: "enum",
    schemaType: "array",
    errors: false,
    compile: (values: readonly unknown[]) => {
      const texts = new Set(values.map(canonical));
      const scalars = new Set(values.filter((value) => typeof value !== "object" || value === null));
      return scalars.size === values.length
        ? (data: unknown) => scalars.has(data)
        : (data: unknown) => texts.has(canonical(data));
    },
  });
  // ajv reads the quotient's text, which has an exponent from 1e21 on.
  ajv.removeKeyword("multipleOf");
  ajv.addKeyword({
    keyword: "multipleOf",
    type: "number",
    schemaType: "number",
    errors: false,
    compile: (factor: number) => (data: number) => isMultiple(data, factor),
  });
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    errors: false,
    compile: (wanted: boolean) => (items: readonly unknown[]) =>
      !wanted || new Set(items.map(canonical)).size === items.length,
  });
  return ajv;
}

let meta: ValidateFunction | undefined;

/** Every place where a schema is not valid JSON Schema 2020-12. */
export function metaViolations(schema: unknown): readonly Violation[] {
  if (meta === undefined) {
    const { Ajv2020: Ajv } = require("ajv/dist/2020.js") as typeof import("ajv/dist/2020.js");
    const ajv = new Ajv({ allErrors: true, strict: false, verbose: true, validateFormats: false });
    meta = ajv.getSchema("https://json-schema.org/draft/2020-12/schema") as ValidateFunction;
  }
  return meta(schema) ? [] : violationsOf((meta.errors ?? []) as ErrorObject[], schema);
}

export class Compiler {
  readonly #schemas: SchemaSet;
  readonly #compiled = new Map<string, ValidateFunction>();
  /** Made when the first event comes. */
  #ajv: Ajv2020 | undefined;
  readonly #added = new Set<string>();

  constructor(schemas: SchemaSet) {
    this.#schemas = schemas;
  }

  /** Every place where the value breaks the schema of that `$id`; empty where it keeps it. */
  check(id: string, value: unknown): readonly Violation[] {
    const validate = this.#compiled.get(id) ?? this.#compile(id);
    if (validate(value)) return [];
    return violationsOf((validate.errors ?? []) as ErrorObject[], value);
  }

  /** A file and what it refers to, and no more: of a thousand contracts most are never asked for. */
  #closure(file: SchemaFile, found = new Set<SchemaFile>()): ReadonlySet<SchemaFile> {
    if (found.has(file)) return found;
    found.add(file);
    for (const { schema } of subschemas(file.schema)) {
      const target = typeof schema.$ref === "string" ? this.#schemas.resolve(file, schema.$ref) : undefined;
      if (target !== undefined) this.#closure(target.file, found);
    }
    return found;
  }

  #ajvFor(files: ReadonlySet<SchemaFile>): Ajv2020 {
    this.#ajv ??= newAjv();
    for (const { id, schema } of files) {
      if (this.#added.has(id)) continue;
      this.#added.add(id);
      this.#ajv.addSchema(schema, id);
    }
    return this.#ajv;
  }

  #compile(id: string): ValidateFunction {
    const file = this.#schemas.byId(id);
    try {
      const validate = file === undefined ? undefined : this.#ajvFor(this.#closure(file)).getSchema(id);
      if (validate === undefined) throw new Error(`there is no schema ${id}`);
      this.#compiled.set(id, validate as ValidateFunction);
      return validate as ValidateFunction;
    } catch (error) {
      throw new HolyfieldsError(
        "SCHEMA_INVALID",
        `The schema can't be compiled: ${(error as Error).message}.`,
        { file: file?.file, hint: "`bb schema lint` says where." },
        { cause: error },
      );
    }
  }
}
