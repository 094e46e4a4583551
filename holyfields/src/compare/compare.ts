import type { Ajv2020, ValidateFunction } from "ajv/dist/2020.js";
import { ERROR_CODES, HolyfieldsError } from "../errors.js";
import { isObject } from "../json/value.js";
import { withParts } from "../schema/parts.js";
import { schemaFile } from "../schema/read-files.js";
import { type SchemaFile, SchemaSet } from "../schema/schema-set.js";
import { faults } from "../schema/soundness.js";
import type { SchemaObject } from "../schema/walk.js";
import type {
  Comparison,
  CompatibilityFinding,
  CompatibilityMode,
  CompatibilityPolicy,
  Direction,
} from "../tools/contract.js";
import { metaViolations, newAjv } from "../verdict/compiler.js";
import { adviceOf } from "./advice.js";
import { Inclusion } from "./inclusion.js";
import { Instances } from "./instances.js";
import { modernized } from "./modernize.js";
import { type All, NormalForms } from "./normal-form.js";
import type { Obstacle, Side } from "./obstacle.js";

export interface CompareOptions {
  /** Default: `BACKWARD`. The transitive modes are those of pairs here; `checkSchemas` goes through history. */
  readonly mode?: CompatibilityMode;
  /** Default: `strict`. */
  readonly policy?: CompatibilityPolicy;
  /** Files that the schemas refer to, such as the envelope; each side may have its own. */
  readonly context?: { readonly older?: readonly SchemaFile[]; readonly newer?: readonly SchemaFile[] };
}

const DIRECTIONS: Readonly<Record<CompatibilityMode, readonly Direction[]>> = {
  NONE: [],
  BACKWARD: ["backward"],
  BACKWARD_TRANSITIVE: ["backward"],
  FORWARD: ["forward"],
  FORWARD_TRANSITIVE: ["forward"],
  FULL: ["backward", "forward"],
  FULL_TRANSITIVE: ["backward", "forward"],
};

export const MODES = Object.keys(DIRECTIONS) as readonly CompatibilityMode[];

/** One schema, ready to be asked: what it accepts, what it looks like, values of it. */
class Subject implements Side {
  readonly root: All;
  readonly forms: NormalForms;
  readonly instances: Instances;
  readonly #ajv: Ajv2020;
  readonly #compiled = new Map<string, ValidateFunction>();

  constructor(schemas: SchemaSet, file: SchemaFile) {
    this.#ajv = newAjv();
    for (const one of schemas.files) this.#ajv.addSchema(one.schema, one.id);
    this.root = [{ file, pointer: "", schema: file.schema }];
    this.forms = new NormalForms(schemas);
    this.instances = new Instances(this.forms, this.accepts);
  }

  readonly accepts = (all: All, value: unknown): boolean =>
    all.every(({ file, pointer, schema }) => {
      const ref = `${file.id}#${encodeURI(pointer)}`;
      let validate = this.#compiled.get(ref);
      if (validate === undefined) {
        validate = this.#ajv.compile(pointer.startsWith("!") ? (schema as SchemaObject) : { $ref: ref });
        this.#compiled.set(ref, validate);
      }
      return validate(value) as boolean;
    });
}

const MOST_PROPOSALS = 400;

function findingOf(
  { rule, pointer, message, proposals }: Obstacle,
  direction: Direction,
  wide: Subject,
  narrow: Subject,
): CompatibilityFinding {
  let tried = 0;
  const who = direction === "backward" ? "the new schema" : "the old schema";
  const told = (taken: string) => `${message}; ${taken}`;
  const base = { rule, direction, pointer, advice: adviceOf(rule, direction) };
  try {
    for (const proposal of proposals()) {
      tried += 1;
      if (tried > MOST_PROPOSALS) break;
      if (wide.accepts(wide.root, proposal) && !narrow.accepts(narrow.root, proposal))
        return {
          ...base,
          message: told(`${who} does not take that`),
          verdict: "incompatible",
          witness: proposal,
        };
    }
  } catch {
    // A proposal that can't be made or judged shows nothing.
  }
  return { ...base, message: told(`whether ${who} takes that is not known`), verdict: "undecided" };
}

/**
 * Compares two schemas, event contracts or not. Incompatible findings carry a witness: a value that the one accepts
 * and the other refuses, checked with ajv. What is neither proven nor refuted makes `compatible` null.
 *
 * @throws HolyfieldsError where a schema is none, refers to nothing or in a circle, or nests without end.
 *
 * @example
 * const { compatible, findings } = compareSchemas(before, after, { mode: "FULL" });
 */
export function compareSchemas(older: unknown, newer: unknown, options: CompareOptions = {}): Comparison {
  const { mode = "BACKWARD", policy = "strict", context = {} } = options;
  const before = subjectOf(older, "older", context.older ?? []);
  const after = subjectOf(newer, "newer", context.newer ?? context.older ?? []);
  const findings = DIRECTIONS[mode].flatMap((direction) => {
    const [wide, narrow] = direction === "backward" ? [before, after] : [after, before];
    return new Inclusion(wide, narrow, policy)
      .obstacles(wide.root, narrow.root)
      .map((obstacle) => findingOf(obstacle, direction, wide, narrow));
  });
  const refuted = findings.some(({ verdict }) => verdict === "incompatible");
  return { compatible: refuted ? false : findings.length > 0 ? null : true, mode, policy, findings };
}

function subjectOf(schema: unknown, name: string, context: readonly SchemaFile[]): Subject {
  const object: SchemaObject = isObject(schema) ? schema : schema === false ? { not: {} } : {};
  const place = { file: `the ${name} schema` };
  try {
    const [file, ...carried] = withParts([schemaFile(`${name}.json`, place.file, modernized(object))]) as [
      SchemaFile,
    ];
    const others = [...carried, ...context].filter(({ id }) => id !== file.id);
    const set = new SchemaSet([file, ...others]);
    // A format that nobody checks makes a comparison undecided, not impossible.
    for (const { code, pointer, message, hint } of [file, ...carried].flatMap((one) => [...faults(set, one)]))
      if (code !== "SCHEMA_FORMAT_UNKNOWN")
        throw new HolyfieldsError(code, message, { ...place, pointer, hint });
    for (const { pointer, message } of metaViolations(file.schema))
      throw new HolyfieldsError("SCHEMA_INVALID", `The keyword ${message}.`, { ...place, pointer });
    return new Subject(set, file);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new HolyfieldsError("SCHEMA_TOO_DEEP", ERROR_CODES.SCHEMA_TOO_DEEP, place, { cause: error });
  }
}
