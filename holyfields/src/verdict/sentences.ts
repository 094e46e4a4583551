/** ajv's errors as violations: a pointer and a plain sentence with the offending value in it. */
import type { ErrorObject } from "ajv/dist/2020.js";
import type { Violation } from "../contract.js";
import { FORMATS } from "../formats/formats.js";
import { escapeToken } from "../json/pointer.js";
import { shown } from "../json/value.js";

const list = (values: readonly unknown[]): string => {
  const texts = values.map(shown);
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} or ${texts.at(-1)}`;
};

const plural = (n: number, one: string, many = `${one}s`) => `${n} ${n === 1 ? one : many}`;

const kindOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "array" : typeof value;

const article = (type: string) =>
  type === "null" ? "null" : /^[aio]/.test(type) ? `an ${type}` : `a ${type}`;

/** The value, or its kind where the value says little. */
const butIs = (data: unknown) =>
  typeof data === "object" && data !== null ? `but is ${article(kindOf(data))}` : `but is ${shown(data)}`;

const size = (n: number, data: unknown) => (typeof data === "string" ? [...data].length : n);

type Say = (error: ErrorObject) => string;

const params = (error: ErrorObject) => error.params as Record<string, unknown>;
const limit = (error: ErrorObject) => error.schema as number;
const count = (data: unknown) =>
  Array.isArray(data)
    ? data.length
    : typeof data === "string"
      ? size(0, data)
      : Object.keys(data as object).length;

const SENTENCES: Readonly<Record<string, Say>> = {
  type: ({ schema, data }) =>
    `must be ${(Array.isArray(schema) ? schema : [schema]).map((t) => article(String(t))).join(" or ")}, ${butIs(data)}`,
  required: () => "is required, but is missing",
  const: ({ schema, data }) => `must be ${shown(schema)}, ${butIs(data)}`,
  enum: ({ schema, data }) => `must be ${list(schema as unknown[])}, ${butIs(data)}`,
  minimum: (e) => `must be at least ${limit(e)}, but is ${shown(e.data)}`,
  maximum: (e) => `must be at most ${limit(e)}, but is ${shown(e.data)}`,
  exclusiveMinimum: (e) => `must be greater than ${limit(e)}, but is ${shown(e.data)}`,
  exclusiveMaximum: (e) => `must be less than ${limit(e)}, but is ${shown(e.data)}`,
  multipleOf: (e) => `must be a multiple of ${limit(e)}, but is ${shown(e.data)}`,
  minLength: (e) =>
    `must have at least ${plural(limit(e), "character")}, but ${shown(e.data)} has ${count(e.data)}`,
  maxLength: (e) =>
    `must have at most ${plural(limit(e), "character")}, but has ${count(e.data)}: ${shown(e.data)}`,
  pattern: (e) => `must match ${String(e.schema)}, but is ${shown(e.data)}`,
  format: ({ schema, data }) =>
    `must be ${FORMATS[String(schema)]?.meaning ?? `of format ${String(schema)}`}, but is ${shown(data)}`,
  minItems: (e) => `must have at least ${plural(limit(e), "item")}, but has ${count(e.data)}`,
  maxItems: (e) => `must have at most ${plural(limit(e), "item")}, but has ${count(e.data)}`,
  uniqueItems: ({ data }) => `must have no item twice, but is ${shown(data)}`,
  minProperties: (e) => `must have at least ${plural(limit(e), "member")}, but has ${count(e.data)}`,
  maxProperties: (e) => `must have at most ${plural(limit(e), "member")}, but has ${count(e.data)}`,
  additionalProperties: () => "is not a member that the contract knows, and it admits no others",
  unevaluatedProperties: (e) =>
    `is not a member that the contract knows, and ${e.schema === false ? "it admits no others" : "not what it admits of others"}`,
  unevaluatedItems: (e) =>
    `is not an item that the contract knows, and ${e.schema === false ? "it admits no others" : "not what it admits of others"}`,
  items: (e) => `must have at most ${plural(Number(params(e).limit), "item")}, but has ${count(e.data)}`,
  additionalItems: (e) =>
    `must have at most ${plural(Number(params(e).limit), "item")}, but has ${count(e.data)}`,
  contains: (e) =>
    `must hold ${params(e).maxContains === undefined ? "at least" : "from"} ${params(e).minContains}${params(e).maxContains === undefined ? "" : ` to ${params(e).maxContains}`} fitting items`,
  dependentRequired: (e) => `is required because ${String(params(e).property)} is there, but is missing`,
  dependencies: (e) => `is required because ${String(params(e).property)} is there, but is missing`,
  propertyNames: (e) => `has a member named ${shown(params(e).propertyName)}, which is not admitted`,
  not: ({ data }) => `must not be as it is: ${shown(data)}`,
  anyOf: ({ data }) => `must fit one of the alternatives, but none fits ${shown(data)}`,
  oneOf: (e) =>
    params(e).passingSchemas
      ? `must fit exactly one alternative, but fits two: ${shown(e.data)}`
      : `must fit exactly one alternative, but none fits ${shown(e.data)}`,
  "false schema": () => "must not be there",
};

/** A missing or superfluous member is pointed at itself: that is where the eye should go. */
function pointerOfError(error: ErrorObject): string {
  const p = params(error);
  const member =
    error.keyword === "required" || error.keyword === "dependentRequired" || error.keyword === "dependencies"
      ? p.missingProperty
      : error.keyword === "additionalProperties"
        ? p.additionalProperty
        : error.keyword === "unevaluatedProperties" || error.keyword === "unevaluatedItems"
          ? p.unevaluated
          : undefined;
  return member === undefined ? error.instancePath : `${error.instancePath}/${escapeToken(String(member))}`;
}

/** Of alternatives of which none fits, the wrong kinds are told once: "must be an object or null". */
function withoutNoise(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  const kept = errors.filter(({ keyword }) => keyword !== "if");
  if (choices.length === 0) return kept;
  let out = kept;
  for (const choice of choices) {
    const kinds = out.filter(
      (e) => e.keyword === "type" && e.instancePath === choice.instancePath && e !== choice,
    );
    const deeper = out.some(
      (e) =>
        !kinds.includes(e) &&
        e !== choice &&
        e.instancePath.startsWith(choice.instancePath) &&
        e.keyword !== "anyOf",
    );
    if (kinds.length === 0) continue;
    const types = [...new Set(kinds.flatMap((e) => e.schema as string | string[]))];
    const told = { ...kinds[0]!, schema: types } as ErrorObject;
    out = out.filter((e) => !kinds.includes(e) && (e !== choice || deeper));
    if (!deeper) out = [...out, told];
  }
  return out;
}

/** More than anybody reads; the rest is counted. */
const MOST = 1000;

export function violationsOf(errors: readonly ErrorObject[], event: unknown): readonly Violation[] {
  const told = new Map<string, Violation>();
  for (const error of withoutNoise(errors.slice(0, MOST))) {
    const keyword = error.keyword === "false schema" ? "false" : error.keyword;
    const say = SENTENCES[error.keyword];
    const message = say === undefined ? `breaks ${keyword}` : say(error);
    const violation = { pointer: pointerOfError(error), keyword, message };
    told.set(`${violation.pointer}\n${keyword}\n${message}`, violation);
  }
  if (told.size === 0)
    told.set("", { pointer: "", keyword: "schema", message: `does not keep the contract: ${shown(event)}` });
  const all = [...told.values()];
  if (errors.length > MOST)
    all.push({ pointer: "", keyword: "limit", message: `has ${errors.length - MOST} more violations` });
  return all;
}
