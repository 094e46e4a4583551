/** Nodes as Zod 4 expressions. */
import type { Node, NumberNode, ObjectNode, StringNode } from "../../model/node.js";
import { embed } from "../../schema/embed.js";
import type { Model } from "../model.js";

export interface ZodContext {
  readonly model: Model;
  /** Names that the expression uses from the runtime. */
  readonly runtime: Set<string>;
  /** Definitions that the expression uses, by key. */
  readonly used: Set<string>;
  /** Definitions that stand below in the same file, or refer back: to be reached lazily. */
  readonly lazy: ReadonlySet<string>;
  /** Embedded schemas, which may refer to whole files. */
  readonly embedded: unknown[];
  /** Expressions to use for nodes that have a name already. */
  readonly named: ReadonlyMap<Node, string>;
}

const indent = (text: string) => text.replaceAll("\n", "\n  ");
export const literal = (value: unknown): string => JSON.stringify(value);
const key = (name: string) => (/^[A-Za-z_$][A-Za-z0-9_$]*$/.test(name) ? name : literal(name));
/** JSON as source: `__proto__` in quotes would set the prototype of an object literal. */
export const source = (value: unknown): string => {
  const text = JSON.stringify(value);
  return text.includes('"__proto__"') ? `JSON.parse(${JSON.stringify(text)})` : text;
};

/** TSDoc from a description, or nothing. */
export function tsdoc(text: string | undefined, margin = ""): string {
  if (!text) return "";
  const lines = text.replaceAll("*/", "*\\/").split("\n");
  return lines.length === 1
    ? `${margin}/** ${lines[0]} */\n`
    : `${margin}/**\n${lines.map((line) => `${margin} * ${line}`).join("\n")}\n${margin} */\n`;
}

/** Anything at all satisfies it, `undefined` too: a required member of it must be asked for. */
const isLoose = (node: Node, model: Model): boolean =>
  node.kind === "any" ||
  (node.kind === "union" && node.options.some((option) => isLoose(option, model))) ||
  (node.kind === "ref" && !model.recursive.has(node.key) && isLoose(model.get(node.key).node, model));

export function zodOf(node: Node, context: ZodContext): string {
  const named = context.named.get(node);
  if (named !== undefined) return named;
  const runtime = (name: string, ...args: string[]) => {
    context.runtime.add(name);
    return `${name}(${args.join(", ")})`;
  };
  switch (node.kind) {
    case "any":
      return "z.unknown()";
    case "never":
      return "z.never()";
    case "boolean":
      return "z.boolean()";
    case "null":
      return "z.null()";
    case "literal":
      return node.values.length > 1 && node.values.every((value) => typeof value === "string")
        ? `z.enum(${literal(node.values)})`
        : `z.literal(${literal(node.values.length === 1 ? node.values[0] : node.values)})`;
    case "string":
      return stringOf(node, runtime);
    case "number":
      return numberOf(node, runtime);
    case "array": {
      let text = `z.array(${zodOf(node.items, context)})`;
      if (node.minItems !== undefined) text += `.min(${node.minItems})`;
      if (node.maxItems !== undefined) text += `.max(${node.maxItems})`;
      if (!node.uniqueItems) return text;
      return ["string", "number", "boolean", "null", "literal"].includes(node.items.kind)
        ? `${text}.check(${runtime("unique")})`
        : runtime("keeps", "{ uniqueItems: true }", text);
    }
    case "object":
      return objectOf(node, context, runtime);
    case "union":
      return node.options.length === 2 && node.options[1]!.kind === "null"
        ? `z.nullable(${zodOf(node.options[0]!, context)})`
        : node.options.length === 1
          ? zodOf(node.options[0]!, context)
          : `z.union([${node.options.map((option) => zodOf(option, context)).join(", ")}])`;
    case "ref": {
      context.used.add(node.key);
      const name = context.model.names.get(node.key)!;
      return context.lazy.has(node.key) ? `z.lazy(() => ${name})` : name;
    }
    case "checked": {
      const schema = embed(node.at.schema, node.at.file);
      context.embedded.push(schema);
      return runtime("keeps", source(schema), zodOf(node.shape, context));
    }
  }
}

type Runtime = (name: string, ...args: string[]) => string;

function stringOf(node: StringNode, runtime: Runtime): string {
  let text = "z.string()";
  if (node.minLength !== undefined || node.maxLength !== undefined) {
    const limits = [
      String(node.minLength ?? 0),
      ...(node.maxLength === undefined ? [] : [String(node.maxLength)]),
    ];
    text += `.check(${runtime("characters", ...limits)})`;
  }
  if (node.pattern !== undefined) text += `.regex(new RegExp(${literal(node.pattern)}, "u"))`;
  if (node.format !== undefined) text += `.check(${runtime("format", literal(node.format))})`;
  return text;
}

function numberOf(node: NumberNode, runtime: Runtime): string {
  let text = "z.number()";
  if (node.integer) text += `.check(${runtime("integer")})`;
  if (node.minimum !== undefined) text += `.gte(${node.minimum})`;
  if (node.exclusiveMinimum !== undefined) text += `.gt(${node.exclusiveMinimum})`;
  if (node.maximum !== undefined) text += `.lte(${node.maximum})`;
  if (node.exclusiveMaximum !== undefined) text += `.lt(${node.exclusiveMaximum})`;
  if (node.multipleOf !== undefined) text += `.check(${runtime("multipleOf", String(node.multipleOf))})`;
  return text;
}

function objectOf(node: ObjectNode, context: ZodContext, runtime: Runtime): string {
  const lines = node.properties.map(({ name, required, node: inner, doc }) => {
    const value = zodOf(inner, context);
    const asked = required
      ? isLoose(inner, context.model)
        ? runtime("present", value)
        : value
      : `${value}.optional()`;
    return `${tsdoc(doc.description, "  ")}  ${key(name)}: ${indent(asked)},\n`;
  });
  const shape = lines.length === 0 ? "{}" : `{\n${lines.join("")}}`;
  let text: string;
  let other: string | undefined;
  if (node.additional.kind === "any") text = `z.looseObject(${shape})`;
  else if (node.additional.kind === "never") {
    text = `z.strictObject(${shape})`;
    other = "z.never()";
  } else {
    other = zodOf(node.additional, context);
    text = lines.length === 0 ? `z.record(z.string(), ${other})` : `z.object(${shape}).catchall(${other})`;
  }
  if (node.minProperties !== undefined || node.maxProperties !== undefined) {
    const limits = [
      ...(node.minProperties === undefined ? [] : [`minProperties: ${node.minProperties}`]),
      ...(node.maxProperties === undefined ? [] : [`maxProperties: ${node.maxProperties}`]),
    ];
    text = runtime("keeps", `{ ${limits.join(", ")} }`, text);
  }
  return other === undefined ? text : runtime("protoIs", other, text);
}
