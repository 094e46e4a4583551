import { readFileSync } from "node:fs";
import path from "node:path";
import { contractOf, isShared } from "../catalog/contracts.js";
import { pascalOf } from "../catalog/event-type.js";
import { setOf } from "../catalog/load.js";
import { MODES } from "../compare/compare.js";
import { HolyfieldsError } from "../errors.js";
import { isObject, shown } from "../json/value.js";
import { inexpressible } from "../schema/inexpressible.js";
import { ANNOTATIONS } from "../schema/keywords.js";
import { unportable } from "../schema/pattern.js";
import { ownSchemasDir, parseSchema, schemaFile, schemaNames } from "../schema/read-files.js";
import type { SchemaFile, SchemaSet } from "../schema/schema-set.js";
import { faults } from "../schema/soundness.js";
import { children, patternsOf, subschemas } from "../schema/walk.js";
import type { LintFinding } from "../tools/contract.js";
import { Compiler, metaViolations } from "../verdict/compiler.js";
import { LINT_RULES, type LintRuleName } from "./rules.js";

export interface LintOptions {
  /** Default: the package's own contracts. */
  readonly schemasDir?: string;
}

type Report = (rule: LintRuleName, pointer: string, message: string, hint: string) => void;

/**
 * Everything in a folder of contracts that a rule objects to, by file and place. Never throws for what a file
 * says. A file switches a rule off with `"x-lint-ignore": { "<rule>": "<reason>" }`.
 */
export function lintSchemas({ schemasDir = ownSchemasDir }: LintOptions = {}): readonly LintFinding[] {
  const findings: LintFinding[] = [];
  const reporter =
    (file: string, ignored: Readonly<Record<string, unknown>> = {}): Report =>
    (rule, pointer, message, hint) => {
      if (typeof ignored[rule] !== "string")
        findings.push({ rule, severity: LINT_RULES[rule].severity, file, pointer, message, hint });
    };
  // A file that can't be read must not hide what is wrong with the others.
  const files: SchemaFile[] = [];
  for (const name of schemaNames(schemasDir)) {
    const file = path.join(schemasDir, name);
    try {
      files.push(schemaFile(name, file, parseSchema(readFileSync(file), file)));
    } catch (error) {
      if (!(error instanceof HolyfieldsError)) throw error;
      reporter(file)("readable", error.pointer ?? "", plain(error), error.hint ?? "Correct the file.");
    }
  }
  let set: SchemaSet;
  try {
    set = setOf(files, schemasDir);
  } catch (error) {
    if (!(error instanceof HolyfieldsError)) throw error;
    reporter(error.file ?? schemasDir)("name", error.pointer ?? "", plain(error), error.hint ?? "");
    return findings;
  }
  const compiler = new Compiler(set);
  for (const file of set.files) {
    if (path.relative(schemasDir, file.file).startsWith("..")) continue;
    const ignored = isObject(file.schema["x-lint-ignore"]) ? file.schema["x-lint-ignore"] : {};
    lintFile(file, set, compiler, reporter(file.file, ignored));
  }
  return findings;
}

const plain = (error: HolyfieldsError): string =>
  error.message
    .replace(`${error.file}${error.pointer ? `#${error.pointer}` : ""}: `, "")
    .replace(` ${error.hint}`, "");

function lintFile(file: SchemaFile, set: SchemaSet, compiler: Compiler, report: Report): void {
  const { schema } = file;
  lintIgnores(schema, report);
  if (schema.$schema !== "https://json-schema.org/draft/2020-12/schema")
    report(
      "draft",
      "/$schema",
      `$schema is ${shown(schema.$schema)}.`,
      'Write "https://json-schema.org/draft/2020-12/schema".',
    );
  let sound = true;
  for (const fault of faults(set, file)) {
    sound = false;
    report("sound", fault.pointer, fault.message, fault.hint);
  }
  for (const found of inexpressible(schema))
    report("known-keywords", found.pointer, found.message, found.hint);
  for (const { pointer, message } of metaViolations(schema)) {
    sound = false;
    report(
      "valid-schema",
      pointer,
      `The keyword ${message}.`,
      "See the keyword's page of JSON Schema 2020-12.",
    );
  }
  lintPlaces(file, report);
  if (isShared(file)) return;
  try {
    const contract = contractOf(file);
    if (schema.title !== titleOf(contract.eventType, contract.version))
      report(
        "title",
        "/title",
        `The title is ${shown(schema.title)}.`,
        `Write "${titleOf(contract.eventType, contract.version)}".`,
      );
  } catch (error) {
    if (!(error instanceof HolyfieldsError)) throw error;
    report(
      error.code === "EXAMPLE_INVALID" ? "examples" : "name",
      error.pointer ?? "",
      plain(error),
      error.hint ?? "",
    );
    sound = false;
  }
  lintContract(file, report);
  if (sound) lintExamples(file, compiler, report);
}

const titleOf = (eventType: string, version: string) =>
  pascalOf(eventType) + (version === "v1" ? "" : version.toUpperCase());

function lintIgnores(schema: SchemaFile["schema"], report: Report): void {
  const ignored = schema["x-lint-ignore"];
  if (ignored === undefined) return;
  for (const [rule, reason] of Object.entries(isObject(ignored) ? ignored : { "x-lint-ignore": ignored }))
    if (!Object.hasOwn(LINT_RULES, rule) || typeof reason !== "string" || reason.trim() === "")
      report(
        "ignored-rule",
        `/x-lint-ignore/${rule}`,
        `x-lint-ignore has ${shown(rule)} with the reason ${shown(reason)}.`,
        `Write an object of a rule's name and the reason; the rules are ${Object.keys(LINT_RULES).join(", ")}.`,
      );
}

function lintPlaces(file: SchemaFile, report: Report): void {
  for (const { pattern, pointer } of patternsOf(file.schema)) {
    const found = unportable(pattern);
    if (found !== undefined) report("portable-pattern", pointer, found.message, found.hint);
  }
  for (const { schema, pointer } of subschemas(file.schema)) {
    for (const child of children(schema))
      if (
        child.keyword === "properties" &&
        isObject(child.schema) &&
        typeof child.schema.description !== "string" &&
        typeof child.schema.$ref !== "string" &&
        !("const" in child.schema)
      )
        report(
          "description",
          pointer + child.pointer,
          `${pointer}${child.pointer} has no description.`,
          'Add "description": one sentence about what it means, with its unit.',
        );
    const properties = isObject(schema.properties) ? schema.properties : {};
    for (const [index, name] of (Array.isArray(schema.required) ? schema.required : []).entries())
      if ("properties" in schema && !Object.hasOwn(properties, String(name)))
        report(
          "unsatisfiable-required",
          `${pointer}/required/${index}`,
          `${shown(name)} is required and not described.`,
          "Describe it under properties, or take it out of required.",
        );
    for (const keyword of ["anyOf", "oneOf"] as const)
      for (const index of openEnums(schema[keyword]))
        report(
          "open-enum",
          `${pointer}/${keyword}/${index}`,
          "Beside an alternative that takes every value, the enum refuses nothing: consumers can't rely on its values.",
          "Leave one of the two out, or say under x-lint-ignore why the list is open.",
        );
    if (Array.isArray(schema.enum) && schema.type === undefined)
      report(
        "typed-enum",
        `${pointer}/enum`,
        "The enum has no type.",
        'Write "type" beside it, so that generated types say what it is.',
      );
    if (schema.additionalProperties === false || schema.unevaluatedProperties === false)
      report(
        "open-payload",
        pointer,
        "The object is closed: a producer that adds a member breaks every consumer that still runs.",
        "Leave additionalProperties out, or say why under x-lint-ignore.",
      );
  }
}

/** Alternatives that are enums, beside one that takes every string (or whatever they are of). */
function openEnums(alternatives: unknown): readonly number[] {
  if (!Array.isArray(alternatives)) return [];
  const kinds = (schema: unknown): readonly unknown[] => {
    if (schema === true) return ["string", "number", "boolean"];
    if (!isObject(schema)) return [];
    const asserts = Object.keys(schema).some(
      (keyword) => keyword !== "type" && !ANNOTATIONS.has(keyword) && !keyword.startsWith("x-"),
    );
    if (asserts) return [];
    return schema.type === undefined ? ["string", "number", "boolean"] : [schema.type].flat();
  };
  const open = new Set(alternatives.flatMap(kinds));
  return [...alternatives.keys()].filter((index) => {
    const schema = alternatives[index] as unknown;
    const values = isObject(schema) && Array.isArray(schema.enum) ? (schema.enum as unknown[]) : [];
    return values.length > 0 && values.every((value) => open.has(typeof value));
  });
}

function lintContract({ schema }: SchemaFile, report: Report): void {
  const refs = (Array.isArray(schema.allOf) ? schema.allOf : []).map((part) =>
    isObject(part) ? part.$ref : undefined,
  );
  if (
    !refs.some(
      (ref) => typeof ref === "string" && /(^|\/)core\/event-envelope\.v[0-9]+\.schema\.json$/.test(ref),
    )
  )
    report(
      "envelope",
      "/allOf",
      "The contract does not compose the envelope.",
      'Write "allOf": [{ "$ref": "../core/event-envelope.v1.schema.json" }].',
    );
  if (typeof schema.description !== "string" || schema.description.trim() === "")
    report(
      "description",
      "/description",
      "The contract has no description.",
      "Say in a sentence what has happened.",
    );
  if (typeof schema["x-owner"] !== "string" || schema["x-owner"].trim() === "")
    report(
      "owner",
      "/x-owner",
      "Nobody owns the contract.",
      'Add "x-owner": the team or service that answers for it.',
    );
  const stability = schema["x-stability"];
  if (stability === undefined)
    report(
      "stability",
      "/x-stability",
      "The contract does not say how stable it is.",
      'Add "x-stability": "draft".',
    );
  const mode = schema["x-compatibility"];
  if (mode !== undefined && !(MODES as readonly unknown[]).includes(mode))
    report(
      "compatibility",
      "/x-compatibility",
      `x-compatibility is ${shown(mode)}.`,
      `Write one of ${MODES.join(", ")}, or leave it out: the default is FULL_TRANSITIVE.`,
    );
  for (const [state, keyword] of [
    ["deprecated", "x-deprecated-since"],
    ["retired", "x-retired-since"],
  ] as const)
    if (stability === state && !/^\d{4}-\d{2}-\d{2}$/.test(String(schema[keyword])))
      report(
        "lifecycle",
        `/${keyword}`,
        `The contract is ${state}, and does not say since when.`,
        `Add "${keyword}": "2026-01-31".`,
      );
}

const LEAST_EXAMPLES = 2;

function lintExamples({ schema, id }: SchemaFile, compiler: Compiler, report: Report): void {
  const lists = { examples: schema.examples ?? [], "x-invalid-examples": schema["x-invalid-examples"] ?? [] };
  const examples = lists.examples as unknown[];
  if (Array.isArray(examples) && examples.length < LEAST_EXAMPLES)
    report(
      "examples",
      "/examples",
      `The contract has ${examples.length} of at least ${LEAST_EXAMPLES} examples.`,
      "Add whole, realistic events: one with everything, one with no more than is required.",
    );
  for (const [name, list] of Object.entries(lists))
    for (const [index, example] of (Array.isArray(list) ? list : []).entries()) {
      const violations = compiler.check(id, example);
      const first = violations[0];
      if (name === "examples" && first !== undefined)
        report(
          "examples",
          `/examples/${index}${first.pointer}`,
          `Example ${index} breaks the contract: ${first.pointer} ${first.message}.`,
          "Correct the example or the contract.",
        );
      if (name !== "examples" && first === undefined)
        report(
          "invalid-examples",
          `/${name}/${index}`,
          `Example ${index} of what is invalid keeps the contract.`,
          "Correct the example or the contract.",
        );
    }
}
