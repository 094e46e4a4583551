/** Two nodes that both must hold, as one; undefined where no single node says it. */
import { formatCheck } from "../formats/formats.js";
import {
  NEVER,
  type Node,
  type NumberNode,
  type ObjectNode,
  type Property,
  type Scalar,
  type StringNode,
} from "./node.js";

type Resolve = (key: string) => Node | undefined;

export function intersect(a: Node, b: Node, resolve: Resolve): Node | undefined {
  if (a.kind === "any") return b;
  if (b.kind === "any") return a;
  if (a.kind === "never" || b.kind === "never") return NEVER;
  if (a.kind === "ref" && b.kind === "ref" && a.key === b.key) return a;
  if (a.kind === "ref" || b.kind === "ref") {
    const left = a.kind === "ref" ? resolve(a.key) : a;
    const right = b.kind === "ref" ? resolve(b.key) : b;
    return left === undefined || right === undefined ? undefined : intersect(left, right, resolve);
  }
  if (a.kind === "checked" || b.kind === "checked") return undefined;
  if (a.kind === "literal") return literals(a.values, b);
  if (b.kind === "literal") return literals(b.values, a);
  if (a.kind === "object" && b.kind === "object") return objects(a, b, resolve);
  if (a.kind === "string" && b.kind === "string") return strings(a, b);
  if (a.kind === "number" && b.kind === "number") return numbers(a, b);
  return a.kind === b.kind && (a.kind === "null" || a.kind === "boolean") ? a : undefined;
}

/** Members of one kind of node that can be decided value by value. */
function literals(values: readonly Scalar[], other: Node): Node | undefined {
  const admits = (value: Scalar): boolean | undefined => {
    switch (other.kind) {
      case "literal":
        return other.values.includes(value);
      case "null":
        return value === null;
      case "boolean":
      case "array":
      case "object":
        return typeof value === other.kind;
      case "string":
        return typeof value === "string" && admitsText(other, value);
      case "number":
        return typeof value === "number" ? undefined : false;
      default:
        return undefined;
    }
  };
  const verdicts = values.map(admits);
  if (verdicts.includes(undefined)) return undefined;
  const kept = values.filter((_, index) => verdicts[index]);
  return kept.length === 0 ? NEVER : { kind: "literal", values: kept };
}

function admitsText(node: StringNode, text: string): boolean {
  const length = [...text].length;
  return (
    length >= (node.minLength ?? 0) &&
    length <= (node.maxLength ?? Number.POSITIVE_INFINITY) &&
    (node.pattern === undefined || new RegExp(node.pattern, "u").test(text)) &&
    (node.format === undefined || formatCheck(node.format)!(text))
  );
}

const larger = (a: number | undefined, b: number | undefined) =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b);
const smaller = (a: number | undefined, b: number | undefined) =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b);

function strings(a: StringNode, b: StringNode): Node | undefined {
  const either = (x: string | undefined, y: string | undefined) =>
    x === undefined || y === undefined || x === y;
  if (!either(a.pattern, b.pattern) || !either(a.format, b.format)) return undefined;
  return {
    kind: "string",
    minLength: larger(a.minLength, b.minLength),
    maxLength: smaller(a.maxLength, b.maxLength),
    pattern: a.pattern ?? b.pattern,
    format: a.format ?? b.format,
  };
}

function numbers(a: NumberNode, b: NumberNode): Node | undefined {
  if (a.multipleOf !== undefined && b.multipleOf !== undefined && a.multipleOf !== b.multipleOf)
    return undefined;
  return {
    kind: "number",
    integer: a.integer || b.integer,
    minimum: larger(a.minimum, b.minimum),
    maximum: smaller(a.maximum, b.maximum),
    exclusiveMinimum: larger(a.exclusiveMinimum, b.exclusiveMinimum),
    exclusiveMaximum: smaller(a.exclusiveMaximum, b.exclusiveMaximum),
    multipleOf: a.multipleOf ?? b.multipleOf,
  };
}

/** Open objects only: a closed one would have to know the other's members. */
function objects(a: ObjectNode, b: ObjectNode, resolve: Resolve): Node | undefined {
  if (a.additional.kind !== "any" || b.additional.kind !== "any") return undefined;
  const names = [...new Set([...b.properties, ...a.properties].map(({ name }) => name))];
  const properties: Property[] = [];
  for (const name of names) {
    const inA = a.properties.find((property) => property.name === name);
    const inB = b.properties.find((property) => property.name === name);
    const node = intersect(inA?.node ?? { kind: "any" }, inB?.node ?? { kind: "any" }, resolve);
    if (node === undefined) return undefined;
    properties.push({
      name,
      required: inA?.required === true || inB?.required === true,
      node,
      doc: { ...inB?.doc, ...defined(inA?.doc) },
      fallback: inA?.fallback ?? inB?.fallback,
    });
  }
  return {
    kind: "object",
    properties,
    additional: { kind: "any" },
    minProperties: larger(a.minProperties, b.minProperties),
    maxProperties: smaller(a.maxProperties, b.maxProperties),
    doc: { ...b.doc, ...defined(a.doc) },
  };
}

const defined = <T extends object>(value: T | undefined): Partial<T> =>
  Object.fromEntries(Object.entries(value ?? {}).filter(([, v]) => v !== undefined)) as Partial<T>;
