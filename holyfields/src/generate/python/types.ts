/** Nodes as Python type expressions. */
import type { Node, NumberNode, ObjectNode, StringNode } from "../../model/node.js";
import { embed } from "../../schema/embed.js";
import { toPython } from "../../schema/pattern.js";
import type { Model } from "../model.js";

export interface PythonContext {
  readonly model: Model;
  /** Names used from `typing`, `pydantic` and the runtime. */
  readonly imports: {
    readonly typing: Set<string>;
    readonly pydantic: Set<string>;
    readonly runtime: Set<string>;
  };
  /** Definitions used, by key. */
  readonly used: Set<string>;
  readonly embedded: unknown[];
  /** Writes a class for an object that has members, and returns its name. */
  classFor(node: ObjectNode, hint: string): string;
}

/** JSON as a Python literal. */
export function python(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (typeof value === "object")
    return `{${Object.entries(value)
      .map(([name, inner]) => `${text(name)}: ${python(inner)}`)
      .join(", ")}}`;
  return String(value);
}

/** JSON's escapes are Python's, except that astral characters may stand as they are. */
const text = (value: string): string => JSON.stringify(value).replaceAll("\u007f", "\\x7f");

const annotated = (type: string, notes: readonly string[], context: PythonContext): string => {
  if (notes.length === 0) return type;
  context.imports.typing.add("Annotated");
  return `Annotated[${type}, ${notes.join(", ")}]`;
};

const uses = (context: PythonContext, from: "typing" | "pydantic" | "runtime", name: string): string => {
  context.imports[from].add(name);
  return name;
};

function fieldLimits(limits: Record<string, number | undefined>, context: PythonContext): string[] {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  if (given.length === 0) return [];
  return [
    `${uses(context, "pydantic", "Field")}(${given.map(([name, value]) => `${name}=${value}`).join(", ")})`,
  ];
}

export function pythonType(node: Node, hint: string, context: PythonContext): string {
  switch (node.kind) {
    case "any":
      return uses(context, "typing", "Any");
    case "never":
      return annotated(
        uses(context, "typing", "Any"),
        [`${uses(context, "runtime", "keeps")}(False)`],
        context,
      );
    case "null":
      return "None";
    case "boolean":
      return uses(context, "pydantic", "StrictBool");
    case "literal": {
      if (node.values.every((value) => typeof value === "string" || value === null)) {
        return `${uses(context, "typing", "Literal")}[${node.values.map(python).join(", ")}]`;
      }
      return annotated(
        uses(context, "typing", "Any"),
        [`${uses(context, "runtime", "one_of")}(${node.values.map(python).join(", ")})`],
        context,
      );
    }
    case "string":
      return stringType(node, context);
    case "number":
      return numberType(node, context);
    case "array": {
      const notes = fieldLimits({ min_length: node.minItems, max_length: node.maxItems }, context);
      if (node.uniqueItems) notes.push(`${uses(context, "runtime", "unique")}()`);
      return annotated(`list[${pythonType(node.items, `${hint}Item`, context)}]`, notes, context);
    }
    case "object": {
      if (node.properties.length > 0) return context.classFor(node, hint);
      const limits = node.additional.kind === "never" ? { max_length: 0 } : {};
      const other =
        node.additional.kind === "never"
          ? uses(context, "typing", "Any")
          : pythonType(node.additional, `${hint}Value`, context);
      return annotated(
        `dict[str, ${other}]`,
        fieldLimits({ min_length: node.minProperties, max_length: node.maxProperties, ...limits }, context),
        context,
      );
    }
    case "union": {
      const options = [
        ...new Set(
          node.options.map((option, index) =>
            pythonType(
              option,
              option.kind === "object" && node.options.length > 2 ? `${hint}${index + 1}` : hint,
              context,
            ),
          ),
        ),
      ];
      return options.includes("Any") ? "Any" : options.join(" | ");
    }
    case "ref":
      context.used.add(node.key);
      return context.model.names.get(node.key)!;
    case "checked": {
      const schema = embed(node.at.schema, node.at.file, toPython);
      context.embedded.push(schema);
      return annotated(
        pythonType(node.shape, hint, context),
        [`${uses(context, "runtime", "keeps")}(${python(schema)})`],
        context,
      );
    }
  }
}

const RICH: Readonly<Record<string, string>> = { uuid: "Uuid", "date-time": "DateTime", date: "Date" };

function stringType(node: StringNode, context: PythonContext): string {
  const { format, pattern, minLength, maxLength } = node;
  const plain = pattern === undefined && minLength === undefined && maxLength === undefined;
  if (format !== undefined && plain && Object.hasOwn(RICH, format))
    return uses(context, "runtime", RICH[format]!);
  const notes = fieldLimits({ min_length: minLength, max_length: maxLength }, context);
  if (pattern !== undefined)
    notes.push(`${uses(context, "runtime", "matches")}(${python(toPython(pattern))})`);
  if (format !== undefined) notes.push(`${uses(context, "runtime", "format")}(${python(format)})`);
  return annotated(uses(context, "pydantic", "StrictStr"), notes, context);
}

function numberType(node: NumberNode, context: PythonContext): string {
  const notes = fieldLimits(
    { ge: node.minimum, gt: node.exclusiveMinimum, le: node.maximum, lt: node.exclusiveMaximum },
    context,
  );
  if (node.multipleOf !== undefined)
    notes.push(`${uses(context, "runtime", "multiple_of")}(${node.multipleOf})`);
  return annotated(uses(context, "runtime", node.integer ? "Integer" : "Number"), notes, context);
}
